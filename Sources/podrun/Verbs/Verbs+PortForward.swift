import Glibc
import PodLinux
import PodModel
import PodRuntime

extension Verbs {
    /// Until Ctrl-C, or the end of the pod.
    func portForward(_ options: PortForwardOptions) throws -> Int32 {
        let pod = try onlyPod(namespace: options.namespace, name: options.pod)
        guard pod.status.phase == "Running" else {
            throw CommandFailure(
                "unable to forward port because pod is not running. Current status=\(pod.status.phase)")
        }
        let ports = try options.ports.map { port in
            let remote = try number(of: port.remote, in: pod)
            return (local: port.local ?? remote, remote: remote)
        }
        return try PortForwarder(client: client, pod: pod).run(ports, addresses: options.addresses)
    }

    private func number(of port: PortForwardOptions.Port, in pod: Pod) throws -> UInt16 {
        switch port {
        case .number(let number): return number
        case .name(let name):
            let ports = (pod.spec.containers + pod.spec.initContainers.filter { $0.restartPolicy == "Always" })
                .flatMap(\.ports)
            guard let port = ports.first(where: { $0.name == name }) else {
                throw CommandFailure("Pod '\(pod.metadata.name)' does not have a named port '\(name)'")
            }
            return UInt16(clamping: port.containerPort)
        }
    }
}

/// Takes clients of local ports to a pod's.
@MainActor
private final class PortForwarder {
    private let client: ControlClient
    private let pod: Pod
    private let loopback: PodLoopback
    private var relays: [ObjectIdentifier: PortRelay] = [:]
    private var waiting: [(PortListener, remote: UInt16)] = []
    private var outcome: Result<Int32, CommandFailure> = .success(0)

    /// Clients at once; more wait to be taken.
    private static let limit = 400

    init(client: ControlClient, pod: Pod) {
        self.client = client
        self.pod = pod
        loopback = PodLoopback(pod: pod, cgroups: CgroupTree(support: .detect()))
    }

    func run(_ ports: [(local: UInt16, remote: UInt16)], addresses: [String]) throws -> Int32 {
        let listeners = try listeners(ports, addresses)
        let loop = try EventLoop()
        try loop.watchSignals([SIGINT]) { _, _ in loop.stop() }
        for (listener, remote) in listeners {
            try Console.print("Forwarding from \(listener.text) -> \(remote)\n")
            try watch(listener, remote, loop)
        }
        try watchPod(loop)
        try loop.run()
        for relay in relays.values { relay.close() }
        return try outcome.get()
    }

    private func end(_ result: Result<Int32, CommandFailure>, _ loop: EventLoop) {
        outcome = result
        loop.stop()
    }

    // MARK: - Clients

    private func listeners(
        _ ports: [(local: UInt16, remote: UInt16)], _ addresses: [String]
    ) throws -> [(PortListener, remote: UInt16)] {
        var listeners: [(PortListener, remote: UInt16)] = []
        for port in ports {
            var local = port.local
            for name in addresses {
                var errors: [String] = []
                let tried = name == "localhost" ? ["127.0.0.1", "::1"] : [name]
                for address in tried {
                    do throws(SyscallError) {
                        let listener = try PortListener(address: address, port: local)
                        local = listener.port
                        listeners.append((listener, port.remote))
                    } catch {
                        errors.append("unable to create listener: Error \(error)")
                    }
                }
                // A host without IPv6 has half of localhost.
                if errors.count == tried.count {
                    Console.warn(
                        "Unable to listen on port \(local): Listeners failed to create with the following errors: "
                            + "[\(errors.joined(separator: " "))]")
                }
            }
        }
        guard !listeners.isEmpty else {
            let list = ports.map { "{\($0.local) \($0.remote)}" }.joined(separator: " ")
            throw CommandFailure("unable to listen on any of the requested ports: [\(list)]")
        }
        return listeners
    }

    private func watch(_ listener: PortListener, _ remote: UInt16, _ loop: EventLoop) throws(SyscallError) {
        var registration: EventLoop.Registration?
        registration = try loop.watch(listener.socket.raw, .readable) { [weak self] _ in
            guard let self else { return }
            do {
                guard relays.count < Self.limit, let socket = try listener.accept() else {
                    if relays.count >= Self.limit, let registration {
                        loop.unwatch(registration)
                        waiting.append((listener, remote))
                    }
                    return
                }
                try Console.print("Handling connection for \(listener.port)\n")
                take(socket, from: listener.port, to: remote, loop)
            } catch is Console.OutputClosed {
                end(.success(0), loop)
            } catch {
                end(.failure(CommandFailure("\(error)")), loop)
            }
        }
    }

    private func take(_ socket: DescriptorBox, from local: UInt16, to remote: UInt16, _ loop: EventLoop) {
        let relay = PortRelay(client: socket, to: remote, of: loopback, loop: loop) { [weak self] relay, failure in
            guard let self else { return }
            relays[ObjectIdentifier(relay)] = nil
            if let failure {
                Console.warn(
                    "error: an error occurred forwarding \(local) -> \(remote): failed to connect to localhost:\(remote) "
                        + "inside the pod: \(failure.cause)")
            }
            for (listener, remote) in waiting { try? watch(listener, remote, loop) }
            waiting = []
        }
        if relay.isOpen { relays[ObjectIdentifier(relay)] = relay }
    }

    // MARK: - The pod

    /// Follows the pod, across agents, to its end.
    private func watchPod(_ loop: EventLoop) throws {
        let session = try client.send(
            ControlRequest(verb: .watch, namespace: pod.metadata.namespace, names: [pod.metadata.name]))
        var registration: EventLoop.Registration?
        registration = try loop.watch(session.raw, .readable) { [weak self] _ in
            guard let self else { return }
            do {
                repeat {
                    let reply = try session.receive().reply
                    guard isRunning(reply) else {
                        return end(.failure(CommandFailure("lost connection to pod")), loop)
                    }
                } while session.hasBufferedBytes
            } catch ControlError.lost {
                if let registration { loop.unwatch(registration) }
                session.close()
                do {
                    try watchPod(loop)
                } catch {
                    end(.failure(CommandFailure("\(error)")), loop)
                }
            } catch {
                end(.failure(CommandFailure("\(error)")), loop)
            }
        }
    }

    private func isRunning(_ reply: ControlReply) -> Bool {
        guard reply.kind == .change else { return reply.kind != .error && reply.kind != .done }
        return reply.pods.allSatisfy { changed in
            // Another pod has the name now, or this one has ended.
            changed.metadata.uid == pod.metadata.uid && reply.change != "DELETED" && changed.status.phase == "Running"
        }
    }
}
