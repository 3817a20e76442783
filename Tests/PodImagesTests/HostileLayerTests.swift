import Glibc
import PodLinux
import Testing

@testable import PodImages

/// Attacks D1 to D6: one layer, or two on top of each other, that try to reach the canary beside the layer's directory.
struct Attack: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// Built for a canary at this path; one closure per layer.
    var layers: [@Sendable (inout TarBuilder, _ canary: String) -> Void]
    /// Part of the error, or nil where the layer unpacks to something harmless.
    var refusal: String?
    /// Files that must be inside the topmost layer afterwards.
    var inside: [String] = []
    /// True when a path-joining unpacker changes the canary: the test's own test.
    var bitesNaive = false

    static let all: [Attack] = [
        Attack(
            testDescription: "D1 dot-dot", layers: [{ tar, _ in tar.file("../canary/secret", "evil") }],
            refusal: "\"..\" in its name"),
        Attack(
            testDescription: "D1 dot-dot inside", layers: [{ tar, _ in tar.file("a/../../canary/secret", "evil") }],
            refusal: "\"..\" in its name"),
        Attack(testDescription: "D1 absolute", layers: [{ tar, canary in tar.file(canary + "/secret", "evil") }]),
        Attack(
            testDescription: "D2 through an absolute link",
            layers: [
                { tar, canary in
                    tar.symlink("link", canary); tar.file("link/secret", "evil")
                }
            ],
            refusal: "link\" is not a directory", bitesNaive: true),
        Attack(
            testDescription: "D2 through a relative link",
            layers: [
                { tar, _ in
                    tar.symlink("link", "../canary"); tar.file("link/secret", "evil")
                }
            ],
            refusal: "link\" is not a directory", bitesNaive: true),
        Attack(
            testDescription: "D2 link to the root",
            layers: [
                { tar, canary in
                    tar.symlink("link", "/"); tar.file("link" + canary + "/secret", "evil")
                }
            ], bitesNaive: true),
        Attack(
            testDescription: "D2 chain of links",
            layers: [
                { tar, _ in
                    tar.directory("a"); tar.directory("a/b"); tar.symlink("a/b/up", "../../..");
                    tar.symlink("out", "a/b/up")
                    tar.file("out/canary/secret", "evil")
                }
            ], inside: ["canary/secret"], bitesNaive: true),
        Attack(
            testDescription: "D2 /proc/self/root",
            layers: [
                { tar, canary in
                    tar.symlink("link", "/proc/self/root"); tar.file("link" + canary + "/secret", "evil")
                }
            ],
            refusal: "is not a directory", bitesNaive: true),
        Attack(
            testDescription: "D2 directory replaced by a link",
            layers: [
                { tar, _ in
                    tar.directory("d"); tar.file("d/x"); tar.symlink("d", "../canary"); tar.file("d/secret", "evil")
                }
            ], refusal: "is not a directory"),
        Attack(
            testDescription: "D2 last part is a link",
            layers: [
                { tar, canary in
                    tar.symlink("f", canary + "/secret"); tar.file("f", "evil")
                }
            ], inside: ["f"], bitesNaive: true),
        Attack(
            testDescription: "D2 link in the layer below",
            layers: [{ tar, canary in tar.symlink("link", canary) }, { tar, _ in tar.file("link/secret", "evil") }],
            inside: ["link/secret"]),
        Attack(
            testDescription: "D3 hard link to the host",
            layers: [
                { tar, canary in
                    tar.hardLink("shadow", canary + "/secret"); tar.file("shadow2")
                }
            ],
            refusal: "is not in this layer"),
        Attack(
            testDescription: "D3 hard link dot-dot", layers: [{ tar, _ in tar.hardLink("s", "../canary/secret") }],
            refusal: "\"..\" in its name"),
        Attack(
            testDescription: "D3 hard link through a link",
            layers: [
                { tar, canary in
                    tar.symlink("l", canary); tar.hardLink("s", "l/secret"); tar.add(.init(name: "s", mode: 0o4777))
                }
            ],
            refusal: "is not in this layer", bitesNaive: true),
        Attack(
            testDescription: "D3 hard link to a link, then written",
            layers: [
                { tar, canary in
                    tar.symlink("l", canary + "/secret"); tar.hardLink("h", "l"); tar.file("h", "evil")
                }
            ],
            inside: ["h"], bitesNaive: true),
        Attack(
            testDescription: "D4 whiteout of ..", layers: [{ tar, _ in tar.file("etc/.wh...") }],
            refusal: "a whiteout of nothing"),
        Attack(
            testDescription: "D4 whiteout of .", layers: [{ tar, _ in tar.file(".wh..") }],
            refusal: "a whiteout of nothing"),
        Attack(
            testDescription: "D4 empty whiteout", layers: [{ tar, _ in tar.file("etc/.wh.") }],
            refusal: "a whiteout of nothing"),
        Attack(
            testDescription: "D4 whiteout through a link",
            layers: [
                { tar, canary in
                    tar.symlink("l", canary); tar.file("l/.wh.secret")
                }
            ], refusal: "is not a directory"),
        Attack(
            testDescription: "D4 opaque through a link",
            layers: [
                { tar, canary in
                    tar.symlink("l", canary); tar.file("l/.wh..wh..opq")
                }
            ], refusal: "is not a directory"),
        Attack(
            testDescription: "D4 below a whiteout", layers: [{ tar, _ in tar.file(".wh.a/b") }],
            refusal: "a whiteout is not a directory"),
        Attack(
            testDescription: "D4 hard link to a whiteout",
            layers: [
                { tar, _ in
                    tar.file(".wh.x"); tar.hardLink("a", ".wh.x")
                }
            ],
            refusal: "hard link to"),
        Attack(
            testDescription: "D4 opaque deep",
            layers: [{ tar, _ in tar.file("a/b");  }, { tar, _ in tar.file("a/.wh..wh..opq") }],
            inside: ["a"]),
        Attack(
            testDescription: "D5 chmod through a link",
            layers: [
                { tar, canary in
                    tar.symlink("d", canary); tar.directory("d", mode: 0o777, uid: 1234, mtime: 1)
                }
            ], inside: ["d"], bitesNaive: true),
        Attack(
            testDescription: "D6 device number out of range", layers: [{ tar, _ in tar.device("d", "3", 5000, 1) }],
            refusal: "device number 5000:1 is out of range"),
        Attack(
            testDescription: "D6 root as a file", layers: [{ tar, _ in tar.file(".", "x") }],
            refusal: "only a directory"),
        Attack(
            testDescription: "D6 root as a link", layers: [{ tar, canary in tar.symlink("/", canary) }],
            refusal: "only a directory"),
        Attack(
            testDescription: "D6 name of 256 bytes",
            layers: [
                { tar, _ in
                    tar.pax([("path", [UInt8](repeating: 97, count: 256))]); tar.file("x")
                }
            ], refusal: "longer than 255 bytes"),
        Attack(
            testDescription: "D6 path of 5000 bytes",
            layers: [
                { tar, _ in
                    tar.pax([("path", Array(String(repeating: "abcdefghi/", count: 500).utf8))]); tar.file("x")
                }
            ], refusal: "too long"),
        Attack(
            testDescription: "D6 PAX header of 2 MiB",
            layers: [
                { tar, _ in
                    tar.pax([("comment", [UInt8](repeating: 97, count: 2 << 20))]); tar.file("x")
                }
            ], refusal: ""),
        Attack(
            testDescription: "D6 negative size", layers: [{ tar, _ in tar.add(.init(name: "x", size: -5)) }],
            refusal: ""),
        Attack(
            testDescription: "D6 size beyond the archive",
            layers: [{ tar, _ in tar.add(.init(name: "x", size: 1 << 40)) }], refusal: ""),
        Attack(
            testDescription: "D6 sparse bomb",
            layers: [
                { tar, _ in
                    tar.pax([
                        ("GNU.sparse.major", Array("1".utf8)), ("GNU.sparse.minor", Array("0".utf8)),
                        ("GNU.sparse.name", Array("bomb".utf8)),
                        ("GNU.sparse.realsize", Array("9000000000000000000".utf8)),
                    ])
                    tar.file("x", "1\n0\n1\n" + String(repeating: "\u{0}", count: 506) + "a")
                }
            ], refusal: "more than"),
        Attack(
            testDescription: "D6 owner out of range",
            layers: [{ tar, _ in tar.add(.init(name: "x", uid: 4_294_967_295)) }], refusal: "user id 4294967295"),
        Attack(
            testDescription: "D6 garbage", layers: [{ tar, _ in tar.add(.init(name: "x"), [1]) }, { tar, _ in }],
            refusal: nil),
    ]
}

