import PodModel

/// What containers and volumes are told of their pod: fields (pkg/fieldpath) and resources (pkg/api/v1/resource).
struct DownwardAPI {
    let pod: Pod
    let node: NodeFacts
    /// nil while the pod has no address; volumes can't ask for it.
    var podIP: String?

    /// A field by its path; a label or annotation that is not there is empty.
    func value(ofField path: String) throws(ResolveError) -> String {
        switch path {
        case "metadata.name": return pod.metadata.name
        case "metadata.namespace": return pod.metadata.namespace
        case "metadata.uid": return pod.metadata.uid
        case "metadata.labels": return DownwardAPI.text(pod.metadata.labels)
        case "metadata.annotations": return DownwardAPI.text(pod.metadata.annotations)
        case "spec.nodeName": return pod.spec.nodeName.isEmpty ? node.hostName : pod.spec.nodeName
        case "spec.serviceAccountName": return pod.spec.serviceAccountName
        case "status.hostIP", "status.hostIPs": return node.hostIP
        case "status.podIP", "status.podIPs": return podIP ?? ""
        default: break
        }
        switch ObjectFieldSelector(fieldPath: path).subscripted {
        case ("metadata.labels", let key)?: return pod.metadata.labels[key] ?? ""
        case ("metadata.annotations", let key)?: return pod.metadata.annotations[key] ?? ""
        case (_, _)?:
            throw ResolveError(.createContainerConfigError, "fieldPath \(quoted(path)) does not support subscript")
        case nil: throw ResolveError(.createContainerConfigError, "unsupported fieldPath: \(path)")
        }
    }

    /// A map as `key="value"` lines sorted by key, no newline at the end (fieldpath.FormatMap).
    private static func text(_ map: [String: String]) -> String {
        map.sorted { $0.key < $1.key }.map { "\($0.key)=\(goQuoted($0.value))" }.joined(separator: "\n")
    }

    /// A limit or request, divided by the divisor and rounded up. Where there is no limit, that is the pod's, or all of the
    /// node.
    /// `container`: whose environment asks; nil for a volume, whose selector names the container.
    func value(of selector: ResourceFieldSelector, in container: Container?) throws(ResolveError) -> String {
        let subject: Container
        if let container, selector.containerName.isEmpty || selector.containerName == container.name {
            subject = container
        } else if let named = pod.container(selector.containerName) {
            subject = named
        } else {
            throw ResolveError(.createContainerConfigError, "container \(selector.containerName) not found")
        }
        let parts = selector.resource.split(separator: ".", maxSplits: 1).map(String.init)
        guard parts.count == 2,
            let list = ["limits": subject.resources.limits, "requests": subject.resources.requests][parts[0]],
            ["cpu", "memory", "ephemeral-storage"].contains(parts[1]) || parts[1].hasPrefix("hugepages-")
        else {
            throw ResolveError(.createContainerConfigError, "Unsupported container resource : \(selector.resource)")
        }
        let isCPU = parts[1] == "cpu"
        func number(_ quantity: Quantity?) -> Int64 { quantity.map { isCPU ? $0.milliValue : $0.value } ?? 0 }
        var amount = number(list[parts[1]])
        if amount == 0, parts[0] == "limits" {
            let ofPod = number(pod.spec.resources?.limits[parts[1]])
            amount = ofPod > 0 ? ofPod : wholeNode[parts[1]] ?? 0
        }
        let divisor = number(selector.divisor)
        let unit = divisor > 0 ? divisor : isCPU ? 1000 : 1
        return String(amount / unit + (amount % unit > 0 ? 1 : 0))
    }

    /// CPU in thousandths, the others in bytes.
    private var wholeNode: [String: Int64] {
        ["cpu": Int64(node.cpuCount) * 1000, "memory": node.memoryBytes, "ephemeral-storage": node.diskBytes]
    }
}
