import PodModel
import PodRuntime

/// `describe pod`: the layout of kubectl's (pkg/describe, describePod).
struct PodDescription {
    let pod: Pod
    /// nil leaves the section out.
    let events: [Event]?
    let now: Timestamp
    /// A time as RFC 1123 text with a numeric zone, in the zone of the reader.
    let formatTime: (Timestamp) -> String

    var text: String {
        var page = Page()
        head(&page)
        if !pod.spec.initContainers.isEmpty {
            containers("Init Containers", pod.spec.initContainers, pod.status.initContainerStatuses, &page)
        }
        containers("Containers", pod.spec.containers, pod.status.containerStatuses, &page)
        if !pod.spec.ephemeralContainers.isEmpty {
            containers(
                "Ephemeral Containers", pod.spec.ephemeralContainers.map(\.container),
                pod.status.ephemeralContainerStatuses, &page)
        }
        conditions(&page)
        VolumeDescription(volumes: pod.spec.volumes).write(to: &page)
        page.line(0, "QoS Class:\t\(pod.status.qosClass.isEmpty ? pod.qosClass.rawValue : pod.status.qosClass)")
        page.pairs("Node-Selectors", pod.spec.nodeSelector)
        tolerations(&page)
        var text = ColumnText().aligned(page.text)
        if let events { text += EventDescription(events: events, now: now).text }
        return text
    }

    // MARK: - Pod

    private func head(_ page: inout Page) {
        page.line(0, "Name:\t\(pod.metadata.name)")
        page.line(0, "Namespace:\t\(pod.metadata.namespace)")
        if let priority = pod.spec.priority { page.line(0, "Priority:\t\(priority)") }
        if !pod.spec.priorityClassName.isEmpty { page.line(0, "Priority Class Name:\t\(pod.spec.priorityClassName)") }
        if let name = pod.spec.runtimeClassName, !name.isEmpty { page.line(0, "Runtime Class Name:\t\(name)") }
        if !pod.spec.serviceAccountName.isEmpty { page.line(0, "Service Account:\t\(pod.spec.serviceAccountName)") }
        page.line(0, "Node:\t" + (pod.spec.nodeName.isEmpty ? "<none>" : "\(pod.spec.nodeName)/\(pod.status.hostIP)"))
        if let start = pod.status.startTime { page.line(0, "Start Time:\t\(formatTime(start))") }
        page.pairs("Labels", pod.metadata.labels)
        page.annotations(of: pod.metadata)
        if let deletion = pod.metadata.deletionTimestamp, pod.status.phase != "Failed", pod.status.phase != "Succeeded"
        {
            page.line(0, "Status:\tTerminating (lasts \(PodRow.age(of: deletion, now: now)))")
            page.line(0, "Termination Grace Period:\t\(pod.metadata.deletionGracePeriodSeconds ?? 0)s")
        } else {
            page.line(0, "Status:\t\(pod.status.phase)")
        }
        if !pod.status.reason.isEmpty { page.line(0, "Reason:\t\(pod.status.reason)") }
        if !pod.status.message.isEmpty { page.line(0, "Message:\t\(pod.status.message)") }
        seccomp(pod.spec.securityContext?.seccompProfile, 0, &page)
        page.line(0, "IP:\t\(pod.status.podIP)")
        if pod.status.podIPs.isEmpty {
            page.line(0, "IPs:\t<none>")
        } else {
            page.line(0, "IPs:")
            for address in pod.status.podIPs { page.line(1, "IP:\t\(address.ip)") }
        }
        if let owner = pod.metadata.ownerReferences.first(where: { $0.controller == true }) {
            page.line(0, "Controlled By:\t\(owner.kind)/\(owner.name)")
        }
        if !pod.status.nominatedNodeName.isEmpty { page.line(0, "NominatedNodeName:\t\(pod.status.nominatedNodeName)") }
        if let resources = pod.spec.resources {
            page.line(0, "Resources:")
            self.resources(resources, 1, &page)
        }
    }

