import PodModel

/// A new agent took the pod over.
extension PodMachine {
    mutating func recover(_ observation: Observation, at now: Instant, _ effects: inout [Effect]) {
        // Timers were the last agent's.
        retryDeadline = nil
        killDeadline = nil
        recoverResize()
        for index in containers.indices {
            if containers[index].phase == .resolving { containers[index].phase = .waiting }
            guard containers[index].isAlive else { continue }
            switch observation.processes[containers[index].process] {
            case .running(let startedAt)?:
                resume(index, startedAt: startedAt, &effects)
            case .exited(let exit)?:
                exited(containers[index].name, containers[index].process, exit, at: now, &effects)
            case .failed(let cause)?:
                startFailed(containers[index].name, containers[index].process, cause, at: now, &effects)
            case nil where observation.isSandboxAlive && containers[index].phase == .starting:
                // The intent was written, the request was not sent.
                containers[index].phase = .startable
                containers[index].stop = nil
            case nil:
                containers[index].endUnseen(at: now)
            }
        }
        switch sandbox {
        case .ready where observation.isSandboxAlive, .absent: break
        default: breakSandbox(&effects)
        }
        if sandbox == .removing { effects.append(.removeSandbox) }
    }

    /// Goes on with an instance that runs. What the last agent had begun is done again, because nobody knows how far it
    /// came: hooks and signals are delivered at least once, as Kubernetes promises.
    private mutating func resume(_ index: Int, startedAt: Timestamp, _ effects: inout [Effect]) {
        let (name, process) = (containers[index].name, containers[index].process)
        if containers[index].phase == .starting {
            containers[index].startedAt = startedAt
            // Whether the hook ran is not known either.
            if containers[index].rules.hasPostStart, containers[index].stop == nil {
                containers[index].phase = .postStart
            } else {
                containers[index].run()
            }
        }
        if containers[index].phase == .postStart {
            effects.append(.runHook(container: name, process: process, .postStart))
        }
        switch containers[index].stop?.stage {
        case .preStop: effects.append(.runHook(container: name, process: process, .preStop))
        case .signalled: effects.append(.stopContainer(container: name, process: process))
        case .killed: effects.append(.killContainer(container: name, process: process))
        case .requested, .turn, nil: break
        }
    }
}
