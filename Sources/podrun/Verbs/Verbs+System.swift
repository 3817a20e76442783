import Glibc
import PodLinux
import PodPlanning

extension Verbs {
    /// What this host offers, what is missing and how to get it.
    ///
    /// - Returns: 1 when something is missing that podrun can't do without.
    func systemInfo() throws -> Int32 {
        let node = HostFacts.read()
        var system = utsname()
        uname(&system)
        let release = withUnsafePointer(to: &system.release) { tuple in
            tuple.withMemoryRebound(to: CChar.self, capacity: 65) { String(cString: $0) }
        }
        var checks = HostReport()
        checks.add("podrun", Version.text)
        checks.add("Host", node.hostName + (node.hostIP.isEmpty ? "" : " (\(node.hostIP))"))
        checks.add("Kernel", release)
        checks.add("Processors", "\(node.cpuCount)")
        checks.add("Memory", ByteCount.text(node.memoryBytes))
        checks.addCgroups(node.cgroup)
        for (name, module) in [("overlay", "overlayfs"), ("tmpfs", "tmpfs"), ("mqueue", "mqueue")] {
            checks.addFileSystem(name, module: module, release: release)
        }
        try Console.print(ColumnText(padding: 3).aligned(checks.text))
        return checks.isUsable ? 0 : 1
    }
}

/// Rows of `system info`: name, what was found, and for what is missing what to do.
struct HostReport {
    private(set) var text = ""
    /// Nothing that podrun needs is missing.
    private(set) var isUsable = true

    /// What limits and their accounting need.
    private static let wantedControllers = ["cpu", "cpuset", "memory", "pids", "io"]

    mutating func add(_ name: String, _ found: String, remedy: String = "") {
        text += "\(name):\t\(TerminalText.escaped(found))\n"
        if !remedy.isEmpty { text += "\t  \(remedy)\n" }
    }

    mutating func addCgroups(_ cgroup: CgroupSupport) {
        let unify = "boot with systemd.unified_cgroup_hierarchy=1 (and without cgroup_no_v1)"
        guard let root = cgroup.root else {
            add("Cgroups", "no version 2 hierarchy; limits and QoS can't be enforced", remedy: unify)
            return
        }
        add("Cgroups", "version 2 at \(root)" + (cgroup.isUnified ? "" : ", beside version 1"))
        for controller in Self.wantedControllers {
            let isThere = cgroup.controllers.contains(controller)
            add(
                "Controller \(controller)",
                isThere ? "ok" : "missing; pods that need it are refused, unless applied --without-enforcement",
                remedy: isThere ? "" : unify)
        }
    }

    /// A file system counts as there if the kernel has it, or a module of it that the first mount loads.
    mutating func addFileSystem(_ name: String, module: String, release: String) {
        let known = String(decoding: (try? FileBytes.read("/proc/filesystems", limit: 64 << 10)) ?? [], as: UTF8.self)
        let isThere =
            known.split(whereSeparator: \.isWhitespace).contains { $0 == name }
            || access("/lib/modules/\(release)/kernel/fs/\(module)", F_OK) == 0
        if !isThere { isUsable = false }
        add("File system \(name)", isThere ? "ok" : "missing", remedy: isThere ? "" : "modprobe \(name)")
    }
}
