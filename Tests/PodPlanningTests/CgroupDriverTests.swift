import Testing

@testable import PodPlanning

@Suite struct CgroupDriverTests {
    private func facts(systemd: Bool = true, unified: Bool = true, atRoot: Bool = false) -> CgroupDriver.Facts {
        CgroupDriver.Facts(hasSystemd: systemd, isUnified: unified, hasTreeAtRoot: atRoot)
    }

    @Test func systemdMakesThePlaceWhereItCanAndNoTreeIsAtTheRoot() {
        #expect(CgroupDriver(facts()) == .systemd)
        #expect(CgroupDriver(facts(systemd: false)) == .cgroupfs)
        #expect(CgroupDriver(facts(unified: false)) == .cgroupfs)
        #expect(CgroupDriver(facts(atRoot: true)) == .cgroupfs)
    }

    @Test func whyTheTreeIsAtTheRootIsTold() {
        #expect(facts().text == "systemd: pods are in podrun.slice/podrun-pods.service")
        #expect(facts(systemd: false).text == "cgroupfs: pods are in podrun")
        #expect(facts(unified: false).text.hasSuffix("systemd can't delegate the controllers of version 1"))
        #expect(facts(atRoot: true).text.hasSuffix("until the next boot"))
    }

    @Test func theTreeIsWhereTheDriverSays() {
        var support = Sample.unified
        #expect(support.parent == "/sys/fs/cgroup")
        support.driver = .systemd
        #expect(support.parent == "/sys/fs/cgroup/podrun.slice/podrun-pods.service")
        #expect(CgroupSupport.none.parent == nil)
    }

    /// Without one of these systemd stops every pod when one of them runs out of memory, or the holder ends.
    @Test func theUnitOutlivesItsProcesses() {
        let command = PodsUnit.command(root: "/sys/fs/cgroup")
        for property in ["Delegate=yes", "GuessMainPID=no", "OOMPolicy=continue", "TasksMax=infinity"] {
            #expect(command.contains("--property=\(property)"))
        }
        #expect(command.last == "/sys/fs/cgroup/podrun.slice/podrun-pods.service/holder")
    }
}
