import Glibc

/// The kinds of namespaces, by the kernel's names (`/proc/PID/ns`).
package enum NamespaceKind: String, CaseIterable, Sendable {
    case mnt, pid, net, ipc, uts, user, cgroup, time
}

/// A process and the namespaces that it is in, as /proc shows them now.
package struct ProcessNamespaces: Equatable, Sendable {
    package var processID: Int32
    package var parentID: Int32
    /// Its number in its own pid namespace: 1 is the first of a container.
    package var innerID: Int32
    /// Its arguments with spaces between them; its name in brackets when it has none.
    package var command: String
    /// Inode numbers: the same number is the same namespace. One that the kernel does not have is missing.
    package var inodes: [NamespaceKind: UInt64]

    package init(
        processID: Int32, parentID: Int32, innerID: Int32, command: String, inodes: [NamespaceKind: UInt64]
    ) {
        self.processID = processID
        self.parentID = parentID
        self.innerID = innerID
        self.command = command
        self.inodes = inodes
    }

    /// Those of the process that asks.
    package static func own() -> [NamespaceKind: UInt64] { inodes(of: "self") }

    /// nil when it has ended.
    package static func read(_ processID: Int32) -> ProcessNamespaces? {
        let directory = "/proc/\(processID)"
        guard let status = try? FileBytes.read(directory + "/status") else { return nil }
        var fields: [Substring: Substring] = [:]
        for line in String(decoding: status, as: UTF8.self).split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[line[..<colon]] = line[line.index(after: colon)...].drop { $0 == "\t" }
        }
        let inodes = inodes(of: String(processID))
        // A zombie has left its namespaces.
        guard !inodes.isEmpty else { return nil }
        let arguments = ((try? FileBytes.read(directory + "/cmdline")) ?? []).split(separator: 0)
        let command = arguments.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
        return ProcessNamespaces(
            processID: processID, parentID: fields["PPid"].flatMap { Int32($0) } ?? 0,
            innerID: fields["NSpid"]?.split(separator: "\t").last.flatMap { Int32($0) } ?? processID,
            command: command.isEmpty ? "[\(fields["Name"] ?? "")]" : command, inodes: inodes)
    }

    private static func inodes(of process: String) -> [NamespaceKind: UInt64] {
        var inodes: [NamespaceKind: UInt64] = [:]
        for kind in NamespaceKind.allCases {
            var status = stat()
            if stat("/proc/\(process)/ns/\(kind.rawValue)", &status) == 0 { inodes[kind] = UInt64(status.st_ino) }
        }
        return inodes
    }
}
