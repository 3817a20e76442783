import Glibc
import Testing

@testable import PodImages

/// ISA-L and zlib have to say the same about every stream, however it is cut into blocks: a layer must not depend on what is
/// installed.
struct GzipTests {
    /// Blocks of given sizes out of one array.
    private final class Pieces: ByteBlocks {
        private let bytes: UnsafeMutableRawBufferPointer
        private let size: Int
        private var offset = 0

        init(_ bytes: [UInt8], size: Int) {
            self.bytes = .allocate(byteCount: bytes.count, alignment: 1)
            self.bytes.copyBytes(from: bytes)
            self.size = size
        }

        deinit { bytes.deallocate() }

        func next() -> UnsafeRawBufferPointer? {
            if offset == bytes.count { return nil }
            let end = min(offset + size, bytes.count)
            defer { offset = end }
            return UnsafeRawBufferPointer(rebasing: bytes[offset..<end])
        }
    }

    private struct Outcome: Equatable {
        var plain: [UInt8] = []
        var failure = ""
    }

    private func inflate(_ bytes: [UInt8], isal: Bool, step: Int) -> Outcome {
        var outcome = Outcome()
        do {
            let blocks = try GzipBlocks(Pieces(bytes, size: step), isal: isal)
            while let block = try blocks.next() { outcome.plain += block }
        } catch {
            outcome.failure = "\(error)"
            // How much came out before the damage was seen differs, and doesn't matter.
            outcome.plain = []
        }
        return outcome
    }

    /// `printf 'hello hello hello hello\n' | gzip -9` with name, extra field, comment and header checksum put in.
    private static let member: [UInt8] = {
        var head: [UInt8] = [0x1f, 0x8b, 8, 0x1e, 1, 2, 3, 4, 2, 3, 4, 0, 0x41, 0x50, 0, 0]
        head += Array("name".utf8) + [0] + Array("comment".utf8) + [0]
        head += [0x71, 0xc2]
        return head
            + [0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x57, 0xc8, 0x40, 0x27, 0xb9, 0x00]
            + [0x00, 0x88, 0x59, 0x0b, 0x18, 0x00, 0x00, 0x00]
    }()

    private static let stored = CompressedLayerTests.gzip((0..<3000).map { UInt8(truncatingIfNeeded: $0 &* 31) })

    @Test(arguments: [true, false], [1, 2, 7, 4096])
    func membersOneAfterTheOther(isal: Bool, step: Int) {
        let plain = (0..<3000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        #expect(inflate(Self.stored + Self.stored, isal: isal, step: step) == Outcome(plain: plain + plain))
        // What follows is no member: passed over, as gzip does. Half a member is missing its end.
        for rest: [UInt8] in [[0], [0x1f], [0x1f, 0x8c], [UInt8](repeating: 0, count: 512)] {
            #expect(inflate(Self.stored + rest, isal: isal, step: step) == Outcome(plain: plain))
        }
        #expect(inflate(Self.stored + [0x1f, 0x8b], isal: isal, step: step).failure == "truncated gzip input")
        #expect(inflate([], isal: isal, step: step).failure == "truncated gzip input")
    }

    @Test(arguments: [true, false])
    func everyFieldOfAHeaderIsPassedOver(isal: Bool) {
        for step in 1...40 {
            #expect(
                inflate(Self.member, isal: isal, step: step) == Outcome(plain: Array("hello hello hello hello\n".utf8)))
        }
    }

    @Test func checksumAndLengthAreVerified() {
        for isal in [true, false] {
            for offset in 1...8 {
                var damaged = Self.stored
                damaged[damaged.count - offset] ^= 1
                #expect(inflate(damaged, isal: isal, step: 64).failure == "gzip checksum is wrong")
            }
            var unknown = Self.stored
            unknown[3] = 0x20
            #expect(inflate(unknown, isal: isal, step: 64).failure == "damaged gzip header")
        }
    }

    @Test func bothLibrariesAgreeOnDamage() {
        var random: UInt64 = 42
        func next(_ bound: Int) -> Int {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(random >> 33) % bound
        }
        for stream in [Self.member, Self.stored, Self.member + Self.stored] {
            for end in 0..<min(stream.count, 200) {
                let cut = Array(stream[..<end])
                #expect(inflate(cut, isal: true, step: 5) == inflate(cut, isal: false, step: 64), "\(end)")
            }
            for _ in 0..<600 {
                var damaged = stream
                for _ in 0...next(2) { damaged[next(min(damaged.count, 300))] ^= 1 << UInt8(next(8)) }
                let step = 1 + next(300)
                let (fast, slow) = (inflate(damaged, isal: true, step: step), inflate(damaged, isal: false, step: step))
                #expect(fast.plain == slow.plain && fast.failure.isEmpty == slow.failure.isEmpty)
            }
        }
    }
}
