/// What the processes of a cgroup, and of those below it, use.
package struct CgroupUsage: Sendable, Equatable {
    /// Microseconds of CPU since the cgroup was made.
    package var cpuMicroseconds: Int64
    /// The working set: what is charged to it without file pages that nobody used lately; bytes (cAdvisor's formula).
    /// Without a memory controller the sum of the processes' own and their parts of shared pages.
    package var memoryBytes: Int64
    /// Where the kernel says so: of the last ten seconds, how much some process waited for it, per cent.
    package var pressure: [Pressure: String]

    package enum Pressure: String, Sendable, CaseIterable {
        case cpu, memory, io
    }

    package init(cpuMicroseconds: Int64, memoryBytes: Int64, pressure: [Pressure: String] = [:]) {
        self.cpuMicroseconds = cpuMicroseconds
        self.memoryBytes = memoryBytes
        self.pressure = pressure
    }
}

extension CgroupTree {
    /// Of a container or pod; nil: there is no such cgroup.
    package func usage(of path: String) -> CgroupUsage? {
        guard let time = fields("cpu.stat", of: path)["usage_usec"] else { return nil }
        var memory: Int64
        if let current = value("memory.current", of: path).flatMap({ Int64($0) }) {
            memory = max(0, current - (fields("memory.stat", of: path)["inactive_file"] ?? 0))
        } else {
            memory = text("cgroup.procs", of: path).split(separator: "\n").map(Self.proportionalSet).reduce(0, +)
        }
        var usage = CgroupUsage(cpuMicroseconds: time, memoryBytes: memory)
        for resource in CgroupUsage.Pressure.allCases {
            // some avg10=0.12 avg60=0.00 avg300=0.00 total=1234
            let words = value("\(resource.rawValue).pressure", of: path)?.split(separator: " ") ?? []
            if words.count > 1 { usage.pressure[resource] = String(words[1].dropFirst("avg10=".count)) }
        }
        return usage
    }

    /// Bytes of a process; 0 of one that is gone.
    private static func proportionalSet(ofProcess id: Substring) -> Int64 {
        let bytes = (try? FileBytes.read("/proc/\(id)/smaps_rollup")) ?? []
        let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("Pss:") }
        let kibibytes = line?.split(separator: " ").dropFirst().first.flatMap { Int64($0) } ?? 0
        return kibibytes << 10
    }
}
