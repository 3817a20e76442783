import Glibc
import PodLinux
import PodModel
import PodPlanning

/// What was applied: written once, durably, before anything of the pod is made.
package struct PodObject: Codable, Sendable {
    package static let currentVersion = 1

    package var version = PodObject.currentVersion
    package var pod: Pod
    /// The user accepted that limits are not enforced on this host.
    package var withoutEnforcement = false
    /// Containers whose imagePullPolicy the user wrote, and image volumes (`policyKey`); for the others Always is only the
    /// default of a `:latest` tag, and an image that is present will do.
    package var explicitPullPolicies: [String] = []

    /// No container's name has a slash.
    static func policyKey(volume name: String) -> String { "volumes/\(name)" }
}

/// What changes: written before each effect, valid for one boot.
package struct PodState: Codable, Sendable {
    package static let currentVersion = 1

    package var version = PodState.currentVersion
    /// /proc/sys/kernel/random/boot_id: after a reboot nothing in here is true any more.
    package var bootID: String
    package var machine: PodMachine
    /// The rest of the status follows from the machine; when conditions changed does not.
    package var conditions: [PodCondition]
}

/// The files of pods: objects below the data directory, state below the run directory.
struct PodStore {
    let paths: HostPaths
    let bootID: String

    private func objectPath(_ pod: Pod) -> String {
        "\(paths.objectsDirectory)/\(pod.metadata.namespace)_\(pod.metadata.name).json"
    }

    private func recordPath(_ pod: Pod) -> String { "\(paths.podDataDirectory(pod.metadata.uid))/record.json" }

    private func statePath(_ pod: Pod) -> String { "\(paths.podRunDirectory(pod.metadata.uid))/state.json" }

    /// The object outlives the agent from here on, and power loss from `flush` on.
    func save(_ object: PodObject) throws {
        try AtomicFile.write(objectPath(object.pod), JSON.encode(object), durable: false)
    }

    /// Puts a changed object in the place of the one there is, on the disk when this returns. Changes are rare: the loop may
    /// wait for one.
    func replace(_ object: PodObject) throws {
        try AtomicFile.write(objectPath(object.pod), JSON.encode(object), durable: true)
    }

    /// Has the disk keep the object: before the user is told that the pod was created.
    func flush(_ object: PodObject, on loop: EventLoop, _ handler: @escaping (SyscallError?) -> Void) throws {
        try Flush.begin(objectPath(object.pod), in: paths.objectsDirectory, loop: loop, handler)
    }

    /// Not flushed to the disk: it need only outlive the agent, not the machine (docs/decisions/0006-two-kinds-of-state.md).
    func save(_ state: PodState, of pod: Pod) throws {
        try AtomicFile.write(statePath(pod), JSON.encode(state), durable: false)
    }

    /// All objects, and for each file that can't be read the reason.
    ///
    /// - Throws: where it can't be found out which there are.
    func objects() throws -> (objects: [PodObject], problems: [String]) {
        var objects: [PodObject] = []
        var problems: [String] = []
        for name in try objectNames() where name.hasSuffix(".json") {
            let path = "\(paths.objectsDirectory)/\(name)"
            do {
                let object = try JSON.decode(PodObject.self, from: FileBytes.read(path, limit: 4 << 20))
                guard object.version == PodObject.currentVersion else {
                    problems.append("read \"\(path)\": version \(object.version) is not known to this podrun")
                    continue
                }
                objects.append(object)
            } catch {
                problems.append("read \"\(path)\": \(error)")
            }
        }
        return (objects, problems)
    }

    /// None where there was no agent yet.
    private func objectNames() throws(SyscallError) -> [String] {
        do throws(SyscallError) {
            return try Directory(paths.objectsDirectory).names()
        } catch  where error.errno == ENOENT {
            return []
        }
    }

    /// Keeps the state for after a boot: when an instance, or the pod, ended.
    func keep(_ state: PodState, of pod: Pod) throws {
        try Directory.make(paths.podDataDirectory(pod.metadata.uid), mode: 0o700)
        try AtomicFile.write(recordPath(pod), JSON.encode(state), durable: false)
    }

    /// Nil when there is none, it is of an earlier boot, or it can't be read.
    func state(of pod: Pod) -> PodState? {
        read(statePath(pod)).flatMap { $0.bootID == bootID ? $0 : nil }
    }

    /// The rules of a pod that has a network of its own; nil while its sandbox is not ready.
    func networkRules(of object: PodObject) -> PodFirewallRules? {
        guard !object.pod.spec.hostNetwork, let state = state(of: object.pod),
            let address = IPv4Address(state.machine.podIP), state.machine.sandbox == .ready
        else { return nil }
        let uid = object.pod.metadata.uid
        return PodFirewallRules(
            podUID: uid, linkName: PodNetwork.linkName(podUID: uid), address: address,
            hostPorts: HostPort.all(in: object.pod))
    }

    /// What was last kept for after a boot.
    func record(of pod: Pod) -> PodState? { read(recordPath(pod)) }

    private func read(_ path: String) -> PodState? {
        guard let bytes = try? FileBytes.read(path, limit: 4 << 20),
            let state = try? JSON.decode(PodState.self, from: bytes), state.version == PodState.currentVersion
        else { return nil }
        return state
    }

    func removeObject(of pod: Pod) throws {
        let path = objectPath(pod)
        try check("remove", path, unless: ENOENT) { unlink(path) }
    }
}
