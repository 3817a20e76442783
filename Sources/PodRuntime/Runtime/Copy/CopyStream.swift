import CShim
import Glibc
import PodLinux

/// Reads records from a pipe whose other end a container may hold.
package struct CopyStream {
    private let descriptor: DescriptorBox
    private var buffer: [UInt8] = []
    private var start = 0
    private static let blockSize = 256 << 10

    package init(_ descriptor: DescriptorBox) {
        self.descriptor = descriptor
    }

    /// - Parameter isTop: whether an entry without a name is right here.
    /// - Throws: `CopyError` for a stream that ends early or that no copier sends.
    package mutating func next(isTop: Bool = false) throws -> CopyRecord {
        let size = MemoryLayout<podrun_copy_record>.size
        try need(size)
        let header = buffer.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: start, as: podrun_copy_record.self) }
        try CopyRecord.check(header)
        let nameSize = Int(header.name_size)
        let textSize = Int(header.text_size)
        try need(size + nameSize + textSize)
        let name = buffer[(start + size)..<(start + size + nameSize)]
        let text = buffer[(start + size + nameSize)..<(start + size + nameSize + textSize)]
        start += size + nameSize + textSize
        return try CopyRecord(header, name: name, text: text, isTop: isTop)
    }

    /// Has `count` bytes in the buffer.
    private mutating func need(_ count: Int) throws {
        while buffer.count - start < count {
            buffer.removeFirst(start)
            start = 0
            let old = buffer.count
            buffer.reserveCapacity(old + Self.blockSize)
            var failure: SyscallError?
            let more = [UInt8](unsafeUninitializedCapacity: Self.blockSize) { block, filled in
                do throws(SyscallError) {
                    filled = try check("read from the container") {
                        read(descriptor.raw, block.baseAddress, Self.blockSize)
                    }
                } catch {
                    failure = error
                }
            }
            if let failure { throw failure }
            if more.isEmpty { throw CopyError.truncated }
            buffer += more
        }
    }
}
