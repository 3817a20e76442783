import CShim
import Glibc
import PodPlanning

/// The device nodes of this host.
package enum HostDevices {
    /// /dev/bus/usb/001 is the deepest that hosts have.
    private static let deepest = 4

    /// All below /dev, by name, links left out; what goes away meanwhile is not there.
    package static func read() -> [HostDevice] {
        var devices: [HostDevice] = []
        collect("", depth: 0, into: &devices)
        return devices.sorted { $0.name < $1.name }
    }

    private static func collect(_ parent: String, depth: Int, into devices: inout [HostDevice]) {
        for entry in (try? Directory("/dev/" + parent).names()) ?? [] {
            let name = parent.isEmpty ? entry : "\(parent)/\(entry)"
            var status = stat()
            guard lstat("/dev/" + name, &status) == 0 else { continue }
            switch status.st_mode & S_IFMT {
            case S_IFDIR:
                if depth < deepest, !HostDevice.ownDirectories.contains(name) {
                    collect(name, depth: depth + 1, into: &devices)
                }
            case S_IFCHR, S_IFBLK:
                devices.append(
                    HostDevice(
                        name: name, mode: status.st_mode, number: UInt64(status.st_rdev), user: status.st_uid,
                        group: status.st_gid))
            default: continue
            }
        }
    }
}
