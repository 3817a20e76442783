import CShim
import Glibc
import PodPlanning

/// podrun's cgroups. Paths are relative to `CgroupSupport.parent` (`podrun/burstable/pod<uid>/web`).
///
/// On a host without a v2 mount everything here does nothing: `make` makes nothing, `open` gives nil, `kill` false.
package final class CgroupTree {
    private let support: CgroupSupport
    private var devices = DeviceFilter()

    /// The cgroup of what serves pods, their keepers: no pod's limit or kill reaches it.
    package static let systemPath = CgroupPlan.treeName + "/system"

    package init(support: CgroupSupport) {
        self.support = support
    }

    private func absolute(_ path: String) -> String? { support.parent.map { "\($0)/\(path)" } }

    /// Makes a cgroup and its missing parents, enables controllers for its children, writes its files and
    /// sets its device filter.
    package func make(_ plan: CgroupPlan) throws(SyscallError) {
        guard let root = support.root, let directory = absolute(plan.path) else { return }
        if support.driver == .systemd { try PodsUnit.start(root: root) }
        try Directory.make(directory, mode: 0o755)
        for controller in plan.childControllers {
            try enable(controller, below: directory)
        }
        for item in plan.writes {
            let path = "\(directory)/\(item.file)"
            do throws(SyscallError) {
                try write(item.value, to: path)
            } catch  where item.isOptional && error.errno == ENOENT {
                continue
            }
        }
        if let rules = plan.devices { try devices.attach(rules, to: directory) }
    }

    /// A controller can be enabled here only if it is above: what is missing at the root is missing here.
    private func enable(_ controller: String, below directory: String) throws(SyscallError) {
        let path = "\(directory)/cgroup.subtree_control"
        let enabled = try FileBytes.line(path).split(separator: " ").map(String.init)
        if enabled.contains(controller) { return }
        if let parent = parent(of: directory) { try enable(controller, below: parent) }
        try write("+\(controller)", to: path)
    }

    /// nil above the v2 mount.
    private func parent(of directory: String) -> String? {
        guard directory != support.root, let slash = directory.lastIndex(of: "/") else { return nil }
        return String(directory[..<slash])
    }

    private func write(_ value: String, to path: String) throws(SyscallError) {
        let file = try Descriptor.open(path, O_WRONLY)
        do throws(SyscallError) {
            try FileBytes.write(Array(value.utf8), to: file, path: path)
        } catch {
            throw SyscallError(call: "write \(value) to", subject: path, errno: error.errno)
        }
    }

    /// Moves this process into a cgroup, made where missing: out of the session or scope that happened to start it.
    package func enter(_ path: String) throws(SyscallError) {
        try make(CgroupPlan(path: path))
        guard let directory = absolute(path) else { return }
        try write("0", to: "\(directory)/cgroup.procs")
    }

    /// The directory for CLONE_INTO_CGROUP.
    package func open(_ path: String) throws(SyscallError) -> DescriptorBox? {
        guard let directory = absolute(path) else { return nil }
        return DescriptorBox(try Descriptor.open(directory, O_RDONLY | O_DIRECTORY))
    }

    /// Makes a cgroup without any settings, anew where there is one.
    /// - Returns: false when there is one with processes in it.
    package func renew(_ path: String) throws(SyscallError) -> Bool {
        guard let directory = absolute(path) else { return true }
        if rmdir(directory) < 0, errno == EBUSY { return false }
        try check("make cgroup", directory) { mkdir(directory, 0o755) }
        return true
    }

    /// Where in the tree a process is; nil where that can't be found out.
    package func path(of processID: Int32) -> String? {
        guard let root = support.root, let parent = support.parent,
            let bytes = try? FileBytes.read("/proc/\(processID)/cgroup")
        else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        let prefix = "0::\(parent.dropFirst(root.count))/"
        return lines.first { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
    }

    /// The processes in a cgroup and those below it; none when it is not there.
    package func processes(_ path: String) -> [Int32] {
        guard let directory = absolute(path), let bytes = try? FileBytes.read("\(directory)/cgroup.procs"),
            let names = try? Directory(directory).names()
        else { return [] }
        let own = String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { Int32($0) }
        // Only directories have no dot in their names; files are `cgroup.procs` and the like.
        return own + names.filter { !$0.contains(".") }.sorted().flatMap { processes("\(path)/\($0)") }
    }

    /// Kills every process of the cgroup and those below it (cgroup.kill, kernel 5.14).
    /// - Returns: false when there is no such cgroup.
    @discardableResult
    package func kill(_ path: String) -> Bool {
        guard let directory = absolute(path) else { return false }
        do throws(SyscallError) {
            try write("1", to: "\(directory)/cgroup.kill")
            return true
        } catch {
            return false
        }
    }

    /// The line of one of its files; nil where there is no such file.
    package func value(_ file: String, of path: String) -> String? {
        absolute(path).flatMap { try? FileBytes.line("\($0)/\(file)") }
    }

    /// Processes that the kernel killed for this cgroup's memory limit since it was made.
    package func outOfMemoryKills(_ path: String) -> Int {
        Int(fields("memory.events", of: path)["oom_kill"] ?? 0)
    }

    /// The lines `name number` of one of its files; empty where there is no such file.
    func fields(_ file: String, of path: String) -> [Substring: Int64] {
        var fields: [Substring: Int64] = [:]
        for line in text(file, of: path).split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2 { fields[words[0]] = Int64(words[1]) }
        }
        return fields
    }

    /// "" where there is no such file.
    func text(_ file: String, of path: String) -> String {
        guard let bytes = absolute(path).flatMap({ try? FileBytes.read("\($0)/\(file)") }) else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Calls `handler` when no process is left in the cgroup and below it: at once, or from the loop.
    package func whenEmpty(_ path: String, loop: EventLoop, _ handler: @escaping () -> Void) {
        guard let directory = absolute(path),
            let events = try? Descriptor.open("\(directory)/cgroup.events", O_RDONLY)
        else { return handler() }
        let box = DescriptorBox(events)
        if !Self.isPopulated(box) { return handler() }
        var registration: EventLoop.Registration?
        registration = try? loop.watch(box.raw, .priority) { _ in
            guard !Self.isPopulated(box), let watch = registration else { return }
            registration = nil
            loop.unwatch(watch)
            box.close()
            handler()
        }
        if registration == nil { handler() }
    }

    private static func isPopulated(_ events: DescriptorBox) -> Bool {
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = pread(events.raw, &bytes, bytes.count, 0)
        guard count > 0 else { return false }
        return String(decoding: bytes.prefix(count), as: UTF8.self).contains("populated 1")
    }

    /// Removes the cgroup and those below it; no process is in them. Nothing there is no error.
    package func remove(_ path: String) throws(SyscallError) {
        guard let directory = absolute(path) else { return }
        try remove(directory: directory)
    }

    private func remove(directory: String) throws(SyscallError) {
        if try check("remove cgroup", directory, unless: ENOENT, EBUSY, body: { rmdir(directory) }) != nil { return }
        let names: [String]
        do throws(SyscallError) {
            names = try Directory(directory).names()
        } catch  where error.errno == ENOENT {
            return
        }
        for name in names {
            var status = stat()
            let child = "\(directory)/\(name)"
            if lstat(child, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { try remove(directory: child) }
        }
        try check("remove cgroup", directory, unless: ENOENT) { rmdir(directory) }
    }
}
