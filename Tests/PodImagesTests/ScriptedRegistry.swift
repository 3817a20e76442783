import Glibc
import PodLinux
import PodModel

@testable import PodImages

/// Tests/Fixtures/registry/scripted.py as a child, ended with this object.
final class ScriptedRegistry {
    struct Request: Codable {
        var method: String
        var path: String
        var host: String
        var body: String
        var authorization: String
        var range: String
    }

    static let blob = (0..<300_000).map { UInt8($0 * 7 % 251) }

    let host: String
    private let scratch: Scratch
    private let lifeline: DescriptorBox
    private let output: DescriptorBox
    private let pid: pid_t

    init() throws {
        scratch = try Scratch()
        let (input, output) = (try Descriptor.pipe(), try Descriptor.pipe())
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input.read.raw, 0)
        posix_spawn_file_actions_adddup2(&actions, output.write.raw, 1)
        let folder = "\(#filePath)".split(separator: "/").dropLast(2).joined(separator: "/")
        var pid: pid_t = 0
        let arguments = ["python3", "/\(folder)/Fixtures/registry/scripted.py", scratch.path + "/log"]
        let error = CStrings.with(arguments) { posix_spawnp(&pid, "python3", &actions, nil, $0, environ) }
        guard error == 0 else { throw SyscallError(call: "spawn", subject: "python3", errno: error) }
        self.pid = pid
        lifeline = input.write
        self.output = output.read
        output.write.close()
        var line = [UInt8](repeating: 0, count: 16)
        let count = try check("read") { read(output.read.raw, &line, line.count) }
        host = "127.0.0.1:" + String(decoding: line.prefix(count), as: UTF8.self).trimmedSpaces
    }

    deinit {
        lifeline.close()
        var status: Int32 = 0
        waitpid(pid, &status, 0)
    }

    var requests: [Request] {
        get throws {
            try (scratch.text("log") ?? "").split(separator: "\n").map {
                try JSON.decode(Request.self, from: Array($0.utf8))
            }
        }
    }

    static var impatient: TransferLimits {
        var limits = TransferLimits()
        limits.firstWait = 0.001
        limits.idleSeconds = 1
        return limits
    }

    func client(
        _ repository: String, credential: RegistryCredential? = nil, limits: TransferLimits = impatient
    ) throws -> RegistryClient {
        try RegistryClient(
            endpoint: RegistryEndpoint(host: host, repository: repository),
            credentials: RegistryCredentials(only: credential), limits: limits)
    }

    /// The blob as it arrives.
    func fetch(_ client: RegistryClient, size: Int64 = 300_000) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try client.blob(ContentDigest.of(Self.blob), size: size) { bytes += $0 }
        return bytes
    }
}
