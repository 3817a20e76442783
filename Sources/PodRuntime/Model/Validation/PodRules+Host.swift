/// Where podrun is stricter than Kubernetes' API: what would fail or mislead only when the container starts.
extension PodRules {
    /// The smallest memory limit, bytes: Docker's floor. Below it a start fails in ways that do not name the limit.
    static let leastMemory: Int64 = 6 << 20

    /// linux/capability.h, by number from 0.
    static let capabilities: Set<String> = [
        "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
        "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
        "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
        "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
        "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
        "CHECKPOINT_RESTORE",
    ]

    /// The kubelet's words (volume/emptydir, getPageSizeMountOption), which it says when the volume is to be mounted.
    private mutating func check(_ emptyDir: EmptyDirVolumeSource, _ path: FieldPath) {
        guard emptyDir.isOfHugePages else { return oneOf(path, emptyDir.medium, ["", "Memory", "HugePages"]) }
        if emptyDir.medium == "HugePages", spec.hugePages.count > 1 {
            let problem = "medium: HugePages can't be used if container requests multiple huge page sizes"
            invalid(path, emptyDir.medium, [problem])
        } else if emptyDir.pageResource(in: spec) == nil {
            let problem =
                "medium \(emptyDir.medium): huge pages storage requested, but there is no resource request for "
            invalid(path, emptyDir.medium, [problem + "huge pages"])
        }
    }

    mutating func checkHostSafety() {
        let path = FieldPath("spec")
        // The kubelet's directory of logs: `<namespace>_<name>_<uid>`.
        errors += MetadataRules.errors(ofDirectoryFor: pod.metadata, reserved: 37)
        for (index, volume) in spec.volumes.enumerated() {
            let path = (path / "volumes")[index]
            if let emptyDir = volume.emptyDir { check(emptyDir, path / "emptyDir" / "medium") }
            if let limit = volume.emptyDir?.sizeLimit { check(size: limit, path / "emptyDir" / "sizeLimit") }
            if let host = volume.hostPath { checkAbsolute(host.path, path / "hostPath" / "path") }
        }
        for (index, container) in spec.initContainers.enumerated() {
            checkHostSafety(container, (path / "initContainers")[index])
        }
        for (index, container) in spec.containers.enumerated() {
            checkHostSafety(container, (path / "containers")[index])
        }
        for (index, container) in spec.ephemeralContainers.enumerated() {
            checkHostSafety(container.container, (path / "ephemeralContainers")[index])
        }
        for (index, sysctl) in (spec.securityContext?.sysctls ?? []).enumerated() {
            checkLine(sysctl.value, (path / "securityContext" / "sysctls")[index] / "value")
        }
        checkLine(
            spec.securityContext?.appArmorProfile?.localhostProfile ?? "",
            path / "securityContext" / "appArmorProfile" / "localhostProfile")
        for (index, option) in (spec.dnsConfig?.options ?? []).enumerated() {
            let path = (path / "dnsConfig" / "options")[index]
            checkWord(option.name, path / "name")
            checkWord(option.value ?? "", path / "value")
        }
    }

    private mutating func checkHostSafety(_ container: Container, _ path: FieldPath) {
        for (index, word) in container.command.enumerated() { checkNoNUL(word, (path / "command")[index]) }
        for (index, word) in container.args.enumerated() { checkNoNUL(word, (path / "args")[index]) }
        for (index, variable) in container.env.enumerated() {
            checkNoNUL(variable.value, (path / "env")[index] / "value")
        }
        if !container.workingDir.isEmpty { checkAbsolute(container.workingDir, path / "workingDir") }
        checkAbsolute(container.terminationMessagePath, path / "terminationMessagePath")
        if container.terminationMessagePath.split(separator: "/").contains("..") {
            invalid(path / "terminationMessagePath", container.terminationMessagePath, ["must not contain '..'"])
        }
        for (index, port) in container.ports.enumerated() where !port.hostIP.isEmpty {
            invalid((path / "ports")[index] / "hostIP", port.hostIP, NameRules.ipAddress(port.hostIP))
        }
        for (list, amounts) in [("limits", container.resources.limits), ("requests", container.resources.requests)] {
            for (name, amount) in amounts.sorted(by: { $0.key < $1.key }) {
                check(size: amount, (path / "resources" / list).key(name))
            }
        }
        if let limit = container.resources.limits["memory"], !limit.isZero, limit.value < Self.leastMemory {
            invalid(
                (path / "resources" / "limits").key("memory"), limit.text,
                ["must be at least 6Mi (\(limit.value) bytes are too few to start a container)"])
        }
        let added = (container.securityContext?.capabilities?.add ?? []).enumerated().map { ("add", $0, $1) }
        let dropped = (container.securityContext?.capabilities?.drop ?? []).enumerated().map { ("drop", $0, $1) }
        for (list, index, name) in added + dropped where !Self.isCapability(name) {
            invalid((path / "securityContext" / "capabilities" / list)[index], name, ["unknown capability"])
        }
        checkLine(
            container.securityContext?.appArmorProfile?.localhostProfile ?? "",
            path / "securityContext" / "appArmorProfile" / "localhostProfile")
        checkTargets(of: container, path / "volumeMounts")
        for (field, probe) in [
            ("livenessProbe", container.livenessProbe), ("readinessProbe", container.readinessProbe),
            ("startupProbe", container.startupProbe),
        ] { checkRequest(probe?.httpGet, probe?.tcpSocket, of: container, path / field) }
        for (field, hook) in [("postStart", container.lifecycle?.postStart), ("preStop", container.lifecycle?.preStop)]
        {
            checkRequest(hook?.httpGet, nil, of: container, path / "lifecycle" / field)
        }
    }

