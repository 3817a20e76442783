/// RLIMIT_* numbers of asm-generic/resource.h (the same on x86_64 and aarch64).
package enum ResourceLimit: UInt32, Sendable, CaseIterable {
    case cpu = 0
    case fileSize = 1
    case data = 2
    case stack = 3
    case core = 4
    case residentSet = 5
    case processes = 6
    case openFiles = 7
    case lockedMemory = 8
    case addressSpace = 9
    case locks = 10
    case pendingSignals = 11
    case messageQueue = 12
    case nice = 13
    case realtimePriority = 14
    case realtimeTime = 15

    /// The kernel's name without RLIMIT_.
    package var name: String {
        switch self {
        case .cpu: return "CPU"
        case .fileSize: return "FSIZE"
        case .data: return "DATA"
        case .stack: return "STACK"
        case .core: return "CORE"
        case .residentSet: return "RSS"
        case .processes: return "NPROC"
        case .openFiles: return "NOFILE"
        case .lockedMemory: return "MEMLOCK"
        case .addressSpace: return "AS"
        case .locks: return "LOCKS"
        case .pendingSignals: return "SIGPENDING"
        case .messageQueue: return "MSGQUEUE"
        case .nice: return "NICE"
        case .realtimePriority: return "RTPRIO"
        case .realtimeTime: return "RTTIME"
        }
    }
}
