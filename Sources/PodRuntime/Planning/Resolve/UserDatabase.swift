/// An image's /etc/passwd and /etc/group. The text comes from strangers: a line that does not parse is skipped, the
/// first of several entries counts, and nothing here asks the host's own databases.
package struct UserDatabase: Sendable, Equatable {
    package struct User: Sendable, Equatable {
        package var name: String
        package var uid: UInt32
        package var gid: UInt32
        package var home: String
    }

    package struct Group: Sendable, Equatable {
        package var name: String
        package var gid: UInt32
        package var members: [String]
    }

    package private(set) var users: [User] = []
    package private(set) var groups: [Group] = []

    /// Longer lines are skipped: no login name or group list of a real image comes near.
    private static let maximumLine = 64 << 10

    package init(passwd: String?, group: String?) {
        for fields in UserDatabase.lines(of: passwd, atLeast: 4) {
            guard let uid = parseID(fields[2]), let gid = parseID(fields[3]) else { continue }
            let home = fields.count > 5 ? String(fields[5]) : ""
            users.append(User(name: String(fields[0]), uid: uid, gid: gid, home: home))
        }
        for fields in UserDatabase.lines(of: group, atLeast: 3) {
            guard let gid = parseID(fields[2]) else { continue }
            let members = fields.count > 3 ? fields[3].split(separator: ",").map(String.init) : []
            groups.append(Group(name: String(fields[0]), gid: gid, members: members))
        }
    }

    package func user(named name: String) -> User? { users.first { $0.name == name } }
    package func user(withID uid: UInt32) -> User? { users.first { $0.uid == uid } }
    package func group(named name: String) -> Group? { groups.first { $0.name == name } }

    /// Groups that list `name` as a member.
    package func groups(of name: String) -> [UInt32] {
        groups.filter { $0.members.contains(name) }.map(\.gid)
    }

    private static func lines(of text: String?, atLeast count: Int) -> [[Substring]] {
        guard let text else { return [] }
        return text.utf8.split(separator: UInt8(ascii: "\n")).map(Substring.init).compactMap { line in
            guard line.utf8.count <= maximumLine, !line.hasPrefix("#"), !line.utf8.contains(0) else { return nil }
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count >= count, !fields[0].isEmpty else { return nil }
            return fields
        }
    }
}

/// A user or group id in decimal digits, 0 to 2^31 - 1 (Kubernetes' range); nil for everything else.
func parseID(_ text: some StringProtocol) -> UInt32? {
    guard isDigits(text), let number = UInt64(text), number <= UInt64(Int32.max) else { return nil }
    return UInt32(number)
}

/// A value of digits only is a number, whatever names the image's database holds (CVE-2016-3697).
func isDigits(_ text: some StringProtocol) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
}
