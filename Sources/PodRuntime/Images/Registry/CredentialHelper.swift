import Glibc
import PodLinux
import PodModel

/// Runs `docker-credential-NAME get`: the server's name goes in on stdin, never into argv, the login comes out on stdout.
enum CredentialHelper {
    private static let longestSeconds = 60.0
    private static let outputBytes = 64 << 10

    private struct Answer: Decodable {
        var Username: String
        var Secret: String
    }

    /// nil when the helper knows no login for this server.
    /// - Throws: ``ImageError`` `host`.
    static func credential(name: String, server: String) throws -> RegistryCredential? {
        let isName = name.utf8.allSatisfy {
            (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || "-_.".utf8.contains($0)
        }
        guard isName, !name.isEmpty else { throw ImageError(.host, "bad name of a credential helper: \"\(name)\"") }
        return try credential(program: "docker-credential-\(name)", server: server)
    }

    static func credential(program: String, server: String) throws -> RegistryCredential? {
        let (status, output) = try run(program, input: server)
        guard status == 0 else {
            let words = Printable.text(String(decoding: output, as: UTF8.self), limit: 200)
            if words.lowercased().contains("credentials not found") { return nil }
            throw ImageError(.host, "run credential helper \"\(program)\" for \"\(server)\": \(words)")
        }
        guard let answer = try? JSON.decode(Answer.self, from: output) else {
            throw ImageError(.host, "run credential helper \"\(program)\" for \"\(server)\": its answer is not JSON")
        }
        if answer.Secret.isEmpty { return nil }
        // Docker's sign that the secret is an identity token.
        if answer.Username == "<token>" { return RegistryCredential(identityToken: answer.Secret) }
        return RegistryCredential(user: answer.Username, password: answer.Secret)
    }

    /// - Returns: wait status and stdout.
    private static func run(_ program: String, input: String) throws -> (status: Int32, output: [UInt8]) {
        let standardInput = try Descriptor.pipe()
        let standardOutput = try Descriptor.pipe()
        // Into the pipe before anybody reads: it fits, and nobody can be gone meanwhile (SIGPIPE).
        let text = Array(input.utf8.prefix(4096))
        try check("write to", program) { write(standardInput.write.raw, text, text.count) }
        standardInput.write.close()
        let pid = try spawn(program, input: standardInput.read.raw, output: standardOutput.write.raw)
        standardInput.read.close()
        standardOutput.write.close()
        var output: [UInt8] = []
        var failure: ImageError?
        do throws(ImageError) {
            output = try read(standardOutput.read.raw, program)
        } catch {
            failure = error
            kill(pid, SIGKILL)
        }
        var status: Int32 = 0
        try check("wait for", program) { waitpid(pid, &status, 0) }
        if let failure { throw failure }
        return (status, output)
    }

    private static func read(_ fd: Int32, _ program: String) throws(ImageError) -> [UInt8] {
        let deadline = Clock.monotonic().advanced(bySeconds: longestSeconds)
        var output: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 4096)
        while true {
            let left = deadline.nanoseconds(since: Clock.monotonic()) / 1_000_000
            var poller = pollfd(fd: fd, events: Int16(POLLIN), revents: 0)
            guard left > 0, poll(&poller, 1, Int32(left)) >= 0 else {
                throw ImageError(.host, "run credential helper \"\(program)\": no answer in \(Int(longestSeconds)) s")
            }
            if poller.revents == 0 { continue }
            let count = Glibc.read(fd, &block, block.count)
            if count <= 0 { return output }
            output += block.prefix(count)
            if output.count > outputBytes {
                throw ImageError(
                    .host, "run credential helper \"\(program)\": more than \(outputBytes) bytes of output")
            }
        }
    }

    private static func spawn(_ program: String, input: Int32, output: Int32) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var pid: pid_t = 0
        let error = CStrings.with([program, "get"]) { posix_spawnp(&pid, program, &actions, nil, $0, environ) }
        guard error == 0 else {
            throw ImageError(.host, "run credential helper \"\(program)\": \(SyscallError.text(of: error))")
        }
        return pid
    }
}