@Suite(.enabled(if: isRoot, "unpacking sets owners and makes device nodes"))
struct HostileLayerTests {
    @Test(arguments: Attack.all) func hostIsUnchanged(_ attack: Attack) throws {
        let scratch = try Scratch()
        let before = try scratch.canary
        var archives: [[UInt8]] = []
        for layer in attack.layers { archives.append(TarBuilder.make { layer(&$0, scratch.path + "/canary") }) }
        let text = failure {
            archives.count == 1 ? try scratch.unpack(archives[0]) : try scratch.unpack(archives[0], archives[1])
        }
        if let refusal = attack.refusal {
            #expect(!text.isEmpty, "unpacked")
            #expect(text.contains(refusal) || refusal.isEmpty, "\(text)")
        } else {
            #expect(text == "")
        }
        for file in attack.inside {
            #expect(scratch.status("layer\(archives.count - 1)/\(file)") != nil, "\(file) is missing")
        }
        #expect(try scratch.canary == before)
    }

    /// The canary is in reach: an unpacker that joins paths is caught by the same assertion.
    @Test(arguments: Attack.all.filter(\.bitesNaive)) func naiveUnpackerBites(_ attack: Attack) throws {
        let scratch = try Scratch()
        let before = try scratch.canary
        try scratch.write("evil.tar", TarBuilder.make { attack.layers[0](&$0, scratch.path + "/canary") })
        try Directory.make(scratch.path + "/layer0")
        let reader = try TarReader(
            FileBlocks(Descriptor.open(scratch.path + "/evil.tar", O_RDONLY), subject: "evil.tar"),
            limits: ImageLimits())
        while let entry = try reader.next() {
            let path = "\(scratch.path)/layer0/\(entry.path.text)"
            switch entry.kind {
            case .file:
                let fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
                try reader.readData { block, _ in _ = write(fd, block.baseAddress, block.count) }
                close(fd)
                chmod(path, entry.mode)
            case .directory:
                mkdir(path, 0o755)
                chown(path, entry.user, entry.group)
                chmod(path, entry.mode)
            case .symbolicLink(let target): symlink(target, path)
            case .hardLink(let target): link("\(scratch.path)/layer0/\(target.text)", path)
            default: break
            }
        }
        #expect(try scratch.canary != before)
    }

    @Test func limitsEndBombs() throws {
        let scratch = try Scratch()
        var limits = ImageLimits()
        limits.layerEntries = 100
        let many = TarBuilder.make { for index in 0..<101 { $0.file("f\(index)") } }
        #expect(failure { try scratch.unpack(many, limits: limits) } == "more than 100 entries")
        limits = ImageLimits()
        limits.layerBytes = 1000
        let large = TarBuilder.make {
            $0.file("a", String(repeating: "x", count: 600)); $0.file("b", String(repeating: "x", count: 600))
        }
        #expect(failure { try scratch.unpack(large, limits: limits) }.contains("more than 1000 bytes"))
        limits = ImageLimits()
        limits.layerStreamBytes = 4096
        #expect(
            failure { try scratch.unpack(large + [UInt8](repeating: 0, count: 1 << 20), limits: limits) }
                == "more than 4096 bytes after decompression")
        limits = ImageLimits()
        limits.reservedBytes = .max
        #expect(failure { try scratch.unpack(large, limits: limits) }.hasPrefix("not enough space"))
    }
}
