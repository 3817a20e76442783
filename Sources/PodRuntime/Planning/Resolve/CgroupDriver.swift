/// Who makes the directory that podrun's tree of cgroups is in.
package enum CgroupDriver: String, Codable, Sendable {
    /// Nobody: the tree is at the root of the hierarchy.
    case cgroupfs
    /// systemd, with a unit that is delegated: ``PodsUnit``.
    case systemd

    package struct Facts: Sendable {
        /// systemd is process 1, and its cgroups are seen from their root.
        package var hasSystemd: Bool
        /// No v1 hierarchy holds controllers back.
        package var isUnified: Bool
        package var hasTreeAtRoot: Bool

        package init(hasSystemd: Bool, isUnified: Bool, hasTreeAtRoot: Bool) {
            self.hasSystemd = hasSystemd
            self.isUnified = isUnified
            self.hasTreeAtRoot = hasTreeAtRoot
        }
    }

    /// The same for all agents and commands until the next boot: a tree at the root stays in use, whether an older podrun
    /// made it or an agent for which systemd did not start the unit.
    package init(_ facts: Facts) {
        self = facts.hasSystemd && facts.isUnified && !facts.hasTreeAtRoot ? .systemd : .cgroupfs
    }
}

extension CgroupDriver.Facts {
    /// For `podrun system info`: the driver, where pods are and, where that is not plain, why.
    package var text: String {
        switch CgroupDriver(self) {
        case .systemd: return "systemd: pods are in \(PodsUnit.path)"
        case .cgroupfs where !hasSystemd: return "cgroupfs: pods are in \(CgroupPlan.treeName)"
        case .cgroupfs:
            let why =
                isUnified
                ? "the tree is there since \(PodsUnit.name) could not be started or an older podrun ran, until the next boot"
                : "systemd can't delegate the controllers of version 1"
            return "cgroupfs: pods are in \(CgroupPlan.treeName): \(why)"
        }
    }
}

/// The transient unit of systemd in whose cgroup podrun's tree is, from the first agent of a boot on, whoever started that.
///
/// Only services and scopes can be delegated, and systemd takes the cgroup of one away that has no process: a process
/// that does nothing holds it, in a leaf of its own, because controllers can be enabled only above cgroups without
/// processes. It makes the leaf and moves there before systemd counts the unit as started.
package enum PodsUnit {
    package static let name = "podrun-pods.service"
    /// Relative to the root of the hierarchy.
    package static let path = "podrun.slice/" + name
    /// Leaf of the process that holds the unit. Empty as soon as somebody stops the unit.
    package static let holderPath = path + "/holder"

    /// What starts it.
    ///
    /// - Parameter root: where the hierarchy is mounted.
    package static func command(root: String) -> [String] {
        let hold = #"mkdir -p "$1" && echo 0 >"$1/cgroup.procs" && { sleep infinity & }"#
        let properties = [
            "Description=podrun's pods", "Slice=podrun.slice", "Type=forking", "Delegate=yes",
            // Its end is that of the last process, not of the holder.
            "GuessMainPID=no",
            // The kernel's kill of one container is not the end of all; nor do they share the limit of a service.
            "OOMPolicy=continue", "TasksMax=infinity", "OOMScoreAdjust=-1000",
            // A pod's usual grace period: the host's shutdown waits no longer for what ignores SIGTERM.
            "TimeoutStopSec=30",
            // The agent goes first at a shutdown: it must not start again what is stopped.
            "Before=podrun.service",
        ]
        return ["systemd-run", "--quiet", "--collect", "--unit=\(name)"] + properties.map { "--property=\($0)" }
            + ["/bin/sh", "-c", hold, name, "\(root)/\(holderPath)"]
    }
}
