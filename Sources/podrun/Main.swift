import Glibc
import PodPlanning
import PodRuntime

@main
@MainActor
struct Podrun {
    static func main() {
        exit(run(Array(CommandLine.arguments.dropFirst())))
    }

    /// - Returns: the exit code.
    private static func run(_ arguments: [String]) -> Int32 {
        openStandardDescriptors()
        // A closed stdout ends a command quietly; see Console.
        signal(SIGPIPE, SIG_IGN)
        do {
            let invocation = try CommandLineParser.parse(arguments)
            guard geteuid() == 0 || !invocation.command.needsRoot else {
                // Not all of them: a value that create was given may be a secret.
                throw CommandFailure("podrun needs root for this; try: sudo podrun \(arguments.first ?? "") ...")
            }
            return try Verbs(directories: invocation.directories).run(invocation.command)
        } catch let error as UsageError {
            Console.warn("error: \(error)")
            Console.warn("See 'podrun \(error.verb.isEmpty ? "" : error.verb + " ")--help' for usage.")
            return 2
        } catch let error as CommandFailure {
            if !error.message.isEmpty { Console.warn(error.text) }
            return error.exitCode
        } catch is Console.OutputClosed {
            return 0
        } catch {
            Console.warn("error: \(error)")
            return 1
        }
    }

    /// Descriptors 0, 1 and 2 that the caller closed: the next file opened must not become stdout.
    private static func openStandardDescriptors() {
        for descriptor in 0...2 where fcntl(Int32(descriptor), F_GETFD) < 0 {
            // The lowest free number is this one.
            _ = open("/dev/null", O_RDWR)
        }
    }
}

/// A command that could not do what it should.
struct CommandFailure: Error, Equatable {
    /// Lines for stderr; empty when everything was said.
    var message: String
    var exitCode: Int32

    init(_ message: String, exitCode: Int32 = 1) {
        self.message = message
        self.exitCode = exitCode
    }

    /// Nothing but that the server has no such object.
    var isNotFound: Bool {
        message.split(separator: "\n").allSatisfy { $0.hasPrefix("Error from server (NotFound)") }
    }

    /// As kubectl: what the server said stands for itself, everything else is an error.
    var text: String {
        if message.hasPrefix("Error from server") { return message }
        return message.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.hasPrefix("error: ") || $0.hasPrefix(" ") ? String($0) : "error: " + $0 }
            .joined(separator: "\n")
    }
}
