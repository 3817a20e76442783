import Glibc
import Testing

@testable import PodLinux
@testable import PodPlanning

@Suite struct HostTests {
    @Test(arguments: [
        ("6.1.0-18-cloud-amd64", true), ("5.14.0", true), ("5.13.19", false), ("4.19.0-26", false), ("10.0", true),
        ("", false), ("x.y", false),
    ])
    func kernelIsNewEnough(_ release: String, _ isOK: Bool) {
        #expect((HostCheck.kernel(release).verdict == .ok) == isOK)
    }

    @Test func missingControllersAreNamedWithTheirRemedy() {
        let rows = HostCheck.cgroups(CgroupSupport(root: "/x", controllers: ["memory"], isUnified: false))
        #expect(rows.map(\.verdict) == [.ok, .ok, .limited, .ok, .limited])
        #expect(rows[2].remedy == "boot with systemd.unified_cgroup_hierarchy=1")
        #expect(HostCheck.cgroups(.none).map(\.verdict) == [.missing])
    }

    @Test func thisHostIsDescribed() {
        let rows = HostCheck.rows()
        #expect(rows.allSatisfy { ($0.verdict == .ok) == $0.remedy.isEmpty && !$0.found.isEmpty })
        let began = Clock.monotonic()
        let node = HostFacts.read()
        print("host: facts read in \(Clock.monotonic().nanoseconds(since: began) / 1000) us")
        #expect(node.memoryBytes > 0 && node.cpuCount > 0 && node.lastCapability >= 37)
        #expect(HostFacts.bootID().count == 36)
    }
}
