/// Index into the child's descriptor table.
package struct Slot: Sendable, Hashable {
    package var index: UInt32
    package init(_ index: UInt32) { self.index = index }
}

/// One step of a child program. What each one does in the child, in full, is said in `podrun_program.h`; the order in
/// which they are used is the business of the plans.
package enum ChildOp: Sendable, Equatable {
    // Namespaces
    case setNamespaces(of: Slot, NamespaceSet)
    case unshare(NamespaceSet)
    case netlink(tag: UInt32)

    // Before the root changes: host paths
    case writeFile(path: String, bytes: [UInt8], tolerateDenied: Bool, optional: Bool)
    case changeDirectory(String)
    case openTree(into: Slot, path: String, recursive: Bool)
    /// subPath: `path` below the directory that an `openHostDirectory` or `mountRoot` of this program opened. `makes`:
    /// missing parts are made. `volumeMount`: whose subPath it is, for the failure message.
    case openTreeBeneath(
        into: Slot, directory: Slot, path: String, recursive: Bool, makes: Bool, volumeMount: String)
    case openHostDirectory(into: Slot, path: String)
    case mountRoot(into: Slot, at: String, overlay: String, readOnly: Bool)
    case makePrivate(path: String, recursive: Bool)
    case makeRoot(into: Slot, at: String, options: [String], readOnly: Bool)
    /// What is made from here on is this host user's.
    case owner(UInt32)
    /// `source`: what was opened, for the failure message.
    case mapIDs(of: Slot, userNamespace: Slot, source: String)

    // Inside the new root
    case mount(root: Slot, target: String, type: String, options: [String], attributes: MountAttributes, strict: Bool)
    case attach(
        root: Slot, target: String, source: Slot, attributes: MountAttributes, propagation: MountPropagation?,
        recursive: Bool, strict: Bool)
    case openDirectory(root: Slot, path: String, into: Slot, strict: Bool)
    case mask(root: Slot, path: String)
    case readOnly(root: Slot, path: String)
    case makeNode(directory: Slot, HostDevice)
    case symlink(directory: Slot, name: String, target: String)
    case console(root: Slot, tag: UInt32)
    case pivot(root: Slot)

    // Process attributes
    case hostName(String)
    case limit(ResourceLimit, soft: UInt64, hard: UInt64)
    case keyring
    case workingDirectory(String)
    case terminal(tag: UInt32, rows: UInt16, columns: UInt16)
    case bounding(CapabilitySet)
    case groups([UInt32])
    case identity(user: UInt32, group: UInt32)
    case noNewPrivileges
    /// The filter's bytes come with `ChildProgram.encoded(seccomp:)`.
    case seccomp
    case capabilities(CapabilitySet)
    case umask(UInt32)
    /// `searchPath`: value of PATH, or "" when `arguments[0]` is a path.
    case execute(arguments: [String], environment: [String], searchPath: String)
    case executeDescriptor(Slot, arguments: [String], environment: [String])

    /// PODRUN_OP_* of the wire format.
    package var code: UInt16 {
        switch self {
        case .setNamespaces: return 1
        case .unshare: return 2
        case .netlink: return 3
        case .writeFile: return 10
        case .changeDirectory: return 11
        case .openTree, .openTreeBeneath: return 12
        case .mountRoot: return 13
        case .makePrivate: return 14
        case .makeRoot: return 15
        case .owner: return 16
        case .mapIDs: return 17
        case .mount: return 20
        case .attach: return 21
        case .openDirectory, .openHostDirectory: return 22
        case .mask: return 23
        case .readOnly: return 24
        case .makeNode: return 25
        case .symlink: return 26
        case .console: return 27
        case .pivot: return 28
        case .hostName: return 40
        case .limit: return 41
        case .keyring: return 42
        case .workingDirectory: return 43
        case .terminal: return 44
        case .bounding: return 45
        case .groups: return 46
        case .identity: return 47
        case .noNewPrivileges: return 48
        case .seccomp: return 49
        case .capabilities: return 50
        case .umask: return 51
        case .execute: return 52
        case .executeDescriptor: return 53
        }
    }
}
