import Glibc
import PodLinux
import Testing

@testable import PodImages

@Suite(.enabled(if: isRoot, "unpacking sets owners and makes device nodes"))
struct LayerUnpackerTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test func metadataArrivesAsWritten() throws {
        try scratch.unpack(
            TarBuilder.make {
                $0.directory("./", mode: 0o555)
                $0.directory("tmp/", mode: 0o1777, mtime: 77)
                $0.file("bin/su", "elf", mode: 0o4755)
                $0.file("home/me", "x", mode: 0o600, uid: 1000, gid: 2_000_000)
                $0.symlink("sh", "bin/su")
                $0.hardLink("bin/su2", "bin/su")
                $0.device("dev/null", "3", 1, 3)
                $0.device("dev/disk", "4", 259, 70000, mode: 0o660)
                $0.device("pipe", "6", 0, 0, mode: 0o622)
                $0.file("tmp/late")
            })
        #expect(scratch.status("layer0")?.st_mode == S_IFDIR | 0o555)
        #expect(scratch.status("layer0/tmp")?.st_mode == S_IFDIR | 0o1777)
        #expect(scratch.status("layer0/tmp")?.st_mtim.tv_sec == 77)
        #expect(scratch.status("layer0/bin/su")?.st_mode == S_IFREG | 0o4755)
        #expect(scratch.status("layer0/bin/su")?.st_nlink == 2)
        #expect(scratch.status("layer0/bin/su")?.st_mtim.tv_sec == 1_000_000_000)
        #expect(scratch.status("layer0/home/me")?.st_uid == 1000)
        #expect(scratch.status("layer0/home/me")?.st_gid == 2_000_000)
        #expect(scratch.status("layer0/sh")?.st_mtim.tv_sec == 1_000_000_000)
        #expect(scratch.status("layer0/dev/null")?.st_rdev == dev_t(1 << 8 | 3))
        #expect(scratch.status("layer0/dev/null")?.st_mode == S_IFCHR | 0o666)
        // 70000 is 0x11170: its low byte, the major number, then the rest of it.
        let disk: dev_t = 0x1111_0370
        #expect(scratch.status("layer0/dev/disk")?.st_rdev == disk)
        #expect(scratch.status("layer0/pipe")?.st_mode == S_IFIFO | 0o622)
        #expect(try scratch.tree("layer0").contains("./sh 120777 0:0 1000000000 -> bin/su"))
    }

    @Test func impliedDirectoriesLookLikeTheLayersBelow() throws {
        try scratch.unpack(
            TarBuilder.make {
                $0.directory(".", mode: 0o711); $0.directory("tmp", mode: 0o1777); $0.directory("a/b", uid: 5)
            },
            TarBuilder.make {
                $0.file("tmp/x/y"); $0.file("a/b/c/d")
            })
        #expect(scratch.status("layer1")?.st_mode == S_IFDIR | 0o711)
        #expect(scratch.status("layer1/tmp")?.st_mode == S_IFDIR | 0o1777)
        #expect(scratch.status("layer1/tmp/x")?.st_mode == S_IFDIR | 0o755)
        #expect(scratch.status("layer1/a/b")?.st_uid == 5)
    }

    @Test func namesAreBytes() throws {
        // "é" composed and decomposed are two files, and a name need not be text at all.
        try scratch.unpack(
            TarBuilder.make {
                $0.pax([("path", Array("caf\u{e9}".utf8))])
                $0.file("a", "composed")
                $0.pax([("path", Array("cafe\u{301}".utf8))])
                $0.file("b", "decomposed")
                $0.file(String(repeating: "n", count: 99) + "/" + "x")
            })
        var names = Set(try Directory(scratch.path + "/layer0").names().map { Array($0.utf8) })
        #expect(names.remove(Array("caf\u{e9}".utf8)) != nil)
        #expect(names.remove(Array("cafe\u{301}".utf8)) != nil)
        #expect(names.count == 1)
    }

    @Test func attributesThatMatterAreKeptAndTheOthersDropped() throws {
        // VFS_CAP_REVISION_2 with CAP_NET_RAW effective, as ping has it.
        let capability: [UInt8] = [1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        try scratch.unpack(
            TarBuilder.make {
                $0.pax([
                    ("SCHILY.xattr.security.capability", capability), ("SCHILY.xattr.user.note", Array("hi".utf8)),
                    ("SCHILY.xattr.trusted.overlay.redirect", Array("/etc".utf8)),
                    ("SCHILY.xattr.trusted.overlay.metacopy", []), ("SCHILY.xattr.security.selinux", Array("x".utf8)),
                    ("SCHILY.xattr.trusted.mine", Array("x".utf8)),
                    ("SCHILY.xattr.user.overlay.opaque", Array("y".utf8)),
                ])
                $0.file("bin/ping", "elf", mode: 0o755, uid: 3)
                $0.pax([("SCHILY.xattr.trusted.overlay.opaque", Array("y".utf8))])
                $0.directory("dir")
            })
        #expect(scratch.attribute("security.capability", of: "layer0/bin/ping") == capability)
        #expect(scratch.attribute("user.note", of: "layer0/bin/ping") == Array("hi".utf8))
        for dropped in [
            "trusted.overlay.redirect", "trusted.overlay.metacopy", "security.selinux", "trusted.mine",
            "user.overlay.opaque",
        ] {
            #expect(scratch.attribute(dropped, of: "layer0/bin/ping") == nil, "\(dropped)")
        }
        #expect(scratch.attribute("trusted.overlay.opaque", of: "layer0/dir") == nil)
    }

    @Test func whiteoutsBecomeOverlayForm() throws {
        try scratch.unpack(
            TarBuilder.make {
                $0.file("etc/gone"); $0.file("var/all/x")
            },
            TarBuilder.make {
                $0.file("etc/.wh.gone")
                $0.file("var/all/.wh..wh..opq")
                $0.file("var/all/new")
                $0.file(".wh.replaced")
                $0.directory("replaced")
                $0.directory("both")
                $0.file(".wh.both")
                $0.file("kept", "this layer's")
                $0.file(".wh.kept")
                $0.file(".wh..wh.plnk/1.2", "aufs")
                $0.file(".wh..wh.aufs", "aufs")
            })
        #expect(scratch.status("layer1/etc/gone")?.st_mode == S_IFCHR)
        #expect(scratch.status("layer1/etc/gone")?.st_rdev == 0)
        for directory in ["var/all", "replaced", "both"] {
            #expect(
                scratch.attribute("trusted.overlay.opaque", of: "layer1/\(directory)") == [UInt8(ascii: "y")],
                "\(directory)")
        }
        #expect(scratch.text("layer1/var/all/new") == "")
        #expect(scratch.text("layer1/kept") == "this layer's")
        #expect(try !scratch.tree("layer1").contains { $0.contains(".wh.") })
    }

    @Test func laterEntriesReplaceEarlierOnes() throws {
        try scratch.unpack(
            TarBuilder.make {
                $0.file("a", "old")
                $0.file("a", "new")
                $0.file("dir/inside", "x")
                $0.file("dir", "now a file")
                $0.symlink("link", "/canary")
                $0.directory("link")
                $0.file("link/x", "y")
                $0.file("A", "case")
            })
        #expect(scratch.text("layer0/a") == "new")
        #expect(scratch.text("layer0/A") == "case")
        #expect(scratch.text("layer0/dir") == "now a file")
        #expect(scratch.status("layer0/link")?.st_mode == S_IFDIR | 0o755)
        #expect(scratch.text("layer0/link/x") == "y")
    }

    @Test func timesBeyondTheFileSystemAreClamped() throws {
        try scratch.unpack(
            TarBuilder.make {
                $0.add(.init(name: "early", mtime: -62_135_596_800))
                $0.add(.init(name: "late", mtime: Int.max))
            })
        #expect(scratch.status("layer0/early") != nil)
        #expect(scratch.status("layer0/late") != nil)
    }
}
