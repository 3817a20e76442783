import Glibc

package enum AddressPoolError: Error, Equatable, CustomStringConvertible {
    case exhausted(IPv4Subnet)
    case corrupt(path: String, line: Int)

    package var description: String {
        switch self {
        case .exhausted(let subnet): "no free IP address in \"\(subnet)\": delete pods or use a larger subnet"
        case .corrupt(let path, let line): "read IP leases \"\(path)\": line \(line) is malformed"
        }
    }
}

/// Which pod has which address: leases in one file, replaced whole under a lock.
///
///     podrun-leases 1 10.85.0.4        version, where the next search starts
///     10.85.0.2 4f3c...                address, pod uid
///
/// An address that was let go is used again only after all others were (next fit): neighbours and connection tracking
/// have forgotten its old pod by then.
package struct AddressPool {
    private let subnet: IPv4Subnet
    private let directory: String
    private var path: String { directory + "/leases" }

    private struct Leases {
        var next: IPv4Address
        var owners: [IPv4Address: String] = [:]
    }

    /// - Parameter directory: `<run directory>/network`, made by the first lease. On a tmpfs: a reboot ends all leases.
    package init(directory: String, subnet: IPv4Subnet = .podrun) {
        self.directory = directory
        self.subnet = subnet
    }

    /// The pod's address: the one it has, or a new one.
    package func lease(podUID: String) throws -> IPv4Address {
        try change { leases in
            if let held = leases.owners.first(where: { $0.value == podUID })?.key { return held }
            let range = subnet.podRange
            var candidate = range.contains(leases.next) ? leases.next : range.lowerBound
            for _ in range.lowerBound.rawValue...range.upperBound.rawValue {
                let following = IPv4Address(rawValue: candidate.rawValue + 1)
                let next = range.contains(following) ? following : range.lowerBound
                if leases.owners[candidate] == nil {
                    leases.owners[candidate] = podUID
                    leases.next = next
                    return candidate
                }
                candidate = next
            }
            throw AddressPoolError.exhausted(subnet)
        }
    }

    /// Lets the pod's address go; does nothing when it has none.
    package func release(podUID: String) throws {
        try change { leases in leases.owners = leases.owners.filter { $0.value != podUID } }
    }

    /// Gives the pod this address back, which a pod has for as long as its network is there, unless another has it.
    package func restore(podUID: String, address: IPv4Address) throws {
        try change { leases in
            if leases.owners[address] != nil { return }
            leases.owners = leases.owners.filter { $0.value != podUID }
            leases.owners[address] = podUID
        }
    }

    /// In the place of a file that can't be read.
    package func rebuild(_ owners: [IPv4Address: String]) throws {
        try check("remove", path, unless: ENOENT) { unlink(path) }
        for (address, owner) in owners { try restore(podUID: owner, address: address) }
    }

    /// Every lease, pod uid by address: recovery lets go of those whose pod is gone.
    package func leases() throws -> [IPv4Address: String] {
        try read().owners
    }

    private func change<Result>(_ body: (inout Leases) throws -> Result) throws -> Result {
        try Directory.make(directory, mode: 0o700)
        let lock = try LockFile.acquire(directory + "/lock")
        var leases = try read()
        let before = leases
        let result = try body(&leases)
        if leases.owners != before.owners { try AtomicFile.write(path, encode(leases), durable: false) }
        lock.release()
        return result
    }

    private func read() throws -> Leases {
        guard let bytes = try FileBytes.readIfPresent(path, limit: 16 << 20) else {
            return Leases(next: subnet.podRange.lowerBound)
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        let head = lines.first?.split(separator: " ") ?? []
        guard head.count == 3, head[0] == "podrun-leases", head[1] == "1", let next = IPv4Address(head[2]) else {
            throw AddressPoolError.corrupt(path: path, line: 1)
        }
        var leases = Leases(next: next)
        for (index, line) in lines.enumerated().dropFirst() {
            let words = line.split(separator: " ")
            guard words.count == 2, let address = IPv4Address(words[0]), leases.owners[address] == nil else {
                throw AddressPoolError.corrupt(path: path, line: index + 1)
            }
            leases.owners[address] = String(words[1])
        }
        return leases
    }

    private func encode(_ leases: Leases) -> [UInt8] {
        var text = "podrun-leases 1 \(leases.next)\n"
        for (address, owner) in leases.owners.sorted(by: { $0.key < $1.key }) { text += "\(address) \(owner)\n" }
        return Array(text.utf8)
    }
}
