import Glibc
import PodLinux

/// A process as procfs shows it at one moment. Nothing here comes from the agent.
struct KernelProcess: Equatable {
    var id: Int32
    var parent: Int32
    /// The name in /proc/PID/comm.
    var name: String
    /// Its cgroup below the pod's: `pause`, or the container's name.
    var leaf: String

    /// The processes of a pod, by pid: those whose cgroup is the pod's.
    static func all(ofPod uid: String) -> [KernelProcess] {
        let names = (try? Directory("/proc").names()) ?? []
        return names.compactMap { Int32($0) }.sorted().compactMap { id in
            guard let text = text(id, "cgroup") else { return nil }
            let parts = text.split(separator: "/pod\(uid)/", maxSplits: 1)
            guard parts.count == 2 else { return nil }
            return KernelProcess(id, leaf: String(parts[1].prefix { $0 != "\n" && $0 != "/" }))
        }
    }

    /// nil when there is no such process.
    init?(_ id: Int32, leaf: String = "") {
        guard let name = Self.text(id, "comm"), let parent = Self.status(id, "PPid").flatMap({ Int32($0) }) else {
            return nil
        }
        self.id = id
        self.parent = parent
        self.name = name
        self.leaf = leaf
    }

    /// Inodes by the kind of namespace; without those that can't be read.
    var namespaces: [String: UInt64] { Self.namespaces(of: "\(id)") }

    /// - Parameter process: a directory of /proc.
    static func namespaces(of process: String) -> [String: UInt64] {
        var found: [String: UInt64] = [:]
        for kind in NamespaceTable.kinds {
            // `net:[4026531840]`
            let digits = link("/proc/\(process)/ns/\(kind)")?.filter(\.isNumber)
            if let inode = digits.flatMap({ UInt64($0) }) { found[kind] = inode }
        }
        return found
    }

    /// Processes of the host that are in a namespace.
    static func count(in inode: UInt64, kind: String) -> Int {
        let names = (try? Directory("/proc").names()) ?? []
        return names.filter { Int32($0) != nil && link("/proc/\($0)/ns/\(kind)") == "\(kind):[\(inode)]" }.count
    }

    /// A line of /proc/PID/status.
    static func status(_ id: Int32, _ name: String) -> String? {
        let lines = text(id, "status")?.split(separator: "\n") ?? []
        let line = lines.first { $0.hasPrefix(name + ":") }
        return line?.split(whereSeparator: \.isWhitespace).dropFirst().joined(separator: " ")
    }

    /// When it began, in clock ticks since boot: field 22 of /proc/PID/stat. The name in field 2 may hold anything.
    var startTicks: String {
        let rest = Self.text(id, "stat")?.split(separator: ")").last?.split(separator: " ") ?? []
        return rest.count > 19 ? String(rest[19]) : "?"
    }

    /// The system call that it is in, by number; nil while it runs in user space.
    var systemCall: Int? { Self.text(id, "syscall")?.split(separator: " ").first.flatMap { Int($0) } }

    /// Addresses of its network namespace, without the loopback's.
    var addresses: [String] { FibTrie.localAddresses(Self.text(id, "net/fib_trie") ?? "") }

    /// The sockets of its network namespace that listen on a TCP port, by inode.
    func listeners(port: UInt16) -> [UInt64] { TCPTable.listeners(Self.text(id, "net/tcp") ?? "", port: port) }

    /// The descriptor that is the socket with this inode.
    func descriptor(ofSocket inode: UInt64) -> String? {
        let names = (try? Directory("/proc/\(id)/fd").names()) ?? []
        return names.first { Self.link("/proc/\(id)/fd/\($0)") == "socket:[\(inode)]" }
    }

    /// Device and inode of a file as this process sees it.
    func identity(ofFile path: String) -> String? {
        var status = stat()
        guard stat("/proc/\(id)/root\(path)", &status) == 0 else { return nil }
        return "device \(major(status.st_dev)):\(minor(status.st_dev)) inode \(status.st_ino)"
    }

    private func major(_ device: dev_t) -> UInt64 { UInt64(device) >> 8 & 0xfff }
    private func minor(_ device: dev_t) -> UInt64 { UInt64(device) & 0xff | UInt64(device) >> 12 & 0xfff00 }

    /// System V segments with a key in this process's own IPC namespace.
    static func keyCount(_ key: String) -> Int {
        let lines = (try? FileBytes.line("/proc/sysvipc/shm"))?.split(separator: "\n").dropFirst() ?? []
        return lines.filter { $0.split(separator: " ").first == key[...] }.count
    }

    static func text(_ id: Int32, _ file: String) -> String? { try? FileBytes.line("/proc/\(id)/\(file)") }

    static func link(_ path: String) -> String? {
        var target = [CChar](repeating: 0, count: 256)
        let count = readlink(path, &target, target.count)
        return count < 0 ? nil : String(decoding: target.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// /proc/PID/net/fib_trie: the routing table of a network namespace.
enum FibTrie {
    /// Addresses that are the namespace's own: leaves followed by `/32 host LOCAL`.
    static func localAddresses(_ text: String) -> [String] {
        var found: [String] = []
        var leaf = ""
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.first == "|--" {
                leaf = String(words.last ?? "")
            } else if words == ["/32", "host", "LOCAL"], !leaf.hasPrefix("127."), !found.contains(leaf) {
                found.append(leaf)
            }
        }
        return found
    }
}

/// /proc/PID/net/tcp: the TCP sockets of a network namespace.
enum TCPTable {
    private static let listening = "0A"

    /// Inodes of the sockets that listen on a port.
    static func listeners(_ text: String, port: UInt16) -> [UInt64] {
        let digits = String(port, radix: 16, uppercase: true)
        let ending = ":" + String(repeating: "0", count: 4 - digits.count) + digits
        return text.split(separator: "\n").dropFirst().compactMap { line in
            // sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode
            let words = line.split(separator: " ")
            guard words.count > 9, words[1].hasSuffix(ending), words[3] == listening else { return nil }
            return UInt64(words[9])
        }
    }
}
