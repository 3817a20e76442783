import PodModel

/// A seccomp profile in the Docker/OCI JSON form.
package struct SeccompDocument: Codable, Sendable, Equatable {
    package struct ArchitectureMap: Codable, Sendable, Equatable {
        package var architecture = ""
        package var subArchitectures: [String] = []
    }

    package struct Argument: Codable, Sendable, Equatable {
        package var index: UInt32 = 0
        package var value: UInt64 = 0
        package var valueTwo: UInt64 = 0
        package var op = ""
    }

    package struct Filter: Codable, Sendable, Equatable {
        package var caps: [String] = []
        package var arches: [String] = []
    }

    package struct SystemCalls: Codable, Sendable, Equatable {
        package var names: [String] = []
        package var name = ""
        package var action = ""
        package var errnoRet: UInt32?
        package var args: [Argument] = []
        package var includes: Filter?
        package var excludes: Filter?
    }

    package var defaultAction = ""
    package var defaultErrnoRet: UInt32?
    package var architectures: [String] = []
    package var archMap: [ArchitectureMap] = []
    package var listenerPath = ""
    package var syscalls: [SystemCalls] = []

    /// The bytes are a profile or the container does not start: an empty or broken file is never "no filter".
    package init(json: [UInt8], name: String) throws(ResolveError) {
        do {
            self = try JSON.decode(SeccompDocument.self, from: json)
        } catch {
            throw SeccompDocument.problem(name, "\(error)")
        }
        guard !defaultAction.isEmpty else { throw SeccompDocument.problem(name, "it has no defaultAction") }
        guard listenerPath.isEmpty else { throw SeccompDocument.problem(name, "listenerPath is not supported") }
    }

    /// The filter for processes with these capabilities in their bounding set, on this machine.
    package func plan(
        capabilities: CapabilitySet, architecture: SeccompArchitecture = .native, name: String
    ) throws(ResolveError) -> SeccompPlan {
        let defaultAction = try action(defaultAction, errno: defaultErrnoRet, name)
        var rules: [SeccompRule] = []
        for calls in syscalls where applies(calls, capabilities: capabilities, architecture: architecture) {
            let action = try action(calls.action, errno: calls.errnoRet, name)
            // The same as the default: nothing to say, and libseccomp refuses such a rule.
            if action == defaultAction { continue }
            var conditions: [SeccompCondition] = []
            for argument in calls.args { conditions.append(try condition(argument, name)) }
            let rule = SeccompRule(
                action: action, names: calls.name.isEmpty ? calls.names : calls.names + [calls.name],
                conditions: conditions)
            // Two capabilities may open the same call; libseccomp is told once.
            if !rules.contains(rule) { rules.append(rule) }
        }
        return SeccompPlan(
            defaultAction: defaultAction, architectures: try subArchitectures(of: architecture, name), rules: rules)
    }

    private func applies(
        _ calls: SystemCalls, capabilities: CapabilitySet, architecture: SeccompArchitecture
    ) -> Bool {
        if let includes = calls.includes {
            if !includes.caps.allSatisfy(capabilities.has) { return false }
            if !includes.arches.isEmpty, !includes.arches.contains(architecture.goName) { return false }
        }
        if let excludes = calls.excludes {
            if excludes.caps.contains(where: capabilities.has) { return false }
            if excludes.arches.contains(architecture.goName) { return false }
        }
        return true
    }

    private func subArchitectures(
        of native: SeccompArchitecture, _ name: String
    ) throws(ResolveError) -> [SeccompArchitecture] {
        let names =
            archMap.first { $0.architecture == native.rawValue }.map(\.subArchitectures)
            ?? architectures.filter { $0 != native.rawValue }
        // Of an OCI list only those that this machine can run; an ABI that is not listed kills.
        return names.compactMap(SeccompArchitecture.init(rawValue:)).filter { native.runs($0) }
    }

    private func action(_ word: String, errno: UInt32?, _ name: String) throws(ResolveError) -> SeccompAction {
        switch word {
        case "SCMP_ACT_ALLOW": return .allow
        case "SCMP_ACT_ERRNO": return .fail(errno ?? 1)
        case "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD": return .killThread
        case "SCMP_ACT_KILL_PROCESS": return .killProcess
        case "SCMP_ACT_TRAP": return .trap
        case "SCMP_ACT_LOG": return .log
        case "SCMP_ACT_TRACE": return .trace(errno ?? 1)
        default: throw SeccompDocument.problem(name, "action \(quoted(word)) is not supported")
        }
    }

    private func condition(_ argument: Argument, _ name: String) throws(ResolveError) -> SeccompCondition {
        guard let comparison = SeccompComparison(rawValue: argument.op) else {
            throw SeccompDocument.problem(name, "comparison \(quoted(argument.op)) is not known")
        }
        guard argument.index < 6 else {
            throw SeccompDocument.problem(name, "a system call has no argument \(argument.index)")
        }
        return SeccompCondition(
            index: argument.index, comparison: comparison, value: argument.value, valueTwo: argument.valueTwo)
    }

    static func problem(_ name: String, _ cause: String) -> ResolveError {
        ResolveError(.createContainerError, "seccomp profile \(quoted(name)): \(cause)")
    }
}

extension SeccompArchitecture {
    /// Go's name, which Docker's `includes.arches` uses.
    fileprivate var goName: String {
        switch self {
        case .x86_64: return "amd64"
        case .x86: return "x86"
        case .x32: return "x32"
        case .aarch64: return "arm64"
        case .arm: return "arm"
        }
    }

    fileprivate func runs(_ other: SeccompArchitecture) -> Bool {
        switch self {
        case .x86_64: return other == .x86 || other == .x32
        case .aarch64: return other == .arm
        default: return false
        }
    }
}
