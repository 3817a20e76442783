import Fuzzing
import Glibc
import PodLinux
import Testing

@testable import PodImages

/// Layers that no builder makes (`scripts/fuzz`).
@Suite(.enabled(if: isRoot && Fuzzer.isWanted, "scripts/fuzz runs it, as root"))
struct LayerFuzz {
    private static let corpus: [[UInt8]] = [
        TarBuilder.make {
            $0.directory("a/b", uid: 5)
            $0.file("a/b/all", "below")
            $0.file("a/b/.wh..wh..opq")
            $0.file("a/.wh.x")
            $0.symlink("link", "a/b")
            $0.file("link/through", "x")
            $0.hardLink("a/hard", "a/b/all")
        },
        TarBuilder.make {
            $0.pax([
                ("path", Array("long/name".utf8)), ("SCHILY.xattr.user.a", Array("value".utf8)),
                ("size", Array("3".utf8)),
            ])
            $0.file("short", "abc")
            $0.device("dev/null", "3", 1, 3)
            $0.device("dev/sda", "4", 8, 0)
        },
        // One way out each: what comes behind a refused entry is never looked at.
        TarBuilder.make {
            $0.symlink("out", "../canary")
            $0.file("out/secret", "changed")
        },
        TarBuilder.make {
            $0.add(TarBuilder.Header(name: "over", type: "2", uid: 7, link: "../canary/secret"))
            $0.file("over", "changed")
        },
        TarBuilder.make {
            $0.hardLink("a", "/canary/secret")
            $0.file("a", "changed")
        },
        TarBuilder.make { $0.directory("..", mode: 0o711, uid: 7) },
        TarBuilder.make {
            $0.pax([("GNU.sparse.map", Array("0,1,5000,2".utf8)), ("GNU.sparse.size", Array("6000".utf8))])
            $0.file("sparse", "abc")
            $0.add(TarBuilder.Header(name: "x", type: "L"), Array("a/very/long/name\u{0}".utf8))
            $0.file("cut", "content")
            $0.add(TarBuilder.Header(name: "old", type: "S"), [1, 2, 3])
        },
    ]
    private static let words = [
        "../", "/", "./", ".wh.", ".wh..wh..opq", ".wh..wh.plnk", "canary/secret", "proc/self/root", "\u{0}",
        "ustar\u{0}00", "ustar  \u{0}",
        "11 path=abc\n", "GNU.sparse.major", "GNU.sparse.minor", "SCHILY.xattr.trusted.overlay.opaque=y", "77777777777",
        "mtime=1e99",
    ]

    /// Nothing is written outside of the layer's directory, and the whole of the layer can be deleted.
    @Test func layer() throws {
        let scratch = try Scratch()
        let canary = try scratch.canary
        let own = Self.owner(of: scratch)
        var limits = ImageLimits()
        limits.layerBytes = 1 << 20
        limits.layerStreamBytes = 1 << 20
        limits.reservedBytes = 0
        var fuzzer = Fuzzer("layer", corpus: Self.corpus, words: Self.words, mended: Self.sum)
        try fuzzer.run { input in
            _ = try? scratch.unpack(Self.corpus[0], input, limits: limits)
            for layer in ["layer0", "layer1"] { try? TreeRemoval.remove("\(scratch.path)/\(layer)") }
            let isUnchanged = try scratch.canary == canary
            let names = try Directory(scratch.path).names().filter {
                !$0.hasSuffix(".tar") && !$0.hasPrefix("directories")
            }
            #expect(isUnchanged)
            #expect(names == ["canary"])
            #expect(Self.owner(of: scratch) == own)
            return isUnchanged && names == ["canary"] && Self.owner(of: scratch) == own
        }
    }

    /// Mode, user and group of the directory that the layer's is in.
    private static func owner(of scratch: Scratch) -> [UInt32] {
        scratch.status(".").map { [$0.st_mode, $0.st_uid, $0.st_gid] } ?? []
    }

    /// Headers with wrong sums are not looked at any further: most of them get the right one.
    private static func sum(_ bytes: inout [UInt8]) {
        for start in stride(from: 0, to: bytes.count - 511, by: 512) where bytes[start + 257] == UInt8(ascii: "u") {
            bytes.replaceSubrange(start + 148..<start + 156, with: repeatElement(32, count: 8))
            let digits = String(bytes[start..<start + 512].reduce(0) { $0 + Int($1) }, radix: 8)
            let padded = String(repeating: "0", count: 6 - digits.count) + digits + "\u{0} "
            bytes.replaceSubrange(start + 148..<start + 156, with: padded.utf8)
        }
    }
}
