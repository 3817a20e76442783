extension ChildProgram {
    /// The program as lines for people: header, then one line per op, numbered as failures name them.
    package var lines: [String] {
        var lines = ["clone \(cloneFlags.text)" + (cgroupSlot.map { ", into cgroup \(text($0))" } ?? "")]
        if let pidNamespaceSlot { lines[0] += ", in the pid namespace of \(text(pidNamespaceSlot))" }
        let names = passedSlots.indices.map { text(Slot(UInt32($0))) }
        lines.append("passed " + (names.isEmpty ? "nothing" : names.joined(separator: " ")))
        for (index, op) in ops.enumerated() {
            let number = String(index)
            lines.append(String(repeating: " ", count: max(0, 3 - number.count)) + "\(number) \(line(op))")
        }
        return lines
    }

    /// `%2`, or the name of a passed one: `%0:pausePidfd`.
    private func text(_ slot: Slot) -> String {
        let index = Int(slot.index)
        return "%\(index)" + (passedSlots.indices.contains(index) ? ":\(passedSlots[index].rawValue)" : "")
    }

    private func line(_ op: ChildOp) -> String {
        switch op {
        case .setNamespaces(let slot, let namespaces): return "setns \(text(slot)) \(namespaces.text)"
        case .unshare(let namespaces): return "unshare \(namespaces.text)"
        case .netlink(let tag): return "netlink -> tag \(tag)"
        case .writeFile(let path, let bytes, let tolerateDenied, let optional):
            return "write \(path) \(quoted(String(decoding: bytes, as: UTF8.self)))"
                + (tolerateDenied ? " (EPERM tolerated)" : "") + (optional ? " (if there)" : "")
        case .changeDirectory(let path): return "chdir \(path)"
        case .openTree(let slot, let path, let recursive):
            return "open-tree \(text(slot)) <- \(path)" + (recursive ? " recursive" : "")
        case .openTreeBeneath(let slot, let directory, let path, let recursive, let makes, _):
            return "open-tree \(text(slot)) <- \(text(directory)) beneath \(path)" + (recursive ? " recursive" : "")
                + (makes ? " made" : "")
        case .openHostDirectory(let slot, let path): return "open-dir \(text(slot)) <- host \(path)"
        case .mountRoot(let slot, let path, let overlay, let readOnly):
            return "root \(text(slot)) <- overlay on \(path) \(overlay)" + (readOnly ? " (ro from pivot on)" : "")
        case .makePrivate(let path, let recursive): return "private \(path)" + (recursive ? " recursive" : "")
        case .makeRoot(let slot, let path, let options, let readOnly):
            return "root \(text(slot)) <- tmpfs on \(path) \(options.joined(separator: ","))"
                + (readOnly ? " (ro from pivot on)" : "")
        case .owner(let user): return "owner \(user)"
        case .mapIDs(let tree, let namespace, _): return "map-ids \(text(tree)) <- \(text(namespace))"
        case .mount(_, let target, let type, let options, let attributes, let strict):
            let words = [attributes.text] + options.filter { !$0.hasPrefix("source=") }
            return "mount \(type) \(target) \(words.joined(separator: ","))" + (strict ? " strict" : "")
        case .attach(_, let target, let source, let attributes, let propagation, let recursive, _):
            return "attach \(target) <- \(text(source)) \(attributes.text)"
                + (propagation.map { ",\($0.text)" } ?? "") + (recursive ? " recursive" : "")
        case .openDirectory(_, let path, let slot, _): return "open-dir \(text(slot)) <- \(path)"
        case .mask(_, let path): return "mask \(path)"
        case .readOnly(_, let path): return "read-only \(path)"
        case .makeNode(_, let device):
            return "mknod /dev/\(device.name) \(octal(device.mode & 0o7777)) \(device.isBlock ? "b" : "c") "
                + "\(device.major):\(device.minor)"
        case .symlink(_, let name, let target): return "symlink /dev/\(name) -> \(target)"
        case .console(_, let tag): return "console /dev/console -> tag \(tag)"
        case .pivot(let root): return "pivot \(text(root))"
        case .hostName(let name): return "hostname \(name)"
        case .limit(let limit, let soft, let hard): return "rlimit \(limit.name) \(amount(soft)) \(amount(hard))"
        case .keyring: return "keyring"
        case .workingDirectory(let path): return "workdir \(path)"
        case .terminal(let tag, let rows, let columns): return "terminal \(rows)x\(columns) -> tag \(tag)"
        case .bounding(let set): return "bounding \(set.hexadecimal)"
        case .groups(let groups): return "groups \(groups.map(String.init).joined(separator: " "))"
        case .identity(let user, let group): return "identity \(user):\(group)"
        case .noNewPrivileges: return "no-new-privs"
        case .seccomp: return "seccomp"
        case .capabilities(let set): return "capabilities \(set.hexadecimal)"
        case .umask(let mask): return "umask \(octal(mask))"
        case .execute(let arguments, let environment, let searchPath):
            return "exec \(list(arguments)), \(environment.count) variables"
                + (searchPath.isEmpty ? "" : ", search \(searchPath)")
        case .executeDescriptor(let slot, let arguments, let environment):
            return "exec \(text(slot)) \(list(arguments)), \(environment.count) variables"
        }
    }
}

/// `["sh", "-c", "x"]`
func list(_ words: [String]) -> String {
    "[" + words.map(quoted).joined(separator: ", ") + "]"
}

/// Four octal digits and more: `0755`.
func octal(_ mode: UInt32) -> String {
    let digits = String(mode, radix: 8)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
}

private func amount(_ limit: UInt64) -> String {
    limit == UInt64.max ? "unlimited" : String(limit)
}
