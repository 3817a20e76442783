import CShim
import Glibc
import PodLinux

@testable import PodImages

/// A private directory for one test, with a canary beside the place where images are unpacked.
///
/// `digest` describes every file below a directory (kind, mode, owner, size, time, content, link target), so that a
/// test can say "nothing here changed".
final class Scratch {
    let path: String

    init() throws {
        var template = Array("/tmp/podrun-images.XXXXXX".utf8CString)
        try check("mkdtemp") { mkdtemp(&template) == nil ? -1 : 0 }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        try Directory.make(path + "/canary")
        try write("canary/secret", "host secret\n")
        try write("canary/ptmx", "")
        try Directory.make(path + "/canary/directory")
    }

    deinit {
        try? TreeRemoval.remove(path)
    }

    func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }

    func write(_ name: String, _ bytes: [UInt8]) throws {
        try AtomicFile.write("\(path)/\(name)", bytes, durable: false, mode: 0o644)
    }

    /// Unpacks layers, bottom to top, each into its own directory `layer0`, `layer1`, ...; gives the topmost one's
    /// name.
    @discardableResult
    func unpack(_ layers: [UInt8]..., limits: ImageLimits = ImageLimits()) throws -> String {
        var lower: [DescriptorBox] = []
        for (index, layer) in layers.enumerated() {
            try write("layer\(index).tar", layer)
            try Directory.make("\(path)/layer\(index)", mode: 0o700)
            let root = try Descriptor.open("\(path)/layer\(index)", O_RDONLY | O_DIRECTORY)
            let journal = DirectoryJournal(
                try Descriptor.open("\(path)/directories\(index)", O_RDWR | O_CREAT | O_TRUNC, mode: 0o600))
            let mending = LayerMending(root: try root.duplicate(), lower: LayerStack(lower))
            var unpacker = try LayerUnpacker(into: root, journal: journal, limits: limits)
            let tar = try Descriptor.open("\(path)/layer\(index).tar", O_RDONLY)
            _ = try unpacker.unpack(FileBlocks(tar, subject: "layer\(index).tar"))
            try mending.apply(journal)
            lower.insert(DescriptorBox(try Descriptor.open("\(path)/layer\(index)", O_RDONLY | O_DIRECTORY)), at: 0)
        }
        return "layer\(layers.count - 1)"
    }

    /// One line per file below `name`, sorted.
    func tree(_ name: String) throws -> [String] {
        var lines: [String] = []
        try describe("\(path)/\(name)", ".", &lines)
        return lines.sorted()
    }

    var canary: [String] { get throws { try tree("canary") } }

    func status(_ name: String) -> stat? {
        var found = stat()
        return lstat("\(path)/\(name)", &found) == 0 ? found : nil
    }

    func text(_ name: String) -> String? {
        (try? FileBytes.read("\(path)/\(name)", limit: 64 << 20)).map { String(decoding: $0, as: UTF8.self) }
    }

    func attribute(_ key: String, of name: String) -> [UInt8]? {
        var value = [UInt8](repeating: 0, count: 65536)
        let count = lgetxattr("\(path)/\(name)", key, &value, value.count)
        return count < 0 ? nil : Array(value.prefix(count))
    }

    private func describe(_ full: String, _ name: String, _ lines: inout [String]) throws {
        var found = stat()
        try check("stat", full) { lstat(full, &found) }
        var line = "\(name) \(String(found.st_mode, radix: 8)) \(found.st_uid):\(found.st_gid) \(found.st_mtim.tv_sec)"
        switch found.st_mode & S_IFMT {
        case S_IFREG: line += " \(ContentDigest.of(try FileBytes.read(full, limit: 64 << 20)))"
        case S_IFLNK:
            var target = [CChar](repeating: 0, count: 4096)
            let count = readlink(full, &target, target.count)
            line += " -> " + EntryPath.text(Array(target.prefix(max(0, count))))
        case S_IFCHR, S_IFBLK: line += " \(found.st_rdev)"
        default: break
        }
        lines.append(line)
        if found.st_mode & S_IFMT == S_IFDIR {
            for child in try Directory(full).names() { try describe("\(full)/\(child)", "\(name)/\(child)", &lines) }
        }
    }
}

let isRoot = geteuid() == 0
