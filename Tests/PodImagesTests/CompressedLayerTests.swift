import PodLinux
import PodModel
import Testing

@testable import PodImages

@Suite(.enabled(if: isRoot, "unpacking sets owners and makes device nodes"))
struct CompressedLayerTests {
    let scratch: Scratch
    let tar = TarBuilder.make { $0.file("x", String(repeating: "data", count: 100_000)) }

    init() throws { scratch = try Scratch() }

    /// gzip with stored blocks.
    static func gzip(_ bytes: [UInt8]) -> [UInt8] {
        var out: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]
        var rest = bytes[...]
        repeat {
            let block = rest.prefix(65535)
            rest = rest.dropFirst(block.count)
            let count = UInt16(block.count)
            out += [
                rest.isEmpty ? 1 : 0, UInt8(count & 255), UInt8(count >> 8), UInt8(~count & 255), UInt8(~count >> 8),
            ]
            out += block
        } while !rest.isEmpty
        var crc = UInt32.max
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
        }
        for value in [~crc, UInt32(truncatingIfNeeded: bytes.count)] {
            for shift in [0, 8, 16, 24] { out.append(UInt8(truncatingIfNeeded: value >> UInt32(shift))) }
        }
        return out
    }

    /// zstd with raw blocks; `window` is the frame header's window descriptor.
    static func zstd(_ bytes: [UInt8], window: UInt8 = 0x40) -> [UInt8] {
        var out: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0, window]
        var rest = bytes[...]
        repeat {
            let block = rest.prefix(65536)
            rest = rest.dropFirst(block.count)
            let header = UInt32(block.count) << 3 | (rest.isEmpty ? 1 : 0)
            out += [UInt8(header & 255), UInt8(header >> 8 & 255), UInt8(header >> 16 & 255)]
            out += block
        } while !rest.isEmpty
        return out
    }

    @Test func eachCompressionUnpacksTheSame() throws {
        for bytes in [
            tar, Self.gzip(tar), Self.zstd(tar), Self.gzip(Array(tar[..<1000])) + Self.gzip(Array(tar[1000...])),
        ] {
            let scratch = try Scratch()
            try scratch.unpack(bytes)
            #expect(scratch.status("layer0/x")?.st_size == 400_000)
        }
    }

    @Test func diffIDIsOfThePlainStreamToItsEnd() throws {
        let padded = tar + [UInt8](repeating: 0, count: 10_240) + [7]
        try scratch.write("layer", Self.gzip(padded))
        let blocks = try DecompressedBlocks(
            FileBlocks(Descriptor.open(scratch.path + "/layer", 0), subject: "layer"), limit: .max,
            window: WindowRule(limit: .max))
        #expect(try blocks.digest() == ContentDigest.of(padded))
    }

    @Test func damagedOrNestedStreamsAreRefused() throws {
        #expect(failure { try scratch.unpack(Self.gzip(Self.gzip(tar))) } == "compressed more than once")
        #expect(failure { try Scratch().unpack(Array(Self.gzip(tar).dropLast(50_000))) } != "")
        // A window of 2 GiB: memory the stream has no right to.
        #expect(
            failure { try Scratch().unpack(Self.zstd(tar, window: 0xa8)) }.contains("zstd window of 2147483648 bytes"))
        // A frame whose content is its window, of 33 MiB.
        let segment: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0x10, 0x02] + [UInt8](repeating: 0, count: 20)
        #expect(failure { try Scratch().unpack(segment) }.contains("zstd window of 34603008 bytes"))
    }

    @Test(arguments: [(0x68, 8 << 20, false), (0x69, 9 << 20, true), (0x78, 32 << 20, true)])
    func largeWindowsTakeTurns(descriptor: Int, window: UInt64, waits: Bool) throws {
        #expect(ZstdFrame.window(head: Self.zstd(tar, window: UInt8(descriptor))) == window)
        var turns = 0
        try WindowRule(limit: 32 << 20, awaitTurn: { turns += 1 }).admit(window)
        #expect(turns == (waits ? 1 : 0))
    }

    @Test func parallelLoadsUnpackEachLayerOnce() async throws {
        let layers = (0..<4).map { index in
            Self.gzip(TarBuilder.make { for file in 0..<200 { $0.file("d\(index)/f\(file)", "content \(file)") } })
        }
        let directory = scratch.path + "/images"
        for image in 0..<8 {
            // Images 0 to 7 share prefixes of 1 to 4 layers.
            let used = Array(layers.prefix(image % 4 + 1))
            var builder = ImageBuilder(layers: used, names: ["i\(image)"])
            builder.layerType += "+gzip"
            builder.diffIDs = (0..<used.count).map { index in
                ImageBuilder.digest(
                    TarBuilder.make { for file in 0..<200 { $0.file("d\(index)/f\(file)", "content \(file)") } })
            }
            _ = try builder.writeLayout("image\(image)", in: scratch)
        }
        let path = scratch.path
        try await withThrowingTaskGroup(of: Void.self) { group in
            for image in 0..<8 {
                group.addTask { try ImageStore(directory: directory).load(path: "\(path)/image\(image)") }
            }
            try await group.waitForAll()
        }
        let store = ImageStore(directory: directory)
        #expect(try store.list().count == 8)
        let ids = try Set(Directory(directory + "/layers").names().filter { !$0.hasSuffix(".json") })
        #expect(ids.count == 4)
        #expect(try Directory(directory + "/staging").names() == [])
        for image in 0..<8 {
            let facts = try #require(try store.resolve(ImageReference("i\(image)")))
            for (index, id) in facts.layers.enumerated() {
                #expect(scratch.text("images/layers/\(id)/d\(index)/f199") == "content 199")
            }
        }
    }
}
