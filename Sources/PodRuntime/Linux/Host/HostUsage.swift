/// What the whole host uses.
package struct HostUsage: Sendable, Equatable {
    /// Time of all processors, in the kernel's ticks since boot, and how much of it they were busy.
    package var ticks: Int64
    package var busyTicks: Int64
    /// The working set: all memory but what is free and file pages that nobody used lately; bytes (cAdvisor's formula).
    package var memoryBytes: Int64

    /// - Throws: `SyscallError` where /proc can't be read.
    package static func read() throws(SyscallError) -> HostUsage {
        try HostUsage(
            stat: String(decoding: FileBytes.read("/proc/stat"), as: UTF8.self),
            meminfo: String(decoding: FileBytes.read("/proc/meminfo"), as: UTF8.self))
    }

    /// - Parameters:
    ///   - stat: text of /proc/stat; guests' ticks are in the first two numbers already.
    ///   - meminfo: text of /proc/meminfo.
    package init(stat: String, meminfo: String) {
        let times = (stat.split(separator: "\n").first ?? "").split(separator: " ").dropFirst().prefix(8)
            .map { Int64($0) ?? 0 }
        ticks = times.reduce(0, +)
        // The fourth and fifth: idle, and idle while a disk works.
        busyTicks = ticks - times.dropFirst(3).prefix(2).reduce(0, +)
        var kibibytes: [Substring: Int64] = [:]
        for line in meminfo.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count > 1 { kibibytes[words[0].dropLast()] = Int64(words[1]) }
        }
        func bytes(_ name: Substring) -> Int64 { (kibibytes[name] ?? 0) << 10 }
        memoryBytes = max(0, bytes("MemTotal") - bytes("MemFree") - bytes("Inactive(file)"))
    }
}
