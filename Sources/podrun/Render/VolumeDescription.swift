import PodModel

/// The volumes in `describe pod`, of the sources that podrun has.
struct VolumeDescription {
    let volumes: [Volume]

    func write(to page: inout Page) {
        guard !volumes.isEmpty else { return page.line(0, "Volumes:\t<none>") }
        page.line(0, "Volumes:")
        for volume in volumes {
            page.line(1, "\(volume.name):")
            write(volume, to: &page)
        }
    }

    private func write(_ volume: Volume, to page: inout Page) {
        if let source = volume.hostPath {
            page.line(2, "Type:\tHostPath (bare host directory volume)")
            page.line(2, "Path:\t\(source.path)")
            page.line(2, "HostPathType:\t\(source.type ?? "<none>")")
        } else if let source = volume.emptyDir {
            page.line(2, "Type:\tEmptyDir (a temporary directory that shares a pod's lifetime)")
            page.line(2, "Medium:\t\(source.medium)")
            page.line(2, "SizeLimit:\t\(source.sizeLimit?.text ?? "<unset>")")
        } else {
            page.line(1, "<unknown>")
        }
    }
}
