extension PodRules {
    mutating func checkSecurityContext(_ path: FieldPath) {
        if spec.shareProcessNamespace == true, spec.hostPID {
            invalid(
                path / "shareProcessNamespace", json: "true", "ShareProcessNamespace and HostPID cannot both be enabled"
            )
        }
        checkAppArmorAnnotations()
        guard let context = spec.securityContext else { return }
        for (field, id) in [
            ("fsGroup", context.fsGroup), ("runAsUser", context.runAsUser), ("runAsGroup", context.runAsGroup),
        ] {
            if let id { invalid(path / field, id, NameRules.identifier(id)) }
        }
        for (index, group) in context.supplementalGroups.enumerated() {
            invalid((path / "supplementalGroups")[index], group, NameRules.identifier(group))
        }
        checkSysctls(context.sysctls, path / "sysctls")
        oneOf(path / "fsGroupChangePolicy", context.fsGroupChangePolicy, ["Always", "OnRootMismatch"])
        oneOf(path / "supplementalGroupsPolicy", context.supplementalGroupsPolicy, ["Merge", "Strict"])
        oneOf(path / "seLinuxChangePolicy", context.seLinuxChangePolicy, ["MountOption", "Recursive"])
        check(context.seccompProfile, path / "seccompProfile")
        check(context.appArmorProfile, path / "appArmorProfile")
    }

    private mutating func checkSysctls(_ sysctls: [Sysctl], _ path: FieldPath) {
        var names: Set<String> = []
        for (index, sysctl) in sysctls.enumerated() {
            let path = path[index] / "name"
            if sysctl.name.isEmpty {
                required(path)
            } else {
                invalid(path, sysctl.name, NameRules.sysctlName(sysctl.name))
                if !names.insert(sysctl.dottedName).inserted { duplicate(path, sysctl.name) }
            }
            if spec.hostNetwork, sysctl.dottedName.hasPrefix("net.") {
                invalid(path, sysctl.name, ["may not be specified when 'hostNetwork' is true"])
            }
            if spec.hostIPC,
                ["kernel.shm", "kernel.msg", "kernel.sem", "fs.mqueue."].contains(where: sysctl.dottedName.hasPrefix)
            {
                invalid(path, sysctl.name, ["may not be specified when 'hostIPC' is true"])
            }
        }
    }

