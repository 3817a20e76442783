import CShim
import Glibc
import PodModel
import PodPlanning

/// Reads what planning has to know about this host.
package enum HostFacts {
    /// Well under a millisecond; the agent reads it once.
    package static func read() -> NodeFacts {
        var name = utsname()
        uname(&name)
        let hostName = withUnsafeBytes(of: &name.nodename) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        let capabilities = heldCapabilities()
        let hugePages = hugePages()
        var cgroup = CgroupSupport.detect()
        cgroup.hugePages = hugePages.keys.sorted()
        return NodeFacts(
            hostName: hostName,
            memoryBytes: Int64(sysconf(Int32(_SC_PHYS_PAGES))) * Int64(sysconf(Int32(_SC_PAGESIZE))),
            cpuCount: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))), cgroup: cgroup,
            lastCapability: Int(line("/proc/sys/kernel/cap_last_cap")) ?? 40, heldCapabilities: capabilities ?? .max,
            // CAP_SYS_RESOURCE
            canRaiseLimits: (capabilities ?? 0) >> 24 & 1 == 1,
            hasAppArmor: line("/sys/module/apparmor/parameters/enabled") == "Y",
            nofileHardLimit: UInt64(limit.rlim_max), resolvConf: resolvConf(), hostIP: address(),
            diskBytes: diskBytes(HostPaths().dataDirectory), hugePages: hugePages)
    }

    /// Sizes of which the host keeps pages now; a kubelet, too, must be started again to see others.
    private static func hugePages() -> [String: Int64] {
        let directory = "/sys/kernel/mm/hugepages"
        var bytes: [String: Int64] = [:]
        for name in (try? Directory(directory).names()) ?? [] {
            // hugepages-2048kB
            guard let kibibytes = name.split(separator: "-").last.flatMap({ Int64($0.dropLast(2)) }),
                let count = Int64(line("\(directory)/\(name)/nr_hugepages")), count > 0
            else { continue }
            let size = Quantity(value: kibibytes << 10, format: .binarySI).text
            bytes["hugepages-\(size)"] = count * kibibytes << 10
        }
        return bytes
    }

    /// Changes with every boot: what an earlier boot wrote is not believed.
    package static func bootID() -> String { line("/proc/sys/kernel/random/boot_id") }

    private static func line(_ path: String) -> String { (try? FileBytes.line(path)) ?? "" }

    /// The first IPv4 address that is neither loopback nor of podrun's bridge; loopback where there is no other.
    private static func address() -> String {
        let found = addresses().first { $0.flags & UInt32(IFF_LOOPBACK) == 0 && $0.link != PodNetwork.bridgeName }
        return (found?.address ?? .loopback).description
    }

    /// Every IPv4 address, with its link and the link's flags (IFF_UP, ...).
    package static func addresses() -> [(link: String, flags: UInt32, address: IPv4Address)] {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return [] }
        defer { freeifaddrs(list) }
        var found: [(link: String, flags: UInt32, address: IPv4Address)] = []
        var next = list
        while let entry = next?.pointee {
            next = entry.ifa_next
            guard let address = entry.ifa_addr, Int32(address.pointee.sa_family) == AF_INET else { continue }
            let bits = address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { $0.pointee.sin_addr.s_addr }
            found.append(
                (
                    String(cString: entry.ifa_name), entry.ifa_flags, IPv4Address(rawValue: UInt32(bigEndian: bits))
                ))
        }
        return found
    }

    /// Size of the file system of `path`, or of the nearest parent that exists.
    private static func diskBytes(_ path: String) -> Int64 {
        var status = statvfs()
        if statvfs(path, &status) == 0 { return Int64(status.f_blocks) * Int64(status.f_frsize) }
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return 0 }
        return diskBytes(String(path[..<slash]))
    }

    /// The effective set.
    private static func heldCapabilities() -> UInt64? {
        let status = (try? FileBytes.read("/proc/self/status")) ?? []
        let lines = String(decoding: status, as: UTF8.self).split(separator: "\n")
        return lines.first { $0.hasPrefix("CapEff:") }?.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) }
    }

    /// The host's /etc/hosts; "" where there is none.
    package static func hosts() -> String { text("/etc/hosts") ?? "" }

    /// A loopback resolver can't be reached from a pod: the file behind systemd-resolved says where it asks.
    private static func resolvConf() -> String {
        let own = text("/etc/resolv.conf") ?? ""
        guard own.contains("127.0.0.53") else { return own }
        return text("/run/systemd/resolve/resolv.conf") ?? own
    }

    private static func text(_ path: String) -> String? {
        (try? FileBytes.read(path, limit: 10 << 20)).map { String(decoding: $0, as: UTF8.self) }
    }
}

extension CgroupSupport {
    /// Where cgroup v2 is mounted and what it offers there: the whole of /sys/fs/cgroup, or systemd's hybrid place.
    package static func detect() -> CgroupSupport {
        let mounts = String(decoding: (try? FileBytes.read("/proc/self/mounts")) ?? [], as: UTF8.self)
        for mount in mounts.split(separator: "\n") {
            let fields = mount.split(separator: " ")
            guard fields.count > 2, fields[2] == "cgroup2" else { continue }
            let root = String(fields[1])
            let controllers = (try? FileBytes.line(root + "/cgroup.controllers")) ?? ""
            var support = CgroupSupport(
                root: root, controllers: Set(controllers.split(separator: " ").map(String.init)),
                isUnified: !mounts.split(separator: "\n").contains {
                    $0.split(separator: " ").dropFirst(2).first == "cgroup"
                })
            support.driver = CgroupDriver(support.driverFacts)
            return support
        }
        return .none
    }

    /// sd_booted(3); and `init.scope` is where systemd itself is, but not in a cgroup namespace below it.
    var driverFacts: CgroupDriver.Facts {
        func isThere(_ path: String) -> Bool { access(path, F_OK) == 0 }
        return CgroupDriver.Facts(
            hasSystemd: isThere("/run/systemd/system/") && isThere("\(root ?? "")/init.scope"), isUnified: isUnified,
            hasTreeAtRoot: isThere("\(root ?? "")/\(CgroupPlan.treeName)"))
    }
}
