import PodModel
import PodRuntime

/// `describe` of an object that is not a pod: the layout of kubectl's (pkg/describe).
struct ObjectDescription {
    let object: StoredObject
    let showsEvents: Bool
    /// Pods of its namespace.
    var pods: [Pod] = []

    var text: String {
        var page = Page()
        page.line(0, "Name:\t\(object.metadata.name)")
        page.line(0, "Namespace:\t\(object.metadata.namespace)")
        switch object {
        case .configMap(let configMap): describe(configMap, &page)
        case .secret(let secret): describe(secret, &page)
        case .persistentVolumeClaim(let claim): describe(claim, &page)
        }
        let text = ColumnText().aligned(page.text)
        let hasEvents = showsEvents && object.kind != .secret
        // Only pods have events here.
        return hasEvents ? text + EventDescription(events: [], now: .current).text : text
    }

    private func describe(_ configMap: ConfigMap, _ page: inout Page) {
        page.pairs("Labels", configMap.metadata.labels)
        page.annotations(of: configMap.metadata)
        page.line(0, "\nData\n====")
        for (key, text) in configMap.data.sorted(by: { $0.key < $1.key }) {
            page.line(0, "\(key):\n----\n\(text)\n")
        }
        page.line(0, "\nBinaryData\n====")
        for (key, value) in configMap.binaryData.sorted(by: { $0.key < $1.key }) {
            page.line(0, "\(key): \(value.bytes.count) bytes")
        }
        page.line(0, "")
    }

    /// The sizes of the values, never the values.
    private func describe(_ secret: Secret, _ page: inout Page) {
        page.pairs("Labels", secret.metadata.labels)
        page.annotations(of: secret.metadata)
        page.line(0, "\nType:\t\(secret.type)\n\nData\n====")
        for (key, value) in secret.data.sorted(by: { $0.key < $1.key }) {
            page.line(0, "\(key):\t\(value.bytes.count) bytes")
        }
    }

    private func describe(_ claim: PersistentVolumeClaim, _ page: inout Page) {
        let isDeleted = claim.metadata.deletionTimestamp != nil
        let isBound = !claim.spec.volumeName.isEmpty
        page.line(0, "StorageClass:\t\(claim.spec.storageClassName ?? "")")
        page.line(0, "Status:\t\(isDeleted ? "Terminating" : claim.status.phase)")
        page.line(0, "Volume:\t\(claim.spec.volumeName)")
        page.pairs("Labels", claim.metadata.labels)
        page.annotations(of: claim.metadata)
        page.line(0, "Finalizers:\t[\(claim.metadata.finalizers.joined(separator: " "))]")
        page.line(0, "Capacity:\t\(isBound ? claim.status.capacity["storage"]?.text ?? "" : "")")
        page.line(0, "Access Modes:\t\(isBound ? claim.shortAccessModes : "")")
        if let mode = claim.spec.volumeMode { page.line(0, "VolumeMode:\t\(mode)") }
        let users = pods.filter { pod in
            pod.metadata.namespace == claim.metadata.namespace
                && pod.spec.volumes.contains { $0.persistentVolumeClaim?.claimName == claim.metadata.name }
        }
        page.line(0, "Used By:\t\(users.first?.metadata.name ?? "<none>")")
        for pod in users.dropFirst() { page.line(0, "\t\(pod.metadata.name)") }
    }
}
