import PodLinux
import PodModel

extension PodRunner {
    /// Has the keeper copy a running container's output to a client, and give the client the way to its input.
    ///
    /// From then on only the client and the keeper are in it: the agent may end meanwhile.
    /// - Parameter socket: the keeper's end of an `AttachedStreams`.
    /// - Throws: `RequestError` when the container does not run.
    func attach(_ name: String, wantsInput: Bool, socket: DescriptorBox) throws {
        let (container, _, sandbox) = try runningContainer(name)
        guard let process = machine.container(container.name)?.process else { return }
        try sandbox.keeper.attach(id: process, socket: socket.raw, wantsInput: wantsInput && container.stdin)
    }

    /// What an exec or attach needs. `name`: empty means the pod's default container.
    func runningContainer(_ name: String) throws -> (Container, Sandbox.RunningContainer, Sandbox) {
        let name = name.isEmpty ? pod.defaultContainerName : name
        guard let container = pod.container(name) else {
            throw RequestError("container \(name) is not valid for pod \(pod.metadata.name)", reason: "BadRequest")
        }
        guard let state = machine.container(name), state.hasProcess, let sandbox,
            let running = sandbox.containers[state.process]
        else {
            throw RequestError("container not running (\(name))", reason: "BadRequest")
        }
        return (container, running, sandbox)
    }
}
