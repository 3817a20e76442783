import Glibc
import PodLinux
import PodModel

/// Reads what `-f` names: files, the manifests of a directory, stdin.
struct ManifestFiles {
    private static let endings = [".json", ".yaml", ".yml"]

    let arguments: [String]

    /// The objects of all files in order.
    ///
    /// - Parameter check: says what is wrong with an object, each with its position.
    /// - Throws: `CommandFailure` with every error of every file; nothing is half read.
    func objects(_ check: (ManifestObject) -> [String] = { _ in [] }) throws -> [ManifestObject] {
        var manifests: [ManifestObject] = []
        var errors: [String] = []
        for argument in arguments {
            for file in try expanded(argument) {
                let name = file == "-" ? "stdin" : file
                do throws(ManifestError) {
                    for object in try Manifest.read(bytes(of: file, &errors), file: name) {
                        errors += check(object)
                        manifests.append(object)
                    }
                } catch {
                    errors.append("\(error)")
                }
            }
        }
        guard errors.isEmpty else { throw CommandFailure(errors.joined(separator: "\n")) }
        return manifests
    }

    private func expanded(_ argument: String) throws -> [String] {
        guard argument != "-" else { return ["-"] }
        var status = stat()
        guard stat(argument, &status) == 0 else {
            if argument.hasPrefix("https://") || argument.hasPrefix("http://") {
                throw CommandFailure(
                    "\(ObjectName.quoted(argument)) can't be read: URLs are for another program to fetch, as in "
                        + "curl -fsSL URL | podrun apply -f -")
            }
            if errno == ENOENT { throw CommandFailure("the path \(ObjectName.quoted(argument)) does not exist") }
            throw CommandFailure("\(SyscallError(call: "read", subject: argument, errno: errno))")
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { return [argument] }
        guard let stream = opendir(argument) else {
            throw CommandFailure("\(SyscallError(call: "read directory", subject: argument, errno: errno))")
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix("."), Self.endings.contains(where: name.hasSuffix) { names.append(name) }
        }
        guard !names.isEmpty else {
            throw CommandFailure("error reading [\(argument)]: recognized file extensions are [.json .yaml .yml]")
        }
        let base = argument.hasSuffix("/") ? argument : argument + "/"
        return names.sorted().map { base + $0 }
    }

    /// Empty, and an error noted, when the file can't be read.
    private func bytes(of file: String, _ errors: inout [String]) -> [UInt8] {
        do throws(SyscallError) {
            return try InputFile.read(file, limit: YAMLReader.sizeLimit)
        } catch {
            errors.append("\(error)")
            return []
        }
    }
}
