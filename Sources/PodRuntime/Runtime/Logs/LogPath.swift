import PodModel

/// Where a container's log is, in the kubelet's layout.
package enum LogPath {
    /// Relative to the log directory: `<namespace>_<pod>_<uid>/<container>`.
    package static func directory(of pod: Pod, container: String) -> String {
        "\(pod.metadata.namespace)_\(pod.metadata.name)_\(pod.metadata.uid)/\(container)"
    }
}
