import CShim
import Glibc

/// What the keeper wrote down about one process: true whoever was listening then.
package struct ProcessRecord: Equatable, Sendable {
    package enum State: Equatable, Sendable {
        /// The pid is known, the exec is not confirmed.
        case cloned
        case running
        /// `code` is si_code; `status` the exit code or the signal's number.
        case exited(code: Int32, status: Int32)
        /// Never exec'd; `opIndex` is `nil` when not even cloned.
        case failed(opIndex: UInt32?, errno: Int32)
    }

    package var id: UInt64
    package var state: State
    package var processID: Int32
    /// Nanoseconds since 1970; 0 where it has not happened.
    package var startedAt: UInt64
    package var finishedAt: UInt64
    /// Field 22 of /proc/PID/stat: tells a reused pid.
    package var startTicks: UInt64
}

/// The file "processes" in a keeper's directory.
package enum ProcessRecords {
    /// Reads all records of a pod, those of exited processes included. No file is no record; a torn last record and
    /// states of a newer keeper are skipped.
    package static func read(directory: String) throws(SyscallError) -> [ProcessRecord] {
        guard let bytes = try FileBytes.readIfPresent(directory + "/processes", limit: 16 << 20) else { return [] }
        return decode(bytes)
    }

    static func decode(_ bytes: [UInt8]) -> [ProcessRecord] {
        let size = MemoryLayout<podrun_process_record>.stride
        return bytes.withUnsafeBytes { raw in
            (0..<raw.count / size).compactMap { index in
                record(raw.loadUnaligned(fromByteOffset: index * size, as: podrun_process_record.self))
            }
        }
    }

    private static func record(_ raw: podrun_process_record) -> ProcessRecord? {
        let state: ProcessRecord.State
        switch podrun_process_state(raw.state) {
        case PODRUN_PROCESS_CLONED: state = .cloned
        case PODRUN_PROCESS_RUNNING: state = .running
        case PODRUN_PROCESS_EXITED: state = .exited(code: raw.code, status: raw.status)
        case PODRUN_PROCESS_FAILED:
            state = .failed(
                opIndex: raw.op_index == PODRUN_FAILED_BEFORE_CLONE ? nil : raw.op_index, errno: raw.status)
        default: return nil
        }
        return ProcessRecord(
            id: raw.id, state: state, processID: raw.pid, startedAt: raw.started_ns, finishedAt: raw.finished_ns,
            startTicks: raw.start_ticks)
    }
}