    private func conditions(_ page: inout Page) {
        if !pod.spec.readinessGates.isEmpty {
            page.line(0, "Readiness Gates:")
            page.line(1, "Type\tStatus")
            for gate in pod.spec.readinessGates {
                let condition = pod.status.conditions.first { $0.type == gate.conditionType }
                page.line(1, "\(gate.conditionType) \t\(condition?.status ?? "<none>") ")
            }
        }
        guard !pod.status.conditions.isEmpty else { return }
        page.line(0, "Conditions:")
        page.line(1, "Type\tStatus")
        for condition in pod.status.conditions { page.line(1, "\(condition.type) \t\(condition.status) ") }
    }

    private func tolerations(_ page: inout Page) {
        guard !pod.spec.tolerations.isEmpty else { return page.line(0, "Tolerations:\t<none>") }
        for (index, toleration) in pod.spec.tolerations.sorted(by: { $0.key < $1.key }).enumerated() {
            var text = toleration.key
            if !toleration.value.isEmpty { text += "=\(toleration.value)" }
            if !toleration.effect.isEmpty { text += ":\(toleration.effect)" }
            if toleration.operator == "Exists", toleration.value.isEmpty {
                text += text.isEmpty ? "op=Exists" : " op=Exists"
            }
            if let seconds = toleration.tolerationSeconds { text += " for \(seconds)s" }
            page.line(0, (index == 0 ? "Tolerations:" : "") + "\t\(text)")
        }
    }

    // MARK: - Containers

    private func containers(
        _ title: String, _ containers: [Container], _ statuses: [ContainerStatus], _ page: inout Page
    ) {
        page.line(0, containers.isEmpty ? "\(title): <none>" : "\(title):")
        for container in containers {
            let status = statuses.first { $0.name == container.name }
            page.line(1, "\(container.name):")
            if let status { page.line(2, "Container ID:\t\(status.containerID)") }
            page.line(2, "Image:\t\(container.image)")
            if let status { page.line(2, "Image ID:\t\(status.imageID)") }
            ports("Port", container.ports.map { "\($0.containerPort)/\($0.protocol)" }, &page)
            ports("Host Port", container.ports.map { "\($0.hostPort)/\($0.protocol)" }, &page)
            seccomp(container.securityContext?.seccompProfile, 2, &page)
            words("Command", container.command, &page)
            words("Args", container.args, &page)
            if let status { state(status, &page) }
            resources(container.resources, 2, &page)
            probe("Liveness", container.livenessProbe, &page)
            probe("Readiness", container.readinessProbe, &page)
            probe("Startup", container.startupProbe, &page)
            EnvironmentDescription(container: container, pod: pod).write(to: &page)
            mounts(container, &page)
        }
    }

    private func ports(_ title: String, _ ports: [String], _ page: inout Page) {
        let text = ports.joined(separator: ", ")
        page.line(2, ports.count > 1 ? "\(title)s:\t\(text)" : "\(title):\t\(text.isEmpty ? "<none>" : text)")
    }

    private func words(_ title: String, _ words: [String], _ page: inout Page) {
        guard !words.isEmpty else { return }
        page.line(2, "\(title):")
        for word in words {
            for line in word.split(separator: "\n", omittingEmptySubsequences: false) { page.line(3, String(line)) }
        }
    }

    private func seccomp(_ profile: SeccompProfile?, _ level: Int, _ page: inout Page) {
        guard let profile else { return }
        page.line(level, "SeccompProfile:\t\(profile.type)")
        guard profile.type == "Localhost" else { return }
        page.line(level == 0 ? 0 : level + 1, "LocalhostProfile:\t\(profile.localhostProfile ?? "")")
    }

    private func state(_ status: ContainerStatus, _ page: inout Page) {
        state("State", status.state, &page)
        if status.lastState.terminated != nil { state("Last State", status.lastState, &page) }
        page.line(2, "Ready:\t\(status.ready ? "True" : "False")")
        page.line(2, "Restart Count:\t\(status.restartCount)")
    }

