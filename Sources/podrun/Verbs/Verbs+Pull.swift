import PodImages
import PodLinux
import PodModel
import PodPlanning
import PodRuntime

extension Verbs {
    /// - Parameter secrets: a pod's, which come before the host's logins.
    func pull(_ options: PullOptions, secrets: [PullSecret] = []) throws -> Int32 {
        let platform = try options.platform.map(platform) ?? .current
        let credentials = try options.credentials.map(credentials)
        for image in options.images { _ = try reference(image, verb: "pull") }
        var code: Int32 = 0
        for image in options.images {
            let display = PullDisplay(options)
            do {
                let pull = RegistryPull(
                    store: images, platform: platform,
                    configuration: try RegistryConfiguration.read { Console.warn("Warning: \($0)") },
                    credentials: try credentials ?? RegistryCredentials.read().preceded(by: secrets),
                    progress: display.take)
                let pulled = try pull.run(image)
                try display.finish(pulled.reference, pulled.image)
                try images.flushInBackground()
            } catch let error as Console.OutputClosed {
                throw error
            } catch {
                // Whatever it is: the agent learns of it from this line alone.
                try display.fail(image, error)
                code = 1
            }
        }
        return code
    }

    private func platform(_ text: String) throws -> HostPlatform {
        guard let platform = HostPlatform(text) else {
            throw UsageError("invalid value \"\(text)\" for --platform: OS/ARCH or OS/ARCH/VARIANT", verb: "pull")
        }
        return platform
    }

    /// Asks for the password that is missing.
    private func credentials(_ text: String) throws -> RegistryCredentials {
        if text.contains(":") { return try RegistryCredentials(commandLine: text) }
        guard let password = try Password.ask("Password for \(text): ") else {
            throw UsageError("--creds needs USER:PASSWORD where there is no terminal to ask on", verb: "pull")
        }
        return try RegistryCredentials(commandLine: "\(text):\(password)")
    }

    // MARK: - For the agent

    /// What a child of the agent does; its output is lines of JSON.
    func worker(_ arguments: [String]) throws -> Int32 {
        switch arguments.first {
        case "pull":
            guard arguments.count == 2 else { throw UsageError("worker pull needs an IMAGE", verb: "worker") }
            // By stdin: what is in argv or the environment can be read by others.
            let input = try FileBytes.read(Descriptor(0), path: "stdin", limit: 256 << 20)
            let secrets = try input.isEmpty ? [] : JSON.decode([PullSecret].self, from: input)
            return try pull(PullOptions(images: [arguments[1]], json: true), secrets: secrets)
        case "gc":
            try images.collectGarbage(keeping: Set(arguments.dropFirst()))
            return 0
        case "usage":
            return UsageWorker.run(Array(arguments.dropFirst()))
        case "own":
            guard arguments.count == 3, let group = UInt32(arguments[1]) else {
                throw UsageError("worker own needs a GROUP and a DIRECTORY", verb: "worker")
            }
            return OwnershipWorker.run(group: group, arguments[2])
        case "remove":
            guard arguments.count == 2 else { throw UsageError("worker remove needs a DIRECTORY", verb: "worker") }
            return try TrashWorker.run(arguments[1])
        default:
            if let code = PullWorker.run(arguments) { return code }
            throw UsageError("unknown worker \"\(arguments.first ?? "")\"", verb: "worker")
        }
    }
}
