import Glibc
import PodLinux
import PodModel
import PodPlanning

/// What is there of pods that are gone: a keeper was killed while no agent ran, a command was stopped half way, or somebody
/// removed files by hand.
///
/// Traces are looked for before the objects are read. The object of a pod is written before anything of it is made, so what is
/// found first and has no object afterwards belongs to no pod. Addresses and firewall rules are `NetworkCheck`'s.
package struct Leftovers {
    private enum Kind: String, CaseIterable {
        // In the order of their removal: what is served goes before what serves it.
        case keeper, cgroup, mount, link, directory
    }

    private struct Item: Equatable {
        let kind: Kind
        /// A path, the name of a link, a process id.
        let name: String
        /// The pod's uid; of a link its name, which is made from the uid.
        let owner: String
    }

    private let paths: HostPaths
    private let support = CgroupSupport.detect()

    package init(paths: HostPaths) {
        self.paths = paths
    }

    /// - Throws: when an object can't be read: its pod may be alive.
    package func damages() throws -> [Damage] {
        try .lasting {
            try find().map { item in
                Damage("Left \(item.kind.rawValue)", item.name) { try remove(item) }
            }
        }
    }

    private func find() throws -> [Item] {
        let keepers = keepers()
        let found = keepers.ours + cgroups() + mounts() + links() + directories()
        let (objects, problems) = try PodStore(paths: paths, bootID: "").objects()
        if let problem = problems.first { throw AgentError(problem) }
        // Pods of a podrun with other directories share the cgroups and links with ours.
        let living = Set(objects.map(\.pod.metadata.uid)).union(keepers.others)
        let owners = living.union(living.map { PodNetwork.linkName(podUID: $0) })
        let left = found.filter { !owners.contains($0.owner) }
        return left + logs(of: Set(left.map(\.owner)))
    }

    /// - Throws: what could not be removed; the rest of it is gone.
    private func remove(_ item: Item) throws {
        switch item.kind {
        case .keeper: try endKeeper(item)
        case .cgroup: try removeCgroup(item.name)
        case .mount: try SharedMount.remove(item.name)
        case .link: try RouteSocket().deleteLink(item.name)
        case .directory: try TreeRemoval.remove(item.name)
        }
    }

    // MARK: - Traces

    /// Keepers of pods below our run directory, and the pods of those that are elsewhere.
    private func keepers() -> (ours: [Item], others: Set<String>) {
        var ours: [Item] = []
        var others: Set<String> = []
        for name in (try? Directory("/proc").names()) ?? [] where Int32(name) != nil {
            guard let uid = Self.podOfKeeper(name) else { continue }
            if uid.directory == paths.podsRunDirectory {
                ours.append(Item(kind: .keeper, name: name, owner: uid.pod))
            } else {
                others.insert(uid.pod)
            }
        }
        return (ours, others)
    }

    /// Of the keeper with this process id: the directory of all pods, and its pod's name in there. nil for other processes and
    /// for a keeper that waits for a pod.
    private static func podOfKeeper(_ process: String) -> (directory: String, pod: String)? {
        guard link("/proc/\(process)/exe").hasPrefix("/memfd:podrun-keeper") else { return nil }
        // PODS/UID/keeper/...
        for name in (try? Directory("/proc/\(process)/fd").names()) ?? [] {
            let parts = link("/proc/\(process)/fd/\(name)").split(separator: "/", omittingEmptySubsequences: false)
            guard let keeper = parts.lastIndex(where: { $0 == "keeper" || $0 == "keeper (deleted)" }), keeper >= 2
            else {
                continue
            }
            return (parts[..<(keeper - 1)].joined(separator: "/"), String(parts[keeper - 1]))
        }
        return nil
    }

    private static func link(_ path: String) -> String {
        var bytes = [CChar](repeating: 0, count: 4096)
        let count = readlink(path, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private func cgroups() -> [Item] {
        guard let parent = support.parent else { return [] }
        return [QoSClass.guaranteed, .burstable, .bestEffort].map { CgroupPlan.qosPath($0) }.flatMap { level in
            ((try? Directory("\(parent)/\(level)").names()) ?? []).compactMap { name in
                let uid = String(name.dropFirst("pod".count))
                guard name.hasPrefix("pod"), uid.count == 36 else { return nil }
                return Item(kind: .cgroup, name: "\(level)/\(name)", owner: uid)
            }
        }
    }

    private var parents: [String] { [paths.podsRunDirectory, paths.podsMemoryDirectory, paths.podsDataDirectory] }

    /// The deepest first.
    private func mounts() -> [Item] {
        let text = String(decoding: (try? FileBytes.read("/proc/self/mountinfo")) ?? [], as: UTF8.self)
        let points = text.split(separator: "\n").compactMap {
            $0.split(separator: " ").dropFirst(4).first.map(String.init)
        }
        return points.reversed().compactMap { point in
            guard let parent = parents.first(where: { point.hasPrefix($0 + "/") }),
                let uid = point.dropFirst(parent.count).split(separator: "/").first
            else { return nil }
            return Item(kind: .mount, name: point, owner: String(uid))
        }
    }

    private func links() -> [Item] {
        let text = String(decoding: (try? FileBytes.read("/proc/net/dev")) ?? [], as: UTF8.self)
        let names = text.split(separator: "\n").compactMap {
            $0.split(separator: ":").first?.split(separator: " ").first
        }
        // As long as those that are made from a uid: others are not ours.
        let length = PodNetwork.linkName(podUID: String(repeating: "0", count: 36)).count
        return names.filter { $0.hasPrefix("pr-") && $0.count == length }
            .map { Item(kind: .link, name: String($0), owner: String($0)) }
    }

    private func directories() -> [Item] {
        parents.flatMap { parent in
            ((try? Directory(parent).names()) ?? []).sorted()
                .map { Item(kind: .directory, name: "\(parent)/\($0)", owner: $0) }
        }
    }

    /// Only of these pods: a kubelet of this host has its logs there too.
    private func logs(of owners: Set<String>) -> [Item] {
        ((try? Directory(paths.logDirectory).names()) ?? []).compactMap { name in
            guard let uid = name.split(separator: "_").last.map(String.init), owners.contains(uid) else { return nil }
            return Item(kind: .directory, name: "\(paths.logDirectory)/\(name)", owner: uid)
        }
    }

    // MARK: - Removal

    private func endKeeper(_ item: Item) throws {
        // Still the same process: ids are used again.
        guard let process = Int32(item.name), let pod = Self.podOfKeeper(item.name), pod.pod == item.owner else {
            return
        }
        _ = try check("kill keeper", item.name, unless: ESRCH) { kill(process, SIGKILL) }
        try waitUntil("the end of keeper \(item.name)") { Self.podOfKeeper(item.name) == nil }
    }

    private func removeCgroup(_ path: String) throws {
        let tree = CgroupTree(support: support)
        tree.kill(path)
        try waitUntil("the end of the processes in cgroup \"\(path)\"") { (try? tree.remove(path)) != nil }
    }

    /// Looks every 10 ms, for 10 s.
    private func waitUntil(_ what: String, _ isThere: () -> Bool) throws {
        for _ in 0..<1000 {
            if isThere() { return }
            usleep(10_000)
        }
        throw AgentError("wait for \(what): nothing after 10 s")
    }
}
