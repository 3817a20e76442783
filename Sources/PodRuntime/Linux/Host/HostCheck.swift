import CShim
import Glibc
import PodPlanning

/// What podrun needs of a host, looked for and named: the rows of `podrun system info`. Changes nothing.
package enum HostCheck {
    package struct Row: Equatable, Sendable {
        package enum Verdict: Equatable, Sendable {
            case ok
            /// Some pods can't run, or not with all their limits.
            case limited
            /// No pod can run.
            case missing
        }

        package var name: String
        package var found: String
        package var verdict: Verdict
        /// What to do about it; empty where nothing is missing.
        package var remedy: String

        init(_ name: String, _ found: String, _ verdict: Verdict = .ok, remedy: String = "") {
            self.name = name
            self.found = found
            self.verdict = verdict
            self.remedy = verdict == .ok ? "" : remedy
        }
    }

    package static func rows() -> [Row] {
        let release = kernelRelease()
        return [kernel(release)] + cgroups(CgroupSupport.detect())
            + [("overlay", "overlayfs"), ("tmpfs", ""), ("mqueue", "")].map { fileSystem($0, module: $1, release) }
            + [seccomp(), deviceFilter(), nftables(), podNetwork(), userNamespaces()]
    }

    static func kernelRelease() -> String {
        var system = utsname()
        uname(&system)
        return withUnsafeBytes(of: &system.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// 6.1 is what podrun is tested with; the newest calls it makes (cgroup.kill, mount_setattr) came with 5.14.
    static func kernel(_ release: String) -> Row {
        Row(
            "Kernel", release, isAtLeast(5, 14, release) ? .ok : .missing,
            remedy: "install Linux 5.14 or newer (Debian 12 has 6.1)")
    }

    static func isAtLeast(_ major: Int, _ minor: Int, _ release: String) -> Bool {
        let numbers = release.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
        return numbers.count == 2 && (numbers[0], numbers[1]) >= (major, minor)
    }

    static func cgroups(_ support: CgroupSupport) -> [Row] {
        let unify = "boot with systemd.unified_cgroup_hierarchy=1"
        guard let root = support.root else {
            let remedy = "mount -t cgroup2 none /sys/fs/cgroup/unified, or \(unify)"
            return [Row("Cgroups", "missing: no version 2 hierarchy, so pods are refused", .missing, remedy: remedy)]
        }
        let place = "version 2 at \(root)" + (support.isUnified ? "" : ", beside version 1")
        return [Row("Cgroups", place), Row("Cgroup driver", support.driverFacts.text)]
            + ["cpu", "memory", "pids"].map { name in
                let isThere = support.controllers.contains(name)
                return Row(
                    "Controller \(name)", isThere ? "ok" : "missing: pods with \(name) limits are refused",
                    isThere ? .ok : .limited, remedy: support.isUnified ? "boot with cgroup_enable=\(name)" : unify)
            }
    }

    /// There when the kernel has it, or a module of it that the first mount loads.
    private static func fileSystem(_ name: String, module: String, _ release: String) -> Row {
        let known = (try? FileBytes.read("/proc/filesystems")) ?? []
        let isThere =
            String(decoding: known, as: UTF8.self).split(whereSeparator: \.isWhitespace).contains { $0 == name }
            || !module.isEmpty && access("/lib/modules/\(release)/kernel/fs/\(module)", F_OK) == 0
        return Row(
            "File system \(name)", isThere ? "ok" : "missing", isThere ? .ok : .missing,
            remedy: "modprobe \(name), or a kernel that has it")
    }

    private static func seccomp() -> Row {
        let actions = (try? FileBytes.line("/proc/sys/kernel/seccomp/actions_avail")) ?? ""
        let isThere = actions.split(separator: " ").contains("errno")
        return Row(
            "Seccomp", isThere ? "ok" : "missing", isThere ? .ok : .missing,
            remedy: "a kernel with CONFIG_SECCOMP_FILTER")
    }

    private static func deviceFilter() -> Row {
        let name = "Device filter"
        do throws(SyscallError) {
            let code = DeviceFilter.instructions(for: [])
            _ = Descriptor(try check("load device filter") { podrun_device_filter_load(code, code.count) })
            return Row(name, "ok")
        } catch  where error.errno == EPERM && geteuid() != 0 {
            return Row(name, "only root can tell")
        } catch {
            return Row(name, "missing: \(error.cause)", .missing, remedy: "a kernel with CONFIG_CGROUP_BPF")
        }
    }

    private static func nftables() -> Row {
        guard let library = dlopen(NFTLibrary.name, RTLD_LAZY | RTLD_LOCAL) else {
            return Row("nftables", "\(NFTLibrary.name) is missing", .missing, remedy: "apt-get install libnftables1")
        }
        defer { dlclose(library) }
        // Opens the kernel's side, and loads its module where that is not built in.
        let socket = Glibc.socket(AF_NETLINK, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 12)
        guard socket >= 0 else {
            return Row("nftables", "not in this kernel", .missing, remedy: "modprobe nf_tables")
        }
        close(socket)
        return Row("nftables", loadedLibrary() ?? "ok")
    }

    /// Of the library that is loaded: the name of the file behind its links, `libnftables.so.1.1.0`.
    private static func loadedLibrary() -> String? {
        let maps = String(decoding: (try? FileBytes.read("/proc/self/maps")) ?? [], as: UTF8.self)
        return maps.split(separator: "\n").first { $0.contains("/libnftables.so") }?.split(separator: "/").last.map(
            String.init)
    }

    /// Whatever of bridges, veth, nft's expressions and concatenations a kernel lacks: made once where nobody sees it.
    private static func podNetwork() -> Row {
        let name = "Pod network"
        do {
            try PodNetwork.tryOut()
            return Row(name, "ok")
        } catch let error as SyscallError where error.errno == EPERM && geteuid() != 0 {
            return Row(name, "only root can tell")
        } catch {
            return Row(
                name, "missing: \(error)", .missing,
                remedy:
                    "a kernel with CONFIG_BRIDGE, CONFIG_VETH, CONFIG_NFT_NAT, CONFIG_NFT_MASQ, CONFIG_NFT_FIB_IPV4 and "
                    + "CONFIG_NF_TABLES_BRIDGE")
        }
    }

    private static func userNamespaces() -> Row {
        let problem = UserNamespace.problem()
        return Row(
            "User namespaces", problem == nil ? "ok" : "missing: pods with hostUsers: false are refused",
            problem == nil ? .ok : .limited, remedy: "hostUsers: false \(problem ?? "")")
    }
}
