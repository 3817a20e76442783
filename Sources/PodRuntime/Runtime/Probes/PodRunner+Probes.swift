import Glibc
import PodLinux
import PodModel
import PodPlanning

/// The ways of asking a container how it is (pkg/probe), from the host's network. Messages are the kubelet's.
extension PodRunner {
    func start(_ probe: Probe, of container: Container, process: UInt64, _ attempt: Attempt) {
        let seconds = probe.timeoutSeconds
        if let action = probe.exec {
            execute(action, in: container, process: process, seconds: seconds, attempt)
        } else if let action = probe.httpGet {
            get(action, of: container, seconds: seconds, attempt)
        } else if let action = probe.tcpSocket {
            connect(action, of: container, seconds: seconds, attempt)
        } else if let action = probe.grpc {
            check(action, seconds: seconds, attempt)
        } else {
            attempt.finish(.error(message: "missing probe handler for \(container.name)"))
        }
    }

    private func execute(
        _ action: ExecAction, in container: Container, process: UInt64, seconds: Int32, _ attempt: Attempt
    ) {
        let command = action.command.map { word in
            // Only what the manifest gives a value is known; other variables are empty
            // (container/helpers.go, ExpandContainerCommandOnlyStatic).
            expandVariables(in: word) { name in container.env.last { $0.name == name }?.value }
        }
        attempt.limit(seconds: seconds) {
            .failure(message: "command timed out: \"\(command.joined(separator: " "))\" timed out after \(seconds)s")
        }
        run(command, in: container, process: process, attempt) { end in
            switch end {
            case .exited(0, _): .success
            case .exited(_, let output): .failure(message: output)
            case .failed(let message): .error(message: message)
            }
        }
    }

    private func connect(_ action: TCPSocketAction, of container: Container, seconds: Int32, _ attempt: Attempt) {
        guard let port = container.port(action.port) else {
            return attempt.finish(.error(message: "invalid port number: \(action.port)"))
        }
        let host = action.host.isEmpty ? machine.podIP : action.host
        let address = HTTPAction.address(host, port)
        attempt.limit(seconds: seconds) { .failure(message: "dial tcp \(address): i/o timeout") }
        do {
            let connection = try TCPConnection(to: host, port: port, loop: self.host.loop) { error in
                attempt.finish(
                    error.map { .failure(message: "dial tcp \(address): connect: \($0.cause)") } ?? .success)
            }
            attempt.release = { connection.close() }
        } catch  where error.errno == EINVAL {
            // A name: libcurl looks it up without keeping the loop waiting.
            ask(HTTPRequest(url: "http://\(address)/", headers: []), connectsOnly: true, attempt) { answer in
                guard case .failure(let failure) = answer else { return attempt.finish(.success) }
                let message = HTTPAction.message(failure, url: "http://\(address)/")
                attempt.finish(.failure(message: String(message.dropFirst("Get \"http://\(address)/\": ".count))))
            }
        } catch {
            attempt.finish(.failure(message: "dial tcp \(address): \(error.call): \(error.cause)"))
        }
    }

    private func get(_ action: HTTPGetAction, of container: Container, seconds: Int32, _ attempt: Attempt) {
        guard let port = container.port(action.port) else {
            return attempt.finish(.error(message: "invalid port number: \(action.port)"))
        }
        let request = HTTPAction.request(action, port: port, podIP: machine.podIP, from: .probe)
        let current = CurrentExchange(url: request.url)
        attempt.limit(seconds: seconds) {
            HTTPAction.timeout(url: current.url, isReadingBody: current.exchange?.hasStatus ?? false)
        }
        follow(request, current, attempt) { answer in
            attempt.finish(HTTPAction.outcome(answer, url: current.url))
        }
    }

    private func check(_ action: GRPCAction, seconds: Int32, _ attempt: Attempt) {
        let podIP = machine.podIP
        let current = CurrentExchange(url: "")
        attempt.limit(seconds: seconds) {
            GRPCHealth.timeout(
                action, podIP: podIP, seconds: seconds, isConnected: current.exchange?.isConnected ?? false)
        }
        func ask() {
            current.exchange = self.ask(GRPCHealth.request(action, podIP: podIP), attempt) { answer in
                current.exchange = nil
                if let outcome = GRPCHealth.outcome(answer) { return attempt.finish(outcome) }
                // grpc's first back-off; the attempt's time ends it.
                let next = self.host.loop.schedule(at: Clock.monotonic().advanced(bySeconds: 1)) { ask() }
                attempt.release = { self.host.loop.cancel(next) }
            }
        }
        ask()
    }

    /// The exchange of the redirect that an attempt has come to.
    final class CurrentExchange {
        var url: String
        var redirects = 0
        var exchange: HTTPExchange?

        init(url: String) {
            self.url = url
        }
    }

    /// Makes the request, and those that redirects to the same host ask for (pkg/probe/http, RedirectChecker).
    func follow(
        _ request: HTTPRequest, _ current: CurrentExchange, _ attempt: Attempt,
        _ handler: @escaping (HTTPAnswer) -> Void
    ) {
        func step(_ next: HTTPRequest) {
            current.url = next.url
            current.exchange = ask(next, attempt) { answer in
                current.exchange = nil
                guard case .response(let response) = answer,
                    let next = HTTPAction.following(response, of: request)
                else { return handler(answer) }
                current.redirects += 1
                guard current.redirects <= HTTPAction.maximumRedirects else {
                    return handler(.failure(.broken(detail: "stopped after \(HTTPAction.maximumRedirects) redirects")))
                }
                step(next)
            }
        }
        step(request)
    }

    @discardableResult
    private func ask(
        _ request: HTTPRequest, connectsOnly: Bool = false, _ attempt: Attempt,
        _ handler: @escaping (HTTPAnswer) -> Void
    ) -> HTTPExchange? {
        do {
            let exchange = try host.http.start(request, connectsOnly: connectsOnly, handler)
            attempt.release = { exchange.cancel() }
            return exchange
        } catch {
            attempt.finish(.error(message: "\(error)"))
            return nil
        }
    }
}

extension Container {
    /// A port by its number or by its name in the container's list (pkg/probe/util.go, ResolveContainerPort).
    func port(_ port: IntOrString) -> UInt16? {
        let number: Int? =
            switch port {
            case .int(let number): Int(number)
            case .string(let name): ports.first { $0.name == name }.map { Int($0.containerPort) } ?? Int(name)
            }
        return number.flatMap(UInt16.init(exactly:)).flatMap { $0 == 0 ? nil : $0 }
    }
}
