extension ChildProgram {
    /// What the op does, as the subject of a failure message: `mount proc on "/proc"`.
    package func describe(opIndex: Int) -> String {
        guard ops.indices.contains(opIndex) else { return "start the process" }
        return ops[opIndex].phrase
    }
}

extension ChildOp {
    /// Verb and object, for failure messages.
    package var phrase: String {
        switch self {
        case .setNamespaces(_, let namespaces): return "join the \(namespaces.text) namespaces"
        case .unshare(let namespaces): return "make a new \(namespaces.text) namespace"
        case .netlink: return "open a netlink socket"
        case .writeFile(let path, let bytes, _, _):
            return "write \(quoted(String(decoding: bytes, as: UTF8.self))) to \(quoted(path))"
        case .changeDirectory(let path): return "change to directory \(quoted(path))"
        case .openTree(_, let path, _): return "open volume source \(quoted(path))"
        case .openTreeBeneath(_, _, let path, _, _, _): return "open subPath \(quoted(path))"
        case .openHostDirectory(_, let path): return "open volume source \(quoted(path))"
        case .mountRoot(_, let path, _, _): return "mount the root file system on \(quoted(path))"
        case .makePrivate(let path, _): return "make the mount \(quoted(path)) private"
        case .makeRoot(_, let path, _, _): return "mount an empty root on \(quoted(path))"
        case .owner(let user): return "make files as user \(user)"
        case .mapIDs(_, _, let source): return "show \(quoted(source)) with the pod's user ids"
        case .mount(_, let target, let type, _, _, _): return "mount \(type) on \(quoted(target))"
        case .attach(_, let target, _, _, _, _, _): return "mount a volume on \(quoted(target))"
        case .openDirectory(_, let path, _, _): return "open directory \(quoted(path))"
        case .mask(_, let path): return "mask \(quoted(path))"
        case .readOnly(_, let path): return "make \(quoted(path)) read-only"
        case .makeNode(_, let device): return "make device \(quoted("/dev/" + device.name))"
        case .symlink(_, let name, _): return "make link \(quoted("/dev/" + name))"
        case .console: return "set up the console"
        case .pivot: return "change to the new root"
        case .hostName(let name): return "set the host name \(quoted(name))"
        case .limit(let limit, _, _): return "set the resource limit \(limit.name)"
        case .keyring: return "join a new session keyring"
        case .workingDirectory(let path): return "change to working directory \(quoted(path))"
        case .terminal: return "set up the terminal"
        case .bounding: return "drop capabilities from the bounding set"
        case .groups: return "set the supplementary groups"
        case .identity(let user, let group): return "become user \(user) group \(group)"
        case .noNewPrivileges: return "set no_new_privs"
        case .seccomp: return "load the seccomp filter"
        case .capabilities: return "set the capabilities"
        case .umask: return "set the umask"
        case .execute(let arguments, _, _), .executeDescriptor(_, let arguments, _):
            return "exec: \(quoted(arguments.first ?? ""))"
        }
    }
}
