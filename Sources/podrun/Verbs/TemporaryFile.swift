import Glibc
import PodLinux

/// What a command writes for another program to read, below `TMPDIR`. Only its owner can read it: it may be of a Secret.
enum TemporaryFile {
    /// A new file: `<name>-XXXXXX<suffix>`.
    static func file(_ name: String, suffix: String) throws -> String {
        try make("\(name)-XXXXXX\(suffix)") { template in
            let file = mkstemps(template, Int32(suffix.utf8.count))
            return file >= 0 && close(file) == 0
        }
    }

    static func directory(_ name: String) throws -> String {
        try make("\(name)-XXXXXX") { mkdtemp($0) != nil }
    }

    /// In the place of what is there.
    static func write(_ text: String, to path: String) throws(SyscallError) {
        let file = try Descriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
        try FileBytes.write(Array(text.utf8), to: file, path: path)
    }

    private static func make(_ name: String, _ isMade: (UnsafeMutablePointer<CChar>) -> Bool) throws -> String {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        let template = strdup("\(parent)/\(name)")
        defer { free(template) }
        guard let template, isMade(template) else {
            throw SyscallError(call: "make a file in", subject: parent, errno: errno)
        }
        return String(cString: template)
    }
}
