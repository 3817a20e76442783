extension PodRules {
    mutating func checkContainers(_ path: FieldPath) {
        var names: Set<String> = []
        if spec.containers.isEmpty { required(path / "containers") }
        for (index, container) in spec.containers.enumerated() {
            let path = (path / "containers")[index]
            check(container, path)
            if !container.name.isEmpty, !names.insert(container.name).inserted {
                duplicate(path / "name", container.name)
            }
            checkRestartPolicy(container, path)
            checkLifecycle(container, path)
        }
        for (index, container) in spec.initContainers.enumerated() {
            let path = (path / "initContainers")[index]
            check(container, path)
            if !container.name.isEmpty, !names.insert(container.name).inserted {
                duplicate(path / "name", container.name)
            }
            checkRestartPolicy(container, path)
            if container.restartPolicy == "Always" {
                checkLifecycle(container, path)
            } else {
                let words = "may not be set for init containers without restartPolicy=Always"
                if container.lifecycle != nil { forbidden(path / "lifecycle", words) }
                if container.livenessProbe != nil { forbidden(path / "livenessProbe", words) }
                if container.readinessProbe != nil { forbidden(path / "readinessProbe", words) }
                if container.startupProbe != nil { forbidden(path / "startupProbe", words) }
            }
        }
    }

    private mutating func checkRestartPolicy(_ container: Container, _ path: FieldPath) {
        oneOf(path / "restartPolicy", container.restartPolicy, ["Always", "OnFailure", "Never"])
        let rules = container.restartPolicyRules
        if rules.isEmpty { return }
        if container.restartPolicy == nil {
            required(path / "restartPolicy", "must specify restartPolicy when restart rules are used")
        }
        tooMany(path / "restartPolicyRules", rules.count, limit: 20)
        for (index, rule) in rules.enumerated() {
            let path = (path / "restartPolicyRules")[index]
            oneOf(path / "action", rule.action, ["Restart", "RestartAllContainers"])
            guard let codes = rule.exitCodes else {
                required(path / "exitCodes", "must be specified")
                continue
            }
            oneOf(path / "exitCodes" / "operator", codes.operator, ["In", "NotIn"])
            tooMany(path / "exitCodes" / "values", codes.values.count, limit: 255)
        }
    }

    private mutating func tooMany(_ path: FieldPath, _ count: Int, limit: Int) {
        if count <= limit { return }
        errors.append(
            FieldError(path, .tooMany, value: "\(count)", detail: "must have at most \(limit) items"))
    }

    mutating func check(_ container: Container, _ path: FieldPath) {
        if container.name.isEmpty {
            required(path / "name")
        } else {
            invalid(path / "name", container.name, NameRules.dns1123Label(container.name))
        }
        if container.image.isEmpty {
            required(path / "image")
        } else if container.image.first?.isWhitespace == true || container.image.last?.isWhitespace == true {
            invalid(path / "image", container.image, ["must not have leading or trailing whitespace"])
        }
        oneOf(
            path / "terminationMessagePolicy", container.terminationMessagePolicy, ["File", "FallbackToLogsOnError"])
        checkPorts(container, path / "ports")
        for (index, variable) in container.env.enumerated() { check(variable, (path / "env")[index]) }
        checkEnvFrom(container.envFrom, path / "envFrom")
        checkMounts(container, path / "volumeMounts")
        oneOf(path / "imagePullPolicy", container.imagePullPolicy, ["Always", "IfNotPresent", "Never"])
        check(container.resources, path / "resources")
        checkResizePolicy(container, path / "resizePolicy")
        if let context = container.securityContext { check(context, path / "securityContext") }
    }

    private mutating func checkResizePolicy(_ container: Container, _ path: FieldPath) {
        var names: Set<String> = []
        for (index, policy) in container.resizePolicy.enumerated() {
            if !names.insert(policy.resourceName).inserted { duplicate(path[index], policy.resourceName) }
            oneOf(path, policy.resourceName, ["cpu", "memory"])
            oneOf(path, policy.restartPolicy, ["NotRequired", "RestartContainer"])
            if spec.restartPolicy == "Never", policy.restartPolicy != "NotRequired" {
                invalid(path, policy.restartPolicy, ["must be 'NotRequired' when `restartPolicy` is 'Never'"])
            }
        }
    }

    private mutating func checkPorts(_ container: Container, _ path: FieldPath) {
        var names: Set<String> = []
        for (index, port) in container.ports.enumerated() {
            let path = path[index]
            if !port.name.isEmpty {
                let problems = NameRules.portName(port.name)
                invalid(path / "name", port.name, problems)
                if problems.isEmpty, !names.insert(port.name).inserted { duplicate(path / "name", port.name) }
            }
            if port.containerPort == 0 {
                required(path / "containerPort")
            } else {
                invalid(path / "containerPort", port.containerPort, NameRules.portNumber(Int64(port.containerPort)))
            }
            if port.hostPort != 0 {
                invalid(path / "hostPort", port.hostPort, NameRules.portNumber(Int64(port.hostPort)))
                if spec.hostNetwork && port.hostPort != port.containerPort {
                    invalid(
                        path / "hostPort", port.hostPort, ["must match `containerPort` when `hostNetwork` is true"])
                }
                let key = "\(port.protocol)/\(port.hostIP)/\(port.hostPort)"
                if !hostPorts.insert(key).inserted { duplicate(path / "hostPort", key) }
            }
            oneOf(path / "protocol", port.protocol, ["SCTP", "TCP", "UDP"])
        }
    }

    // MARK: - Probes and hooks

    private mutating func checkLifecycle(_ container: Container, _ path: FieldPath) {
        if let hook = container.lifecycle?.postStart { check(hook, path / "lifecycle" / "postStart") }
        if let hook = container.lifecycle?.preStop { check(hook, path / "lifecycle" / "preStop") }
        if let signal = container.lifecycle?.stopSignal { check(stopSignal: signal, path / "lifecycle" / "stopSignal") }
        check(container.livenessProbe, path / "livenessProbe", kind: .liveness)
        check(container.readinessProbe, path / "readinessProbe", kind: .readiness)
        check(container.startupProbe, path / "startupProbe", kind: .startup)
    }

    private mutating func check(stopSignal signal: String, _ path: FieldPath) {
        if spec.os?.name.isEmpty ?? true {
            forbidden(path, "may not be set for containers with empty `spec.os.name`")
        } else {
            oneOf(path, signal, Self.stopSignals)
        }
    }

    private static let stopSignals =
        [
            "SIGABRT", "SIGALRM", "SIGBUS", "SIGCHLD", "SIGCLD", "SIGCONT", "SIGFPE", "SIGHUP", "SIGILL", "SIGINT",
            "SIGIO", "SIGIOT", "SIGKILL", "SIGPIPE", "SIGPOLL", "SIGPROF", "SIGPWR", "SIGQUIT", "SIGRTMAX",
        ] + (1...14).map { "SIGRTMAX-\($0)" } + ["SIGRTMIN"] + (1...15).map { "SIGRTMIN+\($0)" } + [
            "SIGSEGV", "SIGSTKFLT", "SIGSTOP", "SIGSYS", "SIGTERM", "SIGTRAP", "SIGTSTP", "SIGTTIN", "SIGTTOU",
            "SIGURG", "SIGUSR1", "SIGUSR2", "SIGVTALRM", "SIGWINCH", "SIGXCPU", "SIGXFSZ",
        ]

    private enum ProbeKind { case liveness, readiness, startup }

    private mutating func check(_ probe: Probe?, _ path: FieldPath, kind: ProbeKind) {
        guard let probe else { return }
        let handlers = Handlers(exec: probe.exec, httpGet: probe.httpGet, tcpSocket: probe.tcpSocket, grpc: probe.grpc)
        check(handlers, path)
        for (field, value) in [
            ("initialDelaySeconds", probe.initialDelaySeconds), ("timeoutSeconds", probe.timeoutSeconds),
            ("periodSeconds", probe.periodSeconds), ("successThreshold", probe.successThreshold),
            ("failureThreshold", probe.failureThreshold),
        ] { notNegative(path / field, value) }
        if kind != .readiness, probe.successThreshold != 1 {
            invalid(path / "successThreshold", probe.successThreshold, ["must be 1"])
        }
        if let seconds = probe.terminationGracePeriodSeconds {
            if kind == .readiness {
                invalid(path / "terminationGracePeriodSeconds", seconds, ["must not be set for readinessProbes"])
            } else if seconds <= 0 {
                invalid(path / "terminationGracePeriodSeconds", seconds, ["must be greater than 0"])
            }
        }
    }

    private mutating func check(_ hook: LifecycleHandler, _ path: FieldPath) {
        check(
            Handlers(exec: hook.exec, httpGet: hook.httpGet, tcpSocket: hook.tcpSocket, sleep: hook.sleep), path)
    }

    private struct Handlers {
        var exec: ExecAction?
        var httpGet: HTTPGetAction?
        var tcpSocket: TCPSocketAction?
        var grpc: GRPCAction?
        var sleep: SleepAction?
    }

    private mutating func check(_ handlers: Handlers, _ path: FieldPath) {
        var count = 0
        func isFirst(_ field: String) -> Bool {
            count += 1
            if count > 1 {
                errors.append(FieldError(path / field, .forbidden, detail: "may not specify more than 1 handler type"))
            }
            return count == 1
        }
        if let exec = handlers.exec, isFirst("exec"), exec.command.isEmpty { required(path / "exec" / "command") }
        if let action = handlers.httpGet, isFirst("httpGet") { check(action, path / "httpGet") }
        if let action = handlers.tcpSocket, isFirst("tcpSocket") { check(action.port, path / "tcpSocket" / "port") }
        if let action = handlers.grpc, isFirst("grpc") {
            invalid(path / "grpc" / "port", action.port, NameRules.portNumber(Int64(action.port)))
        }
        if let action = handlers.sleep, isFirst("sleep") {
            let grace = spec.terminationGracePeriodSeconds ?? 30
            if action.seconds < 0 || action.seconds > grace {
                invalid(
                    path / "sleep", action.seconds,
                    ["must be non-negative and less than terminationGracePeriodSeconds (\(grace))"])
            }
        }
        if count == 0 { required(path, "must specify a handler type") }
    }

    private mutating func check(_ action: HTTPGetAction, _ path: FieldPath) {
        if action.path.isEmpty { required(path / "path") }
        check(action.port, path / "port")
        oneOf(path / "scheme", action.scheme, ["HTTP", "HTTPS"])
        for (index, header) in action.httpHeaders.enumerated() {
            // Kubernetes gives the list's path here.
            _ = index
            invalid(path / "httpHeaders", header.name, NameRules.httpHeaderName(header.name))
        }
    }

    private mutating func check(_ port: IntOrString, _ path: FieldPath) {
        switch port {
        case .int(let number): invalid(path, number, NameRules.portNumber(Int64(number)))
        case .string(let name): invalid(path, name, NameRules.portName(name))
        }
    }
}
