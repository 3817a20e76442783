import Testing

@testable import PodPlanning

@Suite struct SeccompTests {
    private func plan(_ context: String, profiles: [String: [UInt8]] = [:]) throws -> ResolvedIdentity {
        try Sample.resolve(Sample.container("securityContext: \(context)"), localhostProfiles: profiles).identity
    }

    /// The action for a call without looking at arguments: the first rule without conditions.
    private func action(_ name: String, _ plan: SeccompPlan?) -> SeccompAction? {
        plan?.rules.first { $0.names.contains(name) && $0.conditions.isEmpty }?.action
    }

    @Test func defaultIsRuntimeDefault() throws {
        let identity = try plan("{}")
        #expect(identity.seccompName == "RuntimeDefault")
        let seccomp = try #require(identity.seccomp)
        #expect(seccomp.defaultAction == .fail(38))
        #if arch(x86_64)
            #expect(seccomp.architectures == [.x86, .x32])
        #endif
        for name in ["read", "execve", "mkdir", "futex_waitv", "capset", "umask", "ptrace", "chroot"] {
            #expect(action(name, seccomp) == .allow, "\(name)")
        }
        for name in [
            "keyctl", "add_key", "request_key", "unshare", "mount", "bpf", "perf_event_open", "io_uring_setup",
            "userfaultfd", "kexec_load", "open_by_handle_at", "setns", "socketcall", "init_module", "reboot", "syslog",
            "fsopen", "pivot_root", "swapon", "settimeofday",
        ] {
            #expect(action(name, seccomp) == .fail(1), "\(name)")
        }
        // Left to the default, ENOSYS: libc falls back to clone.
        #expect(!seccomp.rules.contains { $0.names.contains("clone3") })
    }

    @Test func capabilitiesOpenTheirCalls() throws {
        let admin = try plan("{capabilities: {add: [SYS_ADMIN]}}").seccomp
        #expect(
            action("mount", admin) == .allow && action("clone3", admin) == .allow && action("clone", admin) == .allow)
        #expect(action("bpf", admin) == .allow && action("keyctl", admin) == .fail(1))
        let syslog = try plan("{capabilities: {add: [SYSLOG]}}").seccomp
        #expect(action("syslog", syslog) == .allow && action("mount", syslog) == .fail(1))
        #expect(action("chroot", try plan("{capabilities: {drop: [ALL]}}").seccomp) == .fail(1))
    }

    /// What a rule list says of one argument's value, the way libseccomp reads it: any rule that matches.
    private func verdict(_ name: String, _ value: UInt64, _ plan: SeccompPlan) -> Set<SeccompAction> {
        var actions: Set<SeccompAction> = []
        for rule in plan.rules where rule.names.contains(name) {
            let matches = rule.conditions.allSatisfy {
                switch $0.comparison {
                case .equal: return value == $0.value
                case .maskedEqual: return value & $0.value == $0.valueTwo
                default: return false
                }
            }
            if matches { actions.insert(rule.action) }
        }
        return actions
    }

    @Test func socketFamiliesAndCloneFlagsHaveNoHoles() throws {
        let seccomp = try #require(try plan("{}").seccomp)
        for family in UInt64(0)..<48 {
            let expected: Set<SeccompAction> = family == 38 || family == 40 ? [.fail(1)] : [.allow]
            #expect(verdict("socket", family, seccomp) == expected, "\(family)")
            // The kernel looks at 32 bits of the family; so must the filter.
            #expect(verdict("socket", family | 1 << 32, seccomp) == expected, "\(family) with a high bit")
        }
        #expect(verdict("clone", 0x3d0f00, seccomp) == [.allow])
        for bit in [17, 25, 26, 27, 28, 29, 30] {
            #expect(verdict("clone", 0x11 | 1 << UInt64(bit), seccomp) == [.fail(1)], "\(bit)")
        }
        for value: UInt64 in [0, 8, 0x20000, 0x20008, 0xffff_ffff] {
            #expect(verdict("personality", value, seccomp) == [.allow])
        }
        #expect(verdict("personality", 0x40000, seccomp) == [])
    }

    @Test func unconfinedIsAskedFor() throws {
        #expect(try plan("{seccompProfile: {type: Unconfined}}").seccomp == nil)
        #expect(try plan("{privileged: true, seccompProfile: {type: RuntimeDefault}}").seccomp == nil)
    }

    @Test func localhostProfiles() throws {
        let context = "{seccompProfile: {type: Localhost, localhostProfile: my/p.json}}"
        let profile = """
            {"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
             "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13,
                "args": [{"index": 1, "value": 4294967295, "op": "SCMP_CMP_GT"}]},
               {"name": "chmod", "action": "SCMP_ACT_KILL_PROCESS"}]}
            """
        let identity = try plan(context, profiles: ["my/p.json": Array(profile.utf8)])
        #expect(identity.seccompName == "Localhost/my/p.json")
        #expect(
            identity.seccomp?.rules == [
                SeccompRule(
                    action: .fail(13), names: ["mkdir"],
                    conditions: [SeccompCondition(index: 1, comparison: .greater, value: 4_294_967_295)]),
                SeccompRule(action: .killProcess, names: ["chmod"]),
            ])
    }

    /// A broken profile never means "no filter" (attacks C8).
    @Test(arguments: [
        "", "{", "[]", "{}", "null", "{\"defaultAction\": \"SCMP_ACT_NONE\"}",
        "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"a\"], \"action\": \"x\"}]}",
        "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"a\"], \"action\": \"SCMP_ACT_LOG\", "
            + "\"args\": [{\"index\": 9, \"op\": \"SCMP_CMP_EQ\"}]}]}",
    ])
    func brokenProfilesAreRefused(profile: String) throws {
        let context = "{seccompProfile: {type: Localhost, localhostProfile: p}}"
        #expect(throws: ResolveError.self) { try plan(context, profiles: ["p": Array(profile.utf8)]) }
    }

    @Test(arguments: ["missing", "../p", "/p", "a//p", "\"\""])
    func otherFilesAreRefused(name: String) throws {
        let context = "{seccompProfile: {type: Localhost, localhostProfile: \(name)}}"
        #expect(throws: ResolveError.self) { try plan(context, profiles: ["p": Array("{}".utf8)]) }
    }
}
