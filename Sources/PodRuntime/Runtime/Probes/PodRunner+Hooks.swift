import PodLinux
import PodModel
import PodPlanning

/// Carries out the hooks of containers (pkg/kubelet/lifecycle/handlers.go). They have no timeout: the machine cancels one
/// whose container ended or whose grace period is over.
extension PodRunner {
    struct HookKey: Hashable {
        let process: UInt64
        let hook: Hook
    }

    func runHook(_ name: String, process: UInt64, _ hook: Hook) {
        let key = HookKey(process: process, hook: hook)
        guard let container = pod.container(name), hooks[key] == nil else { return }
        let handler = hook == .postStart ? container.lifecycle?.postStart : container.lifecycle?.preStop
        let attempt = Attempt(loop: host.loop) { [weak self] outcome in
            guard let self else { return }
            self.hooks[key] = nil
            let outcome = HookOutcome(outcome)
            // The event does not say why, in case that the hook wrote secrets.
            if case .failed(let message) = outcome { self.host.log("pod \"\(self.pod.metadata.name)\": \(message)") }
            self.handle(.hookEnded(container: name, process: process, hook, outcome))
        }
        hooks[key] = attempt
        guard let handler else { return attempt.finish(.success) }
        start(handler, of: container, process: process, attempt)
    }

    func cancelHook(process: UInt64, _ hook: Hook) {
        hooks.removeValue(forKey: HookKey(process: process, hook: hook))?.cancel()
    }

    private func start(_ handler: LifecycleHandler, of container: Container, process: UInt64, _ attempt: Attempt) {
        let metadata = pod.metadata
        let subject =
            "for Container \"\(container.name)\" in Pod "
            + "\"\(metadata.name)_\(metadata.namespace)(\(metadata.uid))\" failed - error"
        if let action = handler.exec {
            let command = action.command.joined(separator: " ")
            let words = "Exec lifecycle hook ([\(command)]) \(subject)"
            run(action.command, in: container, process: process, attempt) { end in
                switch end {
                case .exited(0, _): .success
                case .exited(let code, let output):
                    .failure(
                        message: "\(words): command '\(command)' exited with \(code): \(output), message: \"\(output)\""
                    )
                case .failed(let message): .failure(message: "\(words): \(message), message: \"\"")
                }
            }
        } else if let action = handler.httpGet {
            get(action, of: container, words: "HTTP lifecycle hook (\(action.path)) \(subject)", attempt)
        } else if let action = handler.sleep {
            let end = Clock.monotonic().advanced(bySeconds: Double(action.seconds))
            let timer = host.loop.schedule(at: end) { attempt.finish(.success) }
            attempt.release = { [host] in host.loop.cancel(timer) }
        } else {
            // tcpSocket is in the API, and every kubelet fails it.
            attempt.finish(.failure(message: "Cannot run handler: invalid handler: tcpSocket"))
        }
    }

    /// Any answer is success. A server that answers TLS with plain HTTP is asked again without.
    private func get(_ action: HTTPGetAction, of container: Container, words: String, _ attempt: Attempt) {
        guard let port = container.port(action.port) else {
            return attempt.finish(.failure(message: "\(words): invalid port number: \(action.port)"))
        }
        let request = HTTPAction.request(action, port: port, podIP: machine.podIP, from: .lifecycle)
        func ask(_ request: HTTPRequest, isFallback: Bool = false) {
            let current = CurrentExchange(url: request.url)
            follow(request, current, attempt) { answer in
                guard case .failure(let failure) = answer else {
                    if isFallback { self.recordFallback(of: request) }
                    return attempt.finish(.success)
                }
                if HTTPAction.isPlainHTTP(failure), !isFallback {
                    return ask(HTTPAction.withoutTLS(request), isFallback: true)
                }
                attempt.finish(
                    .failure(message: "\(words): \(HTTPAction.message(failure, url: current.url))"))
            }
        }
        ask(request)
    }

    private func recordFallback(of request: HTTPRequest) {
        let address = request.url.dropFirst("http://".count).prefix { $0 != "/" }
        record(
            PodEvent(
                type: "Warning", reason: "LifecycleHTTPFallback",
                message: "request to HTTPS lifecycle hook \(address) got HTTP response, retry with HTTP succeeded"))
    }
}

extension HookOutcome {
    fileprivate init(_ outcome: ProbeOutcome) {
        switch outcome {
        case .success, .warning: self = .succeeded
        case .failure(let message), .error(let message): self = .failed(message: message)
        }
    }
}
