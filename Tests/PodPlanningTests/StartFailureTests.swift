import Glibc
import PodModel
import Testing

@testable import PodPlanning

@Suite struct StartFailureTests {
    private static func program(_ op: ChildOp) -> ChildProgram {
        ChildProgram(ops: [.keyring, op], cloneFlags: [], slotCount: 1)
    }

    private static func exec(_ path: String, search: String) -> ChildOp {
        .execute(arguments: [path], environment: [], searchPath: search)
    }

    @Test(arguments: [
        (exec("nope", search: "/bin"), ENOENT, "exec: \"nope\": executable file not found in $PATH"),
        (exec("/nope", search: ""), ENOENT, "exec: \"/nope\": no such file or directory"),
        (exec("data", search: "/bin"), EACCES, "exec: \"data\": permission denied"),
        (exec("./x", search: ""), ENOEXEC, "exec: \"./x\": exec format error"),
        (exec("./x", search: ""), ELIBACC, "exec: \"./x\": its interpreter: no such file or directory"),
        (exec("x", search: "/bin"), E2BIG, "exec: \"x\": argument list too long"),
        (
            .mount(root: Slot(0), target: "/proc", type: "proc", options: [], attributes: [], strict: true), EPERM,
            "mount proc on \"/proc\": operation not permitted"
        ),
        (
            .mount(root: Slot(0), target: "/dev", type: "tmpfs", options: [], attributes: [], strict: true), ELOOP,
            "mount tmpfs on \"/dev\": \"/dev\" must be an ordinary directory in the image"
        ),
        (
            .attach(
                root: Slot(0), target: "/link", source: Slot(0), attributes: [], propagation: .privateMount,
                recursive: false, strict: false), EPERM,
            "mount a volume on \"/link\": in the image that is a link into /proc or /sys, where no volume can be"
        ),
        (
            .workingDirectory("/proc/self/fd/8"), ELOOP,
            "change to working directory \"/proc/self/fd/8\": too many levels of symbolic links"
        ),
        (
            .openTreeBeneath(
                into: Slot(0), directory: Slot(0), path: "x", recursive: true, makes: true,
                volumeMount: "volumeMount \"v\" of container \"c\""), EXDEV,
            "failed to prepare subPath for volumeMount \"v\" of container \"c\""
        ),
        (.seccomp, EINVAL, "load the seccomp filter: invalid argument"),
        (.pivot(root: Slot(0)), ECANCELED, "change to the new root: the process was killed"),
    ])
    func messages(op: ChildOp, error: Int32, message: String) {
        #expect(StartFailure(program: Self.program(op), opIndex: 1, errno: error).message == message)
    }

    /// What `$(VAR)` stands for may be a secret.
    @Test func commandsOfVariablesAreShownAsWritten() {
        let op = ChildOp.execute(arguments: ["/bin/hunter2", "x"], environment: [], searchPath: "")
        func message(_ command: [String], _ args: [String] = []) -> String {
            let container = Container(name: "c", command: command, args: args)
            return StartFailure(program: Self.program(op), opIndex: 1, errno: ENOENT, container: container).message
        }
        #expect(message(["/bin/$(KEY)", "x"]) == "exec: \"/bin/$(KEY)\": no such file or directory")
        #expect(message([], ["$(KEY)", "x"]) == "exec: \"$(KEY)\": no such file or directory")
        #expect(message([], ["$(KEY)"]) == "exec: \"/bin/hunter2\": no such file or directory")
    }

    @Test func failuresBeforeClone() {
        let program = Self.program(.pivot(root: Slot(0)))
        #expect(
            StartFailure(program: program, opIndex: nil, errno: EAGAIN).message
                == "start the process: no more processes: a pids limit is reached")
        #expect(
            StartFailure(program: program, opIndex: 99, errno: ENOMEM).message
                == "start the process: cannot allocate memory")
    }
}
