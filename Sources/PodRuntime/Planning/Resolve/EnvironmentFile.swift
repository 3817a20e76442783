import PodModel

/// A file that a container left in an emptyDir for the environment of later ones (`valueFrom.fileKeyRef`): lines
/// `NAME='value'`, as a POSIX shell would read them and no other of its ways to write a value.
///
/// A value may go over several lines and hold anything but a quote. Blank lines and lines that start with # mean nothing,
/// nor does a comment after a value. A blank after the = is an empty value (pkg/kubelet/util/env).
package struct EnvironmentFile: Sendable, Equatable {
    /// What is not of that form, and in which line. Never the text: it may be a secret.
    struct Problem: Error, Equatable {
        var line: Int
        var reason: String
    }

    /// Bytes of a file that are read: of a longer one, nothing.
    package static let maximumSize = 1 << 20

    private let text: String

    init(_ text: String) {
        self.text = text
    }

    /// The value of the first variable with this name; nil when there is none, and "" counts as none.
    func value(of name: String) throws(Problem) -> String? {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)[...]
        var number = 0
        func next() -> Substring? {
            number += 1
            return lines.popFirst().map { $0.hasSuffix("\r") ? $0.dropLast() : $0 }
        }
        while let whole = next() {
            let line = whole.drop(while: isBlank)
            if line.isEmpty || line.first == "#" { continue }
            let start = number
            guard let equals = line.firstIndex(of: "=") else { throw Problem(line: start, reason: "missing '='") }
            let found = line[..<equals]
            if found.allSatisfy(isBlank) { throw Problem(line: start, reason: "empty variable name") }
            if found.last.map(isBlank) == true {
                throw Problem(line: start, reason: "whitespace before '=' is not allowed")
            }
            var rest = line[line.index(after: equals)...]
            if rest.first.map(isBlank) == true {
                if found == name { return nil }
                continue
            }
            guard rest.first == "'" else {
                throw Problem(line: start, reason: "value must be enclosed in single quotes")
            }
            rest = rest.dropFirst()
            var value = ""
            while true {
                if let end = rest.firstIndex(of: "'") {
                    value += rest[..<end]
                    let after = rest[rest.index(after: end)...].drop(while: isBlank)
                    guard after.isEmpty || after.first == "#" else {
                        throw Problem(line: number, reason: "unexpected content after closing quote")
                    }
                    break
                }
                value += rest + "\n"
                guard let following = next() else { throw Problem(line: start, reason: "unclosed single quote") }
                rest = following
            }
            if found == name { return value.isEmpty ? nil : value }
        }
        return nil
    }

    private func isBlank(_ character: Character) -> Bool { character == " " || character == "\t" }

    /// Files that a container's environment refers to: where each is, as its volume's directory and the path in it.
    package static func all(
        of container: Container, in pod: Pod, paths: HostPaths
    ) -> [(key: String, directory: String, path: String)] {
        let layout = PodLayout(paths: paths, pod: pod)
        return container.env.compactMap(\.valueFrom?.fileKeyRef).map { selector in
            let isInMemory = pod.spec.volumes.contains {
                $0.name == selector.volumeName && $0.emptyDir?.medium == "Memory"
            }
            let volume = selector.volumeName
            return (
                selector.fileKey, isInMemory ? layout.memoryVolume(volume) : layout.diskVolume(volume), selector.path
            )
        }
    }
}

extension FileKeySelector {
    /// The file's name in ``PodConfiguration/files``.
    var fileKey: String { "\(volumeName)/\(path)" }
}
