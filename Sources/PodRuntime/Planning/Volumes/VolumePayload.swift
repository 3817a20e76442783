import PodModel

/// What a configMap, secret, downwardAPI or projected volume shows: files by their cleaned path below the volume.
package struct VolumePayload: Sendable, Equatable {
    package struct File: Sendable, Equatable {
        package var bytes: [UInt8]
        /// Permission bits.
        package var mode: UInt32

        package init(bytes: [UInt8], mode: UInt32) {
            self.bytes = bytes
            self.mode = mode
        }
    }

    package let files: [String: File]

    /// - Throws: `ResolveError` in the atomic writer's words (pkg/volume/util/atomic_writer.go, validatePath), or when one
    ///   path would have to be a file and a directory.
    package init(_ written: [String: File]) throws(ResolveError) {
        var files: [String: File] = [:]
        for (path, file) in written {
            try VolumePayload.check(path)
            files[path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")] = file
        }
        for path in files.keys {
            var parent = path[...]
            while let slash = parent.lastIndex(of: "/") {
                parent = parent[..<slash]
                if files[String(parent)] != nil {
                    throw VolumePayload.error("mkdir \(parent): not a directory: it is a file, and \(path) is below it")
                }
            }
        }
        self.files = files
    }

    /// The names in the volume's root: what is linked to `..data`.
    package var visibleNames: Set<String> { Set(files.keys.map { String($0.prefix { $0 != "/" }) }) }

    /// Directories below the volume's data directory, parents first.
    package var directories: [String] {
        var found: Set<String> = []
        for path in files.keys {
            var parent = path[...]
            while let slash = parent.lastIndex(of: "/") {
                parent = parent[..<slash]
                found.insert(String(parent))
            }
        }
        return found.sorted()
    }

    private static func check(_ path: String) throws(ResolveError) {
        if path.isEmpty { throw error("invalid path: must not be empty: \"\"") }
        if path.hasPrefix("/") { throw error("invalid path: must be relative path: \(path)") }
        if path.utf8.count > 4096 { throw error("invalid path: must be less than or equal to 4096 characters") }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        if parts.contains("..") { throw error("invalid path: must not contain '..': \(path)") }
        if parts.contains(where: { $0.utf8.count > 255 }) {
            throw error("invalid path: filenames must be less than or equal to 255 characters")
        }
        if path.hasPrefix("..") { throw error("invalid path: must not start with '..': \(path)") }
        if path.utf8.contains(0) || parts.allSatisfy({ $0.isEmpty || $0 == "." }) {
            throw error("invalid path: names no file: \(quoted(path))")
        }
    }

    private static func error(_ message: String) -> ResolveError { ResolveError(.createContainerConfigError, message) }
}

extension Timestamp {
    /// The name of a volume's data directory that is written now: `..2026_11_21_15_04_05.4711`.
    package func dataDirectoryName(random: UInt32) -> String {
        let digits = text.map { $0.isNumber ? $0 : "_" }
        return "..\(String(digits.dropLast())).\(random)"
    }
}
