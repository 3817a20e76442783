import Glibc
import PodLinux
import PodModel
import PodRuntime

/// The stream ended before what was copied did.
private struct BrokenCopy: Error, CustomStringConvertible {
    let description: String
}

extension Verbs {
    /// - Returns: 1 when something could not be copied, which was said.
    func copy(_ options: CopyOptions) throws -> Int32 {
        switch options.direction {
        case .fromPod(let path, let destination):
            var retries = options.retries
            while true {
                do {
                    return try copy(from: path, to: destination, options)
                } catch let broken as BrokenCopy where retries != 0 {
                    retries -= 1
                    Console.warn("warning: \(broken); trying again")
                }
            }
        case .toPod(let source, let path): return try copy(source, into: path, options)
        }
    }

    private func copy(from path: String, to destination: String, _ options: CopyOptions) throws -> Int32 {
        let (read, write) = try Descriptor.pipe()
        let session = try startCopier(["read", path], options, stdin: nil, stdout: write)
        var hasFailed = false
        var receiver = CopyReceiver(CopyStream(read), to: destination, sourceName: CopyName(lastOf: path)) { notice in
            switch notice {
            case .skippedLink(let path, let target):
                Console.warn("warning: skipping symlink: \"\(path)\" -> \"\(target)\"")
            case .skippedSpecial(let path): Console.warn("warning: skipping \"\(path)\": not a file, directory or link")
            case .failed(let error):
                hasFailed = true
                Console.warn("error: \(error)")
            }
        }
        try finish(session) { try receiver.run() }
        return hasFailed ? 1 : 0
    }

    private func copy(_ source: String, into path: String, _ options: CopyOptions) throws -> Int32 {
        guard access(source, F_OK) == 0 else { throw CommandFailure("\(source) doesn't exist in local filesystem") }
        let (input, toCopier) = try Descriptor.pipe()
        let (answer, output) = try Descriptor.pipe()
        let arguments = ["write", path] + (options.preserve ? [] : ["plain"])
        let session = try startCopier(arguments, options, stdin: input, stdout: output)
        try finish(session) {
            var failure: SyscallError?
            do {
                var sender = CopySender(toCopier)
                try sender.send(source) { Console.warn("warning: skipping \"\($0)\": not a file, directory or link") }
            } catch let error as SyscallError where error.errno == EPIPE {
                failure = error
            }
            toCopier.close()
            var stream = CopyStream(answer)
            switch try stream.next() {
            case .end: if let failure { throw failure }
            case .failed(let verb, let path, let errno):
                throw CopyError.refused(verb: verb, path: path, cause: SyscallError.text(of: errno))
            default: throw CopyError.malformed("what no copier sends")
            }
        }
        return 0
    }

    /// Has the copier run in the container, on the container's ends of the pipes, which are closed here.
    private func startCopier(
        _ arguments: [String], _ options: CopyOptions, stdin: DescriptorBox?, stdout: DescriptorBox
    ) throws -> ControlSession {
        let null = try Descriptor.open("/dev/null", O_RDWR)
        let session = try client.send(
            ControlRequest(
                verb: .copy, namespace: options.namespace, names: [options.pod],
                exec: ExecRequest(container: options.container ?? "", command: arguments, stdin: stdin != nil)),
            descriptors: [stdin?.raw ?? null.raw, stdout.raw, null.raw])
        stdin?.close()
        stdout.close()
        while true {
            let reply = try session.receive().reply
            switch reply.kind {
            case .started: return session
            case .warning: Console.warn("Warning: \(reply.message)")
            case .error: throw CommandFailure(reply)
            default: throw ControlError.lost
            }
        }
    }

    /// Copies; a stream that breaks off is explained by how the copier ended.
    private func finish(_ session: ControlSession, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch CopyError.truncated {
            while true {
                let reply = try session.receive().reply
                switch reply.kind {
                case .exited:
                    throw BrokenCopy(
                        description:
                            "\(CopyError.truncated): the copier in the container ended with \(reply.exitCode)")
                case .error: throw CommandFailure(reply)
                case .done: throw BrokenCopy(description: "\(CopyError.truncated)")
                default: break
                }
            }
        }
    }
}
