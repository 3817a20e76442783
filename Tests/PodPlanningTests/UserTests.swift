import Testing

@testable import PodPlanning

@Suite struct UserTests {
    private func user(_ imageUser: String, context: String = "{}", pod: String = "{}") throws -> String {
        let pod = try Sample.container("securityContext: \(context)", podLines: "securityContext: \(pod)")
        let identity = try Sample.resolve(pod, image: Sample.image(user: imageUser)).identity
        return "\(identity.user):\(identity.group) " + identity.groups.map(String.init).joined(separator: ",")
    }

    /// Image USER in every form (attacks C5).
    @Test(arguments: [
        ("", "0:0 0,10"), ("root", "0:0 0,10"), ("0", "0:0 0,10"), ("00", "0:0 0,10"), ("app", "1000:2000 44,50,2000"),
        ("1000", "1000:2000 44,50,2000"), ("app:staff", "1000:50 44,50"), ("app:7", "1000:7 7,44,50"),
        ("1000:", "1000:2000 44,50,2000"), (":5", "0:5 5,10"), ("4711", "4711:0 0"), ("4711:staff", "4711:50 50"),
        ("1234", "1234:0 0"), ("2147483647", "2147483647:0 0"),
    ])
    func imageUsers(written: String, expected: String) throws {
        #expect(try user(written) == expected)
    }

    @Test(arguments: [
        ("4294967296", "user id 4294967296 is not between 0 and 2147483647"),
        ("2147483648", "user id 2147483648 is not between 0 and 2147483647"),
        ("99999999999999999999999", "user id 99999999999999999999999 is not between 0 and 2147483647"),
        ("-1", "unable to find user -1: no matching entries in passwd file"),
        ("0x0", "unable to find user 0x0: no matching entries in passwd file"),
        ("1e3", "unable to find user 1e3: no matching entries in passwd file"),
        ("bad", "unable to find user bad: no matching entries in passwd file"),
        ("nobody", "unable to find user nobody: no matching entries in passwd file"),
        ("app:none", "unable to find group none: no matching entries in group file"),
        ("app:4294967296", "group id 4294967296 is not between 0 and 2147483647"),
        ("a:b:c", "invalid USER value \"a:b:c\": more than one colon"),
    ])
    func imageUsersRefused(written: String, message: String) throws {
        let error = #expect(throws: ResolveError.self) { try user(written) }
        #expect(error?.reason == .createContainerError && error?.message == message)
    }

    /// securityContext before the image, the container's before the pod's (attacks C4).
    @Test(arguments: [
        ("{runAsUser: 1000}", "{}", "1000:2000 44,50,2000"),
        ("{runAsUser: 1000, runAsGroup: 3000}", "{}", "1000:3000 44,50,3000"),
        (
            "{}", "{runAsUser: 1000, runAsGroup: 3000, fsGroup: 2000, supplementalGroups: [4000]}",
            "1000:3000 44,50,2000,3000,4000"
        ),
        ("{runAsUser: 1}", "{runAsUser: 1000}", "1:1 1,50"),
        ("{runAsGroup: 9}", "{}", "4711:9 9"),
        ("{runAsUser: 1000}", "{supplementalGroupsPolicy: Strict, supplementalGroups: [4000]}", "1000:2000 2000,4000"),
        ("{runAsUser: 99}", "{}", "99:0 0"),
    ])
    func contextUsers(container: String, pod: String, expected: String) throws {
        #expect(try user("4711:50", context: container, pod: pod) == expected)
    }

    private static let place = "pod: \"web_default(\(Sample.uid))\", container: app"

    @Test(arguments: [
        ("", "{}", "container has runAsNonRoot and image will run as root (\(place))"),
        (
            "root", "{}",
            "container has runAsNonRoot and image has non-numeric user (root), cannot verify user is non-root (\(place))"
        ),
        (
            "app", "{}",
            "container has runAsNonRoot and image has non-numeric user (app), cannot verify user is non-root (\(place))"
        ),
        ("0:5", "{}", "container has runAsNonRoot and image will run as root (\(place))"),
        ("1000", "{runAsUser: 0}", "container's runAsUser breaks non-root policy (\(place))"),
    ])
    func nonRootIsEnforced(imageUser: String, context: String, message: String) throws {
        let error = #expect(throws: ResolveError.self) {
            try user(imageUser, context: context, pod: "{runAsNonRoot: true}")
        }
        #expect(error?.reason == .createContainerConfigError && error?.message == message)
    }

    @Test func nonRootAllows() throws {
        #expect(try user("1000", pod: "{runAsNonRoot: true}") == "1000:2000 44,50,2000")
        #expect(try user("root", context: "{runAsUser: 5}", pod: "{runAsNonRoot: true}") == "5:0 0")
        #expect(try user("root", context: "{runAsNonRoot: false}", pod: "{runAsNonRoot: true}") == "0:0 0,10")
    }

    /// A hostile image's databases are data: skipped where they make no sense, never slow (attacks C7).
    @Test func hostileDatabases() {
        let long = String(repeating: "x", count: 70_000)
        let database = UserDatabase(
            passwd:
                "\(long):x:5:5::/:\n#c:x:6:6::/:\n:x:7:7::/:\nnul\0:x:8:8::/:\nshort:x\nok:x:9:9::/h:/s\nok:x:0:0::/:\n",
            group: "g:x:notanumber:ok\nh:x:4:ok,,ok\r\n")
        #expect(database.users.map(\.name) == ["ok", "ok"])
        #expect(database.user(named: "ok") == UserDatabase.User(name: "ok", uid: 9, gid: 9, home: "/h"))
        #expect(database.groups.map(\.gid) == [4])
    }
}
