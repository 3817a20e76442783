import Testing

@testable import PodPlanning

@Suite struct CapabilityTests {
    private func masks(_ context: String) throws -> String {
        let identity = try Sample.resolve(Sample.container("securityContext: \(context)")).identity
        return "\(identity.permitted.hexadecimal) \(identity.bounding.hexadecimal)"
    }

    @Test(arguments: [
        ("{}", "00000000a80425fb 00000000a80425fb"),
        ("{runAsUser: 1000}", "0000000000000000 00000000a80425fb"),
        ("{capabilities: {drop: [ALL]}}", "0000000000000000 0000000000000000"),
        ("{capabilities: {drop: [all], add: [NET_BIND_SERVICE]}}", "0000000000000400 0000000000000400"),
        ("{capabilities: {add: [CAP_SYS_TIME]}}", "00000000aa0425fb 00000000aa0425fb"),
        ("{capabilities: {add: [sys_time], drop: [Sys_Time]}}", "00000000a80425fb 00000000a80425fb"),
        ("{capabilities: {add: [ALL], drop: [SYS_ADMIN]}}", "000001ffffdfffff 000001ffffdfffff"),
        ("{privileged: true}", "000001ffffffffff 000001ffffffffff"),
    ])
    func sets(context: String, expected: String) throws {
        #expect(try masks(context) == expected)
    }

    @Test func unknownNamesAreRefused() throws {
        let error = #expect(throws: ResolveError.self) { try masks("{capabilities: {add: [NET_ADMINN]}}") }
        #expect(error?.reason == .createContainerError && error?.message == "unknown capability \"NET_ADMINN\"")
    }

    @Test func namesFollowNumbers() {
        #expect(CapabilitySet(rawValue: 1 << 21 | 1).capabilityNames == ["CAP_CHOWN", "CAP_SYS_ADMIN"])
        #expect(CapabilitySet.all(last: 40).rawValue == 0x1ff_ffff_ffff)
    }
}
