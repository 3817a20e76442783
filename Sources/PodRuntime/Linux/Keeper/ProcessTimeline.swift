import CShim
import Glibc

/// When the steps of one start happened in the keeper and its child: nanoseconds of CLOCK_MONOTONIC.
package struct ProcessTimeline: Equatable, Sendable {
    package var id: UInt64
    /// The keeper took the request.
    package var receivedAt: Int64
    /// clone3 returned in the keeper.
    package var clonedAt: Int64
    /// The child was seen to be past exec, or gone.
    package var endedAt: Int64
    /// When each op began, up to the last that did.
    package var ops: [Int64]

    /// Reads the file "timeline" in a keeper's directory, which has the starts that were traced. No file is none.
    package static func read(directory: String) throws(SyscallError) -> [ProcessTimeline] {
        guard let bytes = try FileBytes.readIfPresent(directory + "/timeline", limit: 16 << 20) else { return [] }
        return decode(bytes)
    }

    static func decode(_ bytes: [UInt8]) -> [ProcessTimeline] {
        let size = MemoryLayout<podrun_timeline>.size
        return bytes.withUnsafeBytes { raw in
            (0..<raw.count / size).map { record in
                // Every field has eight bytes: id, received, cloned, ended, ops.
                let words = (0..<size / 8).map {
                    raw.loadUnaligned(fromByteOffset: record * size + $0 * 8, as: Int64.self)
                }
                return ProcessTimeline(
                    id: UInt64(bitPattern: words[0]), receivedAt: words[1], clonedAt: words[2], endedAt: words[3],
                    ops: words[4...].prefix { $0 != 0 })
            }
        }
    }

    private init(id: UInt64, receivedAt: Int64, clonedAt: Int64, endedAt: Int64, ops: ArraySlice<Int64>) {
        self.id = id
        self.receivedAt = receivedAt
        self.clonedAt = clonedAt
        self.endedAt = endedAt
        self.ops = Array(ops)
    }
}