    mutating func check(_ context: SecurityContext, _ path: FieldPath) {
        for (field, id) in [("runAsUser", context.runAsUser), ("runAsGroup", context.runAsGroup)] {
            if let id { invalid(path / field, id, NameRules.identifier(id)) }
        }
        if let mount = context.procMount {
            oneOf(path / "procMount", mount, ["Default", "Unmasked"])
            if mount == "Unmasked", spec.hostUsers != false {
                invalid(path / "procMount", mount, ["`hostUsers` must be false to use `Unmasked`"])
            }
        }
        check(context.seccompProfile, path / "seccompProfile")
        check(context.appArmorProfile, path / "appArmorProfile")
        guard context.allowPrivilegeEscalation == false else { return }
        if context.privileged == true {
            invalid(
                path, json: context.goText, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true")
        }
        if context.capabilities?.add.contains("CAP_SYS_ADMIN") == true {
            invalid(
                path, json: context.goText,
                "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN")
        }
    }

    private static let profileTypes = ["Localhost", "RuntimeDefault", "Unconfined"]

    private mutating func check(_ profile: SeccompProfile?, _ path: FieldPath) {
        guard let profile else { return }
        if profile.type.isEmpty {
            required(path / "type", "type is required when seccompProfile is set")
        } else {
            oneOf(path / "type", profile.type, Self.profileTypes)
        }
        checkLocalProfile(profile.type, profile.localhostProfile, path / "localhostProfile", "seccomp")
    }

    private mutating func check(_ profile: AppArmorProfile?, _ path: FieldPath) {
        guard let profile else { return }
        if profile.type.isEmpty {
            required(path / "type", "type is required when appArmorProfile is set")
        } else {
            oneOf(path / "type", profile.type, Self.profileTypes)
        }
        checkLocalProfile(profile.type, profile.localhostProfile, path / "localhostProfile", "AppArmor")
    }

    private mutating func checkAppArmorAnnotations() {
        let path = FieldPath("metadata.annotations")
        for (key, value) in pod.metadata.annotations.sorted(by: { $0.key < $1.key }) {
            guard key.hasPrefix(AppArmorAnnotation.prefix) else { continue }
            let name = String(key.dropFirst(AppArmorAnnotation.prefix.count))
            let isUsed = pod.allContainers.contains { $0.name == name }
            if !isUsed { invalid(path.key(key), name, ["container not found"]) }
            guard let asked = AppArmorAnnotation.profile(value) else {
                invalid(path.key(key), value, ["invalid AppArmor profile name: \(FieldError.quoted(value))"])
                continue
            }
            for (list, containers) in [("initContainers", spec.initContainers), ("containers", spec.containers)] {
                guard let index = containers.firstIndex(where: { $0.name == name }),
                    let profile = pod.appArmorProfile(of: containers[index])
                else { continue }
                let path = (FieldPath("spec") / list)[index] / "securityContext" / "appArmorProfile"
                if profile.type != asked.type {
                    forbidden(path / "type", "apparmor type in annotation and container must match")
                } else if profile != asked {
                    forbidden(
                        path / "localhostProfile", "apparmor profile in annotation and container must match")
                }
            }
        }
    }

    private mutating func checkLocalProfile(_ type: String, _ name: String?, _ path: FieldPath, _ kind: String) {
        guard type == "Localhost" else {
            if let name { invalid(path, name, ["can only be set when \(kind) type is Localhost"]) }
            return
        }
        guard let name, !name.isEmpty else { return required(path, "must be set when \(kind) type is Localhost") }
        if kind == "seccomp" { return invalid(path, name, NameRules.descendingPath(name)) }
        if name.first == " " || name.last == " " { invalid(path, name, ["must not be padded with whitespace"]) }
    }
}

extension Sysctl {
    /// Both separators are in use; `net/ipv4/conf/eth0.1/x` has dots within slashes.
    package var dottedName: String {
        guard let first = name.first(where: { $0 == "." || $0 == "/" }), first == "/" else { return name }
        return String(name.map { $0 == "/" ? "." : $0 == "." ? "/" : $0 })
    }
}

extension SecurityContext {
    /// Kubernetes prints its internal struct here.
    fileprivate var goText: String {
        func list(_ names: [String]?) -> Value {
            names.map { $0.isEmpty ? .null : .array($0.map(Value.string)) } ?? .null
        }
        func profile(_ type: String?, _ name: String?) -> Value {
            type.map { .object([("Type", .string($0)), ("LocalhostProfile", name.map(Value.string) ?? .null)]) }
                ?? .null
        }
        let options: Value =
            seLinuxOptions.map {
                .object([
                    ("User", .string($0.user)), ("Role", .string($0.role)), ("Type", .string($0.type)),
                    ("Level", .string($0.level)),
                ])
            } ?? .null
        let value = Value.object([
            (
                "Capabilities",
                capabilities.map { .object([("Add", list($0.add)), ("Drop", list($0.drop))]) } ?? .null
            ),
            ("Privileged", privileged.map(Value.bool) ?? .null), ("SELinuxOptions", options), ("WindowsOptions", .null),
            ("RunAsUser", runAsUser.map(Value.int) ?? .null), ("RunAsGroup", runAsGroup.map(Value.int) ?? .null),
            ("RunAsNonRoot", runAsNonRoot.map(Value.bool) ?? .null),
            ("ReadOnlyRootFilesystem", readOnlyRootFilesystem.map(Value.bool) ?? .null),
            ("AllowPrivilegeEscalation", allowPrivilegeEscalation.map(Value.bool) ?? .null),
            ("ProcMount", procMount.map(Value.string) ?? .null),
            ("SeccompProfile", profile(seccompProfile?.type, seccompProfile?.localhostProfile)),
            ("AppArmorProfile", profile(appArmorProfile?.type, appArmorProfile?.localhostProfile)),
        ])
        return value.jsonText(pretty: false)
    }
}
