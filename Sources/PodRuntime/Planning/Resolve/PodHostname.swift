import PodModel

extension Pod {
    /// The host name of the pod's containers: spec.hostname or the pod's name, cut to 63 bytes as the kubelet does.
    package func resolvedHostName(on node: NodeFacts) -> String {
        if spec.hostNetwork { return node.hostName }
        let short = shortHostName
        guard spec.setHostnameAsFQDN == true, let domain = hostDomain else { return short }
        return "\(short).\(domain)"
    }

    /// Why the kernel can't take the pod's host name, in the kubelet's words; nil when it can.
    package var hostNameProblem: String? {
        guard spec.setHostnameAsFQDN == true, let domain = hostDomain else { return nil }
        let name = "\(shortHostName).\(domain)"
        let count = name.utf8.count
        if count <= Pod.longestHostName { return nil }
        return "Failed to construct FQDN from pod hostname and cluster domain, FQDN \(name) is too long "
            + "(\(Pod.longestHostName) characters is the max, \(count) characters requested)"
    }

    /// Of a uts namespace, bytes.
    private static let longestHostName = 64

    /// The name without its domain.
    var shortHostName: String {
        if let override = spec.hostnameOverride, !override.isEmpty { return override }
        var name = Substring(spec.hostname.isEmpty ? metadata.name : spec.hostname)
        if name.utf8.count > 63 { name = name.prefix(63) }
        while let last = name.last, last == "-" || last == "." { name = name.dropLast() }
        return String(name)
    }

    /// `<subdomain>.<namespace>.svc.<cluster domain>`; nil without a subdomain, and below a hostnameOverride.
    var hostDomain: String? {
        if spec.subdomain.isEmpty || spec.hostNetwork || spec.hostnameOverride?.isEmpty == false { return nil }
        return "\(spec.subdomain).\(metadata.namespace).svc.\(Pod.clusterDomain)"
    }

    /// The domain that kubeadm gives a cluster; there is no DNS server for it here yet.
    private static let clusterDomain = "cluster.local"

    /// `name_namespace(uid)`: how the kubelet names a pod in messages.
    package var logText: String { "\(metadata.name)_\(metadata.namespace)(\(metadata.uid))" }
}

extension HostPaths {
    /// Directory of the pod's container logs, named as the kubelet's.
    package func podLogDirectory(_ pod: Pod) -> String {
        "\(logDirectory)/\(pod.metadata.namespace)_\(pod.metadata.name)_\(pod.metadata.uid)"
    }
}
