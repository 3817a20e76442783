import Testing

@testable import PodRuntime

struct FrameTests {
    @Test func framesArriveInAnyPieces() throws {
        let payloads: [[UInt8]] = [[], [1], Array(repeating: 7, count: 300)]
        let bytes = try payloads.flatMap { try Frame.encode($0, limit: 300) }
        for size in [1, 3, 5, 1000] {
            var decoder = Frame.Decoder(limit: 300)
            var received: [[UInt8]] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                decoder.append(bytes[start..<min(start + size, bytes.count)])
                while let payload = try decoder.next() { received.append(payload) }
            }
            #expect(received == payloads)
            #expect(!decoder.isPartial)
        }
    }

    @Test func lengthIsLittleEndian() throws {
        #expect(try Frame.encode([9, 8], limit: 10) == [2, 0, 0, 0, 9, 8])
    }

    @Test func oversizedLengthIsRefusedBeforeItsBytesCome() {
        var decoder = Frame.Decoder(limit: 1 << 20)
        decoder.append([0, 0, 0, 0x40])
        #expect(throws: Frame.Oversized(length: 1 << 30, limit: 1 << 20)) { try decoder.next() }
        #expect(throws: Frame.Oversized.self) { try Frame.encode([1, 2], limit: 1) }
    }

    @Test func cutOffFrameIsSeen() throws {
        var decoder = Frame.Decoder(limit: 10)
        decoder.append([2, 0, 0, 0, 9])
        #expect(try decoder.next() == nil)
        #expect(decoder.isPartial)
    }
}