    private func state(_ title: String, _ state: ContainerState, _ page: inout Page) {
        if let running = state.running {
            page.line(2, "\(title):\tRunning")
            page.line(3, "Started:\t\(running.startedAt.map(formatTime) ?? "<unknown>")")
        } else if let waiting = state.waiting {
            page.line(2, "\(title):\tWaiting")
            if !waiting.reason.isEmpty { page.line(3, "Reason:\t\(waiting.reason)") }
        } else if let terminated = state.terminated {
            page.line(2, "\(title):\tTerminated")
            if !terminated.reason.isEmpty { page.line(3, "Reason:\t\(terminated.reason)") }
            if !terminated.message.isEmpty { page.line(3, "Message:\t\(terminated.message)") }
            page.line(3, "Exit Code:\t\(terminated.exitCode)")
            if terminated.signal > 0 { page.line(3, "Signal:\t\(terminated.signal)") }
            page.line(3, "Started:\t\(terminated.startedAt.map(formatTime) ?? "<unknown>")")
            page.line(3, "Finished:\t\(terminated.finishedAt.map(formatTime) ?? "<unknown>")")
        } else {
            page.line(2, "\(title):\tWaiting")
        }
    }

    private func resources(_ resources: ResourceRequirements, _ level: Int, _ page: inout Page) {
        for (title, list) in [("Limits", resources.limits), ("Requests", resources.requests)] where !list.isEmpty {
            page.line(level, "\(title):")
            for (name, quantity) in list.sorted(by: { $0.key < $1.key }) {
                page.line(level + 1, "\(name):\t\(quantity.text)")
            }
        }
    }

    private func probe(_ title: String, _ probe: Probe?, _ page: inout Page) {
        guard let probe else { return }
        let numbers =
            "delay=\(probe.initialDelaySeconds)s timeout=\(probe.timeoutSeconds)s period=\(probe.periodSeconds)s "
            + "#success=\(probe.successThreshold) #failure=\(probe.failureThreshold)"
        var action = "unknown"
        if let exec = probe.exec {
            action = "exec [\(exec.command.joined(separator: " "))]"
        } else if let get = probe.httpGet {
            let host = get.host.contains(":") ? "[\(get.host)]" : get.host
            let path = get.path.hasPrefix("/") || get.path.isEmpty ? get.path : "/" + get.path
            let address = "\(host):\(Self.text(of: get.port))\(Self.urlPath(path))"
            action = "http-get \(get.scheme.lowercased())://\(address)"
        } else if let tcp = probe.tcpSocket {
            action = "tcp-socket \(tcp.host):\(Self.text(of: tcp.port))"
        } else if let grpc = probe.grpc {
            action = "grpc <pod>:\(grpc.port) \(grpc.service ?? "")"
        }
        page.line(2, "\(title):\t\(action) \(numbers)")
    }

    /// Percent-encoded as Go's url.URL does it.
    private static func urlPath(_ path: String) -> String {
        let digits = Array("0123456789ABCDEF")
        return path.utf8.map { byte in
            let scalar = UnicodeScalar(byte)
            let isPlain = byte < 0x80 && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
            if isPlain || "$&+,/:;=@-_.~".utf8.contains(byte) { return String(scalar) }
            return "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
        }
        .joined()
    }

    private static func text(of port: IntOrString) -> String {
        switch port {
        case .int(let number): "\(number)"
        case .string(let name): name
        }
    }

    private func mounts(_ container: Container, _ page: inout Page) {
        page.line(2, container.volumeMounts.isEmpty ? "Mounts:\t<none>" : "Mounts:")
        for mount in container.volumeMounts.sorted(by: { $0.mountPath < $1.mountPath }) {
            let path = mount.subPath.isEmpty ? "" : ",path=\"\(mount.subPath)\""
            page.line(3, "\(mount.mountPath) from \(mount.name) (\(mount.readOnly ? "ro" : "rw")\(path))")
        }
        guard !container.volumeDevices.isEmpty else { return }
        page.line(2, "Devices:")
        for device in container.volumeDevices.sorted(by: { $0.devicePath < $1.devicePath }) {
            page.line(3, "\(device.devicePath) from \(device.name)")
        }
    }
}

/// Lines before alignment; two spaces a level.
struct Page {
    private(set) var text = ""

    mutating func line(_ level: Int, _ line: String) {
        text += String(repeating: "  ", count: level) + TerminalText.escaped(line) + "\n"
    }
}
