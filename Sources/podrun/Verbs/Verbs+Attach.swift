import Glibc
import PodLinux
import PodModel
import PodRuntime

extension Verbs {
    /// - Returns: 0 when the container ended or the user's input did, whatever the container's own code (as kubectl).
    func attach(_ options: AttachOptions) throws -> Int32 {
        let pod = try onlyPod(namespace: options.namespace, name: options.pod)
        if pod.status.phase == "Succeeded" || pod.status.phase == "Failed" {
            throw CommandFailure(
                "cannot attach a container in a completed pod; current phase is \(pod.status.phase)")
        }
        let name = options.container ?? defaultContainer(of: pod, isQuiet: options.quiet)
        guard let container = pod.container(name) else {
            throw CommandFailure(
                "cannot attach to the container: container \(name) not found in pod \(pod.metadata.name)")
        }
        if options.tty, !container.tty, !options.quiet {
            Console.warn("error: Unable to use a TTY - container \(name) did not allocate one")
        }
        return try attach(to: container, of: pod, options)
    }

    func attach(to container: Container, of pod: Pod, _ options: AttachOptions) throws -> Int32 {
        var isTerminal = container.tty && options.stdin
        if isTerminal, isatty(0) != 1 {
            isTerminal = false
            if !options.quiet {
                Console.warn("Unable to use a TTY - input is not a terminal or the right kind of file")
            }
        }
        if options.stdin, !container.stdin {
            isTerminal = false
            if !options.quiet {
                Console.warn("Warning: container \(container.name) has no stdin, only its output is attached")
            }
        }
        if !options.quiet {
            Console.warn(
                "All commands and output from this session will be recorded in container logs, including credentials "
                    + "and sensitive information passed through the command prompt.")
            Console.warn("If you don't see a command prompt, try pressing enter.")
        }
        let (streams, socket) = try AttachedStreams.pair()
        let request = ControlRequest(
            verb: .attach, namespace: options.namespace, names: [options.pod],
            exec: ExecRequest(container: container.name, command: [], stdin: options.stdin))
        let session = try client.send(request, descriptors: [socket.raw])
        let reply = try session.receive().reply
        if reply.kind == .error { throw CommandFailure(reply) }
        session.close()
        // From here on only the keeper has it, so that its end is seen.
        socket.close()
        let relay = AttachRelay(
            streams: streams, isTerminal: isTerminal,
            endsWithInput: container.tty || !container.stdinOnce)
        guard try relay.run() else {
            throw CommandFailure(
                "the connection to container \(container.name) was lost before its end: it may be gone, or its output came "
                    + "faster than it was taken here; see 'podrun logs \(options.pod) -c \(container.name)'")
        }
        if isTerminal, !options.quiet, pod.spec.restartPolicy == "Always" {
            let command = "'podrun attach \(options.pod) -c \(container.name) -n \(options.namespace) -i -t'"
            let isEphemeral = pod.spec.ephemeralContainers.contains { $0.name == container.name }
            try Console.print(
                isEphemeral
                    ? "Session ended, the ephemeral container will not be restarted but may be reattached using \(command) "
                        + "if it is still running\n"
                    : "Session ended, resume using \(command) command when the pod is running\n")
        }
        return 0
    }
}
