/// A further process in a running container: `podrun exec`, exec probes and hooks.
package struct ExecPlan: Sendable, Equatable {
    package struct Terminal: Sendable, Equatable {
        package var rows: UInt16
        package var columns: UInt16

        package init(rows: UInt16, columns: UInt16) {
            self.rows = rows
            self.columns = columns
        }
    }

    package var program: ChildProgram

    /// `resolved`: what the container was started from, so that the new process has exactly its rights. With a terminal
    /// the pty's master comes back with `ReturnTag.terminal`; without, `stdout`, `stderr` and (for `hasInput`) `stdin`
    /// are passed slots. `runsCopier`: podrun's copier is run, with `command` as its arguments and no environment, so that
    /// nothing of the container changes what it does (attack A5).
    package static func make(
        _ resolved: ResolvedContainer, command: [String], runsCopier: Bool = false, terminal: Terminal?, hasInput: Bool,
        node: NodeFacts
    ) -> ExecPlan {
        let hasCgroup = node.cgroup.root != nil
        var passed: [PassedSlot] = [.containerPidfd]
        if hasCgroup { passed.append(.cgroup) }
        if runsCopier { passed.append(.copierExecutable) }
        if terminal == nil { passed += (hasInput ? [.stdin] : []) + [.stdout, .stderr] }
        var builder = ChildProgramBuilder(cloneFlags: [], passedSlots: passed)
        // The container's pid namespace from the first instruction on: no process of ours is seen joining it.
        builder.beBornInPidNamespace(of: .containerPidfd)
        var joined: NamespaceSet = [.mount, .network, .ipc, .uts]
        if hasCgroup { joined.insert(.cgroup) }
        builder.appendHostAttributes(
            oomScoreAdjust: resolved.oomScoreAdjust, appArmor: resolved.identity.appArmor)
        if let ids = resolved.userNamespace { builder.append(.owner(ids.first)) }
        // All in one step: the mount namespace brings the container's root with it.
        if let container = builder.program.slot(of: .containerPidfd) {
            builder.append(.setNamespaces(of: container, joined))
        }
        var environment = runsCopier ? [] : resolved.environment
        if let terminal {
            builder.append(
                .terminal(tag: ReturnTag.terminal, rows: terminal.rows, columns: terminal.columns))
            if !environment.contains(where: { $0.name == "TERM" }) {
                environment.insert(EnvironmentVariable("TERM", "xterm"), at: 0)
            }
        }
        builder.appendProcess(
            identity: resolved.identity, arguments: runsCopier ? ["podrun-copier"] + command : command,
            environment: environment, workingDirectory: resolved.workingDirectory, searchPath: resolved.searchPath,
            executable: builder.program.slot(of: .copierExecutable),
            users: resolved.userNamespace.flatMap { _ in builder.program.slot(of: .containerPidfd) })
        return ExecPlan(program: builder.program)
    }
}
