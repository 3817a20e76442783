import Glibc
import PodLinux
import PodModel
import PodPlanning

/// Compares the pods' network with what their records say of it: bridge, forwarding, links, addresses, firewall. Safe beside
/// an agent: nothing is taken away that a known pod may have, and all that is put in place is what its pod was given.
package struct NetworkCheck {
    /// A pod that has a network.
    private struct Member {
        let name: String
        let rules: PodFirewallRules

        func holdsAddress(_ leases: [IPv4Address: String]) -> Bool { leases[rules.address] == rules.podUID }
    }

    private let store: PodStore
    private let pool: AddressPool
    private let firewall: FirewallCheck
    private let route: RouteSocket

    package init(paths: HostPaths) throws {
        store = PodStore(paths: paths, bootID: HostFacts.bootID())
        pool = AddressPool(directory: paths.networkDirectory)
        firewall = try FirewallCheck()
        route = try RouteSocket()
    }

    /// - Throws: when an object can't be read: nobody knows what its pod has then.
    package func damages() throws -> [Damage] {
        try .lasting {
            // Before the objects, which are written before anything of a pod is made: what has no object then is of no pod.
            let leases = Result { try pool.leases() }
            let found = try firewall.read()
            let (objects, problems) = try store.objects()
            if let problem = problems.first { throw AgentError(problem) }
            let known = Set(objects.map(\.pod.metadata.uid))
            let members = objects.compactMap { object in
                store.networkRules(of: object).map { Member(name: Self.name(object.pod.metadata), rules: $0) }
            }
            return try (members.isEmpty ? [] : bridgeDamages() + forwardingDamages())
                + members.flatMap { try linkDamages($0) }
                + addressDamages(leases, known, members)
                + firewallDamages(found.elements, found.isWhole, (try? leases.get()) ?? [:], known, members)
        }
    }

    private static func name(_ metadata: ObjectMeta) -> String { "\(metadata.namespace)/\(metadata.name)" }

    private static func again(_ name: String) -> String {
        let parts = name.split(separator: "/")
        return "podrun delete pod \(parts[1]) -n \(parts[0]), then apply it again"
    }

    // MARK: - Bridge, forwarding, links

    private func bridgeDamages() throws -> [Damage] {
        let (name, subnet) = (PodNetwork.bridgeName, IPv4Subnet.podrun)
        let repair = { _ = try route.ensureBridge(name, subnet: subnet) }
        guard try route.linkIndex(name) != nil else { return [Damage("Bridge", "\(name) is missing", repair: repair)] }
        var damages: [Damage] = []
        if let gateway = HostFacts.addresses().first(where: { $0.link == name && $0.address == subnet.gateway }) {
            if gateway.flags & UInt32(IFF_UP) == 0 {
                damages.append(Damage("Bridge", "\(name) is down", repair: repair))
            }
        } else {
            damages.append(Damage("Bridge", "\(name) does not have the address \(subnet.gateway)", repair: repair))
        }
        return damages + settingDamages(RouteSocket.settings(of: name))
    }

    private func forwardingDamages() -> [Damage] {
        settingDamages([
            ("net/ipv4/ip_forward", "1"), ("net/ipv4/conf/\(PodNetwork.bridgeName)/forwarding", "1"),
        ])
    }

    private func settingDamages(_ settings: [(name: String, value: String)]) -> [Damage] {
        settings.compactMap { name, value in
            guard let found = Sysctl.value(name), found != value else { return nil }
            return Damage("Setting", "\(name) is \(found), not \(value)") { try Sysctl.set(name, value) }
        }
    }

    private func linkDamages(_ member: Member) throws -> [Damage] {
        let (link, bridge) = (member.rules.linkName, PodNetwork.bridgeName)
        guard try route.linkIndex(link) != nil else {
            return [Damage("Link", "\(link) of pod \(member.name) is missing", remedy: Self.again(member.name))]
        }
        let port = try route.bridge(of: link)
        if let port, port == (try route.linkIndex(bridge)) { return [] }
        return [
            Damage("Link", "\(link) of pod \(member.name) is not connected to \(bridge)") {
                try route.connect(link, toBridge: route.ensureBridge(bridge, subnet: .podrun))
            }
        ]
    }

    // MARK: - Addresses

    private func addressDamages(
        _ leases: Result<[IPv4Address: String], any Error>, _ known: Set<String>, _ members: [Member]
    ) -> [Damage] {
        let held: [IPv4Address: String]
        do {
            held = try leases.get()
        } catch {
            let owners = members.map { ($0.rules.address, $0.rules.podUID) }
            return [
                Damage("Addresses", "\(error)") {
                    try pool.rebuild(Dictionary(owners, uniquingKeysWith: { first, _ in first }))
                }
            ]
        }
        let strays = held.sorted { $0.key < $1.key }.filter { !known.contains($0.value) }.map { address, owner in
            Damage("Address", "\(address) is held by pod \(owner), which is gone") { try pool.release(podUID: owner) }
        }
        // Of two with one address, the other one than its holder has to go.
        let ordered = members.sorted {
            ($0.holdsAddress(held) ? 0 : 1, $0.name) < ($1.holdsAddress(held) ? 0 : 1, $1.name)
        }
        var names: [IPv4Address: String] = [:]
        return strays
            + ordered.compactMap { member in
                let (address, uid) = (member.rules.address, member.rules.podUID)
                if let other = names.updateValue(member.name, forKey: address) {
                    return Damage(
                        "Address", "\(address) is that of pods \(other) and \(member.name)",
                        remedy: Self.again(member.name))
                }
                guard let owner = held[address], owner != uid, known.contains(owner) else {
                    return held[address] == uid
                        ? nil
                        : Damage("Address", "\(address) of pod \(member.name) is free for others") {
                            try pool.restore(podUID: uid, address: address)
                        }
                }
                return Damage(
                    "Address", "\(address) of pod \(member.name) is held by pod \(owner)",
                    remedy: Self.again(member.name))
            }
    }

    // MARK: - Firewall

    private func firewallDamages(
        _ elements: [FirewallElement], _ isWhole: Bool, _ leases: [IPv4Address: String], _ known: Set<String>,
        _ members: [Member]
    ) -> [Damage] {
        let wanted = members.flatMap(\.rules.elements)
        var damages: [Damage] = []
        if !isWhole, !members.isEmpty {
            damages.append(Damage("Firewall", "tables, chains or rules of podrun are missing") { try firewall.mend() })
        }
        damages += wanted.filter { !elements.contains($0) }.map { element in
            Damage("Firewall", "missing: \(element.text)") { try firewall.add(element) }
        }
        let links = Set(known.map { PodNetwork.linkName(podUID: $0) })
        let ready = Set(members.map(\.rules.linkName))
        /// The pod that an element is of is starting or ending, or another podrun's.
        func isUnderWay(_ link: String) -> Bool {
            links.contains(link) ? !ready.contains(link) : if_nametoindex(link) != 0
        }
        let strays = elements.filter { element in
            if wanted.contains(element) { return false }
            if let link = element.link { return !isUnderWay(link) }
            let owners = elements.filter { $0.address == element.address }.compactMap(\.link)
            let holder = element.address.flatMap { leases[$0] }.map { PodNetwork.linkName(podUID: $0) }
            return !(owners + (holder.map { [$0] } ?? [])).contains(where: isUnderWay)
        }
        return damages
            + strays.map { element in
                Damage("Firewall", "of no pod: \(element.text)") { try firewall.remove(element) }
            }
    }
}
