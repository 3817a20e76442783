import PodLinux

/// The processes of a pod and who shares which namespace with whom.
struct PodNamespaces: Equatable {
    /// pause or a container, with its processes; the first of them is the one that podrun started.
    struct Member: Equatable {
        var name: String
        var processes: [ProcessNamespaces]
    }

    /// Whose namespace a process is in.
    enum Owner: Equatable {
        case host, pause, own
        /// Another container's.
        case container(String)

        var text: String {
            switch self {
            case .host: "host"
            case .pause: "pause"
            case .own: "own"
            case .container(let name): name
            }
        }
    }

    /// One namespace and everybody in it.
    struct Shared: Equatable {
        var kind: NamespaceKind
        var inode: UInt64
        /// Of the first in it.
        var owner: Owner
        var members: [String]
    }

    static let pauseName = "pause"

    var name: String
    var namespace: String
    var uid: String
    var address: String
    var host: [NamespaceKind: UInt64]
    /// pause first, then the containers in the order of their start.
    var members: [Member]

    /// nil where the kernel has no such namespaces.
    func owner(of kind: NamespaceKind, _ process: ProcessNamespaces, in member: Member) -> Owner? {
        guard let inode = process.inodes[kind] else { return nil }
        if inode == host[kind] { return .host }
        guard let place = members.firstIndex(where: { $0 == member }), place > 0 else { return .own }
        let earlier = members[..<place].first { $0.processes.first?.inodes[kind] == inode }
        guard let earlier else { return .own }
        return earlier == members[0] ? .pause : .container(earlier.name)
    }

    /// Every namespace that a process of the pod is in, each kind in the order of the members.
    var shared: [Shared] {
        NamespaceKind.allCases.flatMap { kind in
            var found: [Shared] = []
            for member in members {
                for process in member.processes {
                    guard let inode = process.inodes[kind], let owner = owner(of: kind, process, in: member) else {
                        continue
                    }
                    if let index = found.firstIndex(where: { $0.inode == inode }) {
                        if !found[index].members.contains(member.name) { found[index].members.append(member.name) }
                    } else {
                        found.append(Shared(kind: kind, inode: inode, owner: owner, members: [member.name]))
                    }
                }
            }
            return found
        }
    }
}