    /// What a probe or hook would send, and that it can be sent at all.
    private mutating func checkRequest(
        _ http: HTTPGetAction?, _ tcp: TCPSocketAction?, of container: Container, _ path: FieldPath
    ) {
        for (field, port) in [("httpGet", http?.port), ("tcpSocket", tcp?.port)] {
            guard case .string(let name) = port, !container.ports.contains(where: { $0.name == name }) else { continue }
            invalid(path / field / "port", name, ["must be the name of one of the container's ports"])
        }
        guard let http else { return }
        checkNoControls(http.path, path / "httpGet" / "path")
        checkNoControls(http.host, path / "httpGet" / "host")
        for (index, header) in http.httpHeaders.enumerated() {
            checkNoControls(header.value, (path / "httpGet" / "httpHeaders")[index] / "value")
        }
    }

    private static func isCapability(_ name: String) -> Bool {
        let name = name.uppercased()
        return name == "ALL" || capabilities.contains(name.hasPrefix("CAP_") ? String(name.dropFirst(4)) : name)
    }

    private mutating func checkTargets(of container: Container, _ path: FieldPath) {
        var targets: Set<String> = []
        for (index, mount) in container.volumeMounts.enumerated() {
            let path = path[index] / "mountPath"
            // The kubelet puts a relative path below the root.
            var parts: [Substring] = []
            for part in mount.mountPath.split(separator: "/") where part != "." {
                if part == ".." { _ = parts.popLast() } else { parts.append(part) }
            }
            let target = "/" + parts.joined(separator: "/")
            checkLine(mount.mountPath, path)
            if target == "/" { invalid(path, mount.mountPath, ["must not be the root directory"]) }
            if parts.first == "proc" { invalid(path, mount.mountPath, ["must not be /proc or below it"]) }
            if !targets.insert(target).inserted { invalid(path, mount.mountPath, ["must be unique"]) }
        }
    }

    private mutating func checkAbsolute(_ text: String, _ path: FieldPath) {
        checkLine(text, path)
        if !text.hasPrefix("/") { invalid(path, text, ["must be an absolute path"]) }
    }

    private mutating func check(size: Quantity, _ path: FieldPath) {
        if !size.fitsInt64 { invalid(path, size.text, ["must be less than or equal to 9223372036854775807"]) }
    }

    /// A system call would take the text before the NUL for the whole.
    private mutating func checkNoNUL(_ text: String, _ path: FieldPath) {
        if text.utf8.contains(0) { invalid(path, text, ["must not contain NUL bytes"]) }
    }

    /// For what becomes a part of one line of a file.
    private mutating func checkLine(_ text: String, _ path: FieldPath) {
        if text.utf8.contains(where: { [0, 10, 13].contains($0) }) {
            invalid(path, text, ["must not contain NUL bytes or line ends"])
        }
    }

    /// For what becomes a part of a request's head.
    private mutating func checkNoControls(_ text: String, _ path: FieldPath) {
        if text.utf8.contains(where: { $0 < 32 || $0 == 127 }) {
            invalid(path, text, ["must not contain control characters"])
        }
    }

    private mutating func checkWord(_ text: String, _ path: FieldPath) {
        if text.utf8.contains(where: { $0 <= 32 || $0 == 127 }) {
            invalid(path, text, ["must not contain spaces or control characters"])
        }
    }
}
