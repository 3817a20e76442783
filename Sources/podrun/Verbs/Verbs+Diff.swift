import Glibc
import PodLinux
import PodModel
import PodPlanning
import PodRuntime

extension Verbs {
    /// - Returns: 0 when apply would change nothing, 1 when it would.
    func diff(_ options: DiffOptions) throws -> Int32 {
        do {
            return try differences(options)
        } catch let failure as CommandFailure {
            // 1 says that something differs.
            throw CommandFailure(failure.message, exitCode: max(2, failure.exitCode))
        }
    }

    private func differences(_ options: DiffOptions) throws -> Int32 {
        let manifests = try readManifests(options.files, namespace: options.namespace)
        guard !manifests.isEmpty else { throw CommandFailure("no objects passed to diff") }
        let (live, merged) = (try TemporaryFile.directory("LIVE"), try TemporaryFile.directory("MERGED"))
        defer {
            try? TreeRemoval.remove(live)
            try? TreeRemoval.remove(merged)
        }
        for manifest in manifests {
            let metadata = manifest.metadata
            let found = try fetch(manifest.kind, namespace: metadata.namespace, names: [metadata.name]).objects.first
            // What would be refused is said as apply says it.
            try check(manifest)
            let wanted = try manifest.applied(to: found)
            let name = "v1.\(manifest.kind.rawValue).\(metadata.namespace).\(metadata.name)"
            let (old, new) = SecretMask.masked(try found?.value(), try wanted.value())
            if let old { try TemporaryFile.write(old.yamlText(), to: "\(live)/\(name)") }
            try TemporaryFile.write(new.yamlText(), to: "\(merged)/\(name)")
        }
        let program = Self.program + [live, merged]
        do throws(SyscallError) {
            return try ChildCommand.run(program)
        } catch {
            throw CommandFailure("failed to run \(FieldError.quoted(program[0])): \(error.cause)")
        }
    }

    /// `KUBECTL_EXTERNAL_DIFF` with its arguments, or diff.
    private static var program: [String] {
        let words = getenv("KUBECTL_EXTERNAL_DIFF").map { String(cString: $0).split(separator: " ").map(String.init) }
        return words.flatMap { $0.isEmpty ? nil : $0 } ?? ["diff", "-u", "-N"]
    }

    private func check(_ manifest: ManifestObject) throws {
        var request = ControlRequest(verb: .apply, namespace: manifest.metadata.namespace, isDryRun: true)
        switch manifest {
        case .pod(let manifest): request.pod = manifest.pod
        case .stored(let manifest): request.object = manifest.object
        }
        try send(request)
    }
}

extension ManifestObject {
    /// As it would be there after apply.
    func applied(to live: ListedObject?) throws -> ListedObject {
        switch self {
        case .pod(let manifest):
            let written = manifest.pod.spec
            let pod = manifest.pod.withDefaults()
            guard case .pod(let existing)? = live else { return .pod(pod) }
            let policies = (written.initContainers + written.containers).filter { !$0.imagePullPolicy.isEmpty }
            guard
                case .configured(var changed) = PodChange(
                    pod, explicitPullPolicies: policies.map(\.name), existing: existing)
            else { return .pod(existing) }
            changed.metadata.resourceVersion = existing.metadata.resourceVersion
            return .pod(changed)
        case .stored(let manifest):
            var existing: StoredObject?
            if case .stored(let object)? = live { existing = object }
            let decision = ObjectAdmission.decide(manifest.object, existing: existing, uid: "", now: Timestamp.current)
            switch decision {
            case .created(var object), .configured(var object), .unchanged(var object):
                object.metadata.resourceVersion = existing?.metadata.resourceVersion ?? ""
                object.metadata.creationTimestamp = existing?.metadata.creationTimestamp
                return .stored(object)
            case .invalid, .outdated: return .stored(manifest.object)
            }
        }
    }
}

/// A Secret's values in a diff are not for eyes: only whether they differ.
enum SecretMask {
    static func masked(_ old: Value?, _ new: Value) -> (old: Value?, new: Value) {
        guard new.member("kind") == .string("Secret") else { return (old, new) }
        let (before, after) = (members(old), members(new))
        var (old, new) = (old, new)
        old?.set("data", .object(before.map { ($0.key, .string(text($0, after, "before"))) }))
        new.set("data", .object(after.map { ($0.key, .string(text($0, before, "after"))) }))
        return (old, new)
    }

    private static func members(_ value: Value?) -> [(key: String, value: Value)] {
        guard case .object(let members)? = value?.member("data") else { return [] }
        return members
    }

    private static func text(
        _ member: (key: String, value: Value), _ others: [(key: String, value: Value)], _ when: String
    ) -> String {
        let other = others.first { $0.key == member.key }
        return other == nil || other?.value == member.value ? "***" : "*** (\(when))"
    }
}
