/// The pod's /etc/hosts, byte for byte as the kubelet writes it.
package struct HostsFile: Sendable, Equatable {
    package struct Alias: Sendable, Equatable {
        package var address: String
        package var names: [String]
    }

    /// The pod's address; nil or empty: the pod's own line is left out.
    package var podIP: String?
    package var hostName: String
    /// `<subdomain>.<namespace>.svc.<cluster domain>`, or nil.
    package var domain: String?
    package var aliases: [Alias]
    /// The host's own file, for a pod of the host's network: it stands in place of the pod's lines.
    package var hostText: String?

    package var text: String {
        var text = hostText.map { "# Kubernetes-managed hosts file (host network).\n" + $0 } ?? ownLines
        if !aliases.isEmpty {
            text += "\n# Entries added by HostAliases.\n"
            for alias in aliases {
                text += ([alias.address] + alias.names).joined(separator: "\t") + "\n"
            }
        }
        return text
    }

    private var ownLines: String {
        var text = """
            # Kubernetes-managed hosts file.
            127.0.0.1\tlocalhost
            ::1\tlocalhost ip6-localhost ip6-loopback
            fe00::0\tip6-localnet
            fe00::0\tip6-mcastprefix
            fe00::1\tip6-allnodes
            fe00::2\tip6-allrouters

            """
        if let podIP, !podIP.isEmpty {
            if let domain {
                text += "\(podIP)\t\(hostName).\(domain)\t\(hostName)\n"
            } else {
                text += "\(podIP)\t\(hostName)\n"
            }
        }
        return text
    }
}
