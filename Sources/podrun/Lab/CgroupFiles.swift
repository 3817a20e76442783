import PodLinux
import PodPlanning

/// The files of one cgroup, as the kernel has them at the moment.
struct CgroupFiles {
    let directory: String

    /// The cgroup of a process; nil when there is none in the v2 hierarchy.
    init?(of process: Int32) {
        guard let root = CgroupSupport.detect().root, let text = KernelProcess.text(process, "cgroup"),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("0::/") })
        else { return nil }
        directory = root + line.dropFirst("0::".count)
    }

    /// Empty when there is no such file.
    func text(_ file: String) -> String { (try? FileBytes.line("\(directory)/\(file)")) ?? "" }

    func number(_ file: String) -> Int64? { Int64(text(file)) }

    /// A line of a file of names and numbers; 0 without one.
    func counter(_ name: String, of file: String) -> Int64 {
        let line = text(file).split(separator: "\n").first { $0.hasPrefix(name + " ") }
        return line?.split(separator: " ").last.flatMap { Int64($0) } ?? 0
    }

    /// Whether a process is in it.
    var isPopulated: Bool { counter("populated", of: "cgroup.events") > 0 }
}
