import Glibc

/// Something that is wrong on this host.
package struct Damage {
    /// What was looked at, such as "Firewall".
    package let check: String
    package let found: String
    /// What a user can do where there is no repair.
    package let remedy: String
    package let repair: (() throws -> Void)?

    init(_ check: String, _ found: String, remedy: String = "", repair: (() throws -> Void)? = nil) {
        self.check = check
        self.found = found
        self.remedy = remedy
        self.repair = repair
    }
}

extension [Damage] {
    /// What is found, and found again a moment later: a pod that is just starting or ending looks damaged, too.
    static func lasting(_ find: () throws -> [Damage]) rethrows -> [Damage] {
        let first = Set(try find().map { [$0.check, $0.found] })
        if first.isEmpty { return [] }
        usleep(300_000)
        return try find().filter { first.contains([$0.check, $0.found]) }
    }
}
