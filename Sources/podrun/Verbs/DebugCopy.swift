import PodModel

/// `debug --copy-to`: a pod like another one, to look into without touching the first (kubectl's
/// generatePodCopyWithDebugContainer).
struct DebugCopy: Equatable {
    /// The new pod's name.
    var name: String
    /// Delete the first pod once the copy is there.
    var replaces = false
    /// By container name; `*` means all.
    var images: [String: String] = [:]
    /// nil: as the profile has it, which shares them unless the pod says otherwise.
    var sharesProcesses: Bool?
    var keepsLabels = false
    var keepsAnnotations = false
    var keepsLiveness = false
    var keepsReadiness = false
    var keepsStartup = false
    var keepsInitContainers = true

    /// - Parameter debugger: the container to add, or to change when the pod has one of its name; nil leaves them as they are.
    func pod(from original: Pod, debugger: EphemeralContainer?, profile: DebugProfile) -> Pod {
        var pod = Pod()
        pod.metadata.name = name
        pod.metadata.namespace = original.metadata.namespace
        if keepsLabels { pod.metadata.labels = original.metadata.labels }
        if keepsAnnotations { pod.metadata.annotations = original.metadata.annotations }
        pod.spec = original.spec
        pod.spec.ephemeralContainers = []
        pod.spec.nodeName = ""
        if !keepsInitContainers { pod.spec.initContainers = [] }
        for index in pod.spec.containers.indices {
            if let image = images[pod.spec.containers[index].name] ?? images["*"] {
                pod.spec.containers[index].image = image
            }
            if !keepsLiveness { pod.spec.containers[index].livenessProbe = nil }
            if !keepsReadiness { pod.spec.containers[index].readinessProbe = nil }
            if !keepsStartup { pod.spec.containers[index].startupProbe = nil }
        }
        pod.spec.shareProcessNamespace = sharesProcesses ?? pod.spec.shareProcessNamespace
        guard let debugger else { return pod }
        pod.spec.shareProcessNamespace = pod.spec.shareProcessNamespace ?? true
        let index: Int
        if let known = pod.spec.containers.firstIndex(where: { $0.name == debugger.name }) {
            index = known
            pod.spec.containers[index].change(to: debugger)
        } else {
            index = pod.spec.containers.count
            pod.spec.containers.append(debugger.container)
        }
        profile.apply(to: &pod.spec.containers[index].securityContext)
        return pod
    }
}

extension Container {
    /// Takes over what was asked for; the rest stays.
    fileprivate mutating func change(to debugger: EphemeralContainer) {
        if !debugger.command.isEmpty {
            command = debugger.command
            args = []
        }
        if !debugger.args.isEmpty { args = debugger.args }
        if !debugger.env.isEmpty { env = debugger.env }
        if !debugger.image.isEmpty { image = debugger.image }
        if !debugger.imagePullPolicy.isEmpty { imagePullPolicy = debugger.imagePullPolicy }
        stdin = debugger.stdin
        tty = debugger.tty
    }
}
