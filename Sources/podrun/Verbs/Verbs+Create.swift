import Glibc
import PodLinux
import PodModel
import PodPlanning
import PodRuntime

extension Verbs {
    /// Bytes that are read of a file: one that is longer makes the object too large, which validation says.
    private static let fileLimit = 1 << 20

    func create(_ options: CreateOptions) throws -> Int32 {
        let object = try object(of: options)
        var told = ChangedObjects(self, dryRun: options.dryRun, format: options.format)
        if options.dryRun == .client {
            try told.tell(.stored(object), "created")
            return 0
        }
        var named = object.withDefaults()
        named.metadata.namespace = options.namespace ?? "default"
        let errors = ObjectValidation.errors(in: named)
        guard errors.isEmpty else {
            let text = errors.map(\.text).joined(separator: "\n* ")
            throw failure(object, "\(object.kind.rawValue) \"\(options.name)\" is invalid: \(text)")
        }
        let session = try client.send(
            ControlRequest(
                verb: .create, namespace: named.metadata.namespace, object: named, isDryRun: options.dryRun != nil))
        while true {
            let reply = try session.receive().reply
            switch reply.kind {
            case .error: throw failure(object, reply.message)
            case .done:
                try told.tell(.stored(named), "created")
                return 0
            default: break
            }
        }
    }

    /// In kubectl's words, which differ a little.
    private func failure(_ object: StoredObject, _ message: String) -> CommandFailure {
        var text = message[...]
        if text.hasPrefix("Error from server ("), let end = text.split(separator: "): ", maxSplits: 1).last {
            text = end
        }
        return CommandFailure("failed to create \(object.kind.word)\(object.kind == .secret ? "" : ":") \(text)")
    }

    // MARK: - Contents

    /// Only with the namespace that was asked for, as kubectl prints it.
    private func object(of options: CreateOptions) throws -> StoredObject {
        let namespace = options.namespace ?? ""
        do {
            switch options.contents {
            case .entries(let kind, let type, let sources, let files):
                var contents = ObjectContents(kind, name: options.name)
                for source in sources { try add(source, to: &contents) }
                for file in files {
                    try refuseDirectory(file, kind)
                    try contents.add(environmentFile: bytes(of: file), path: file) { name in
                        getenv(name).map { String(cString: $0) } ?? ""
                    }
                }
                return kind == .configMap
                    ? .configMap(contents.configMap(namespace: namespace))
                    : .secret(contents.secret(namespace: namespace, type: type))
            case .registry(let server, let user, let password, let email):
                let document = DockerConfiguration(server: server, user: user, password: password, email: email)
                var contents = ObjectContents(.secret, name: options.name)
                try contents.add(".dockerconfigjson", document.bytes)
                return .secret(contents.secret(namespace: namespace, type: "kubernetes.io/dockerconfigjson"))
            case .keyPair(let certificate, let key):
                var contents = ObjectContents(.secret, name: options.name)
                try contents.add("tls.crt", encoded(certificate, "CERTIFICATE", as: "certificate"))
                try contents.add("tls.key", encoded(key, "PRIVATE KEY", as: "key"))
                return .secret(contents.secret(namespace: namespace, type: "kubernetes.io/tls"))
            }
        } catch let problem as ObjectContents.Problem {
            throw CommandFailure("\(problem)")
        }
    }

    private func add(_ source: ObjectContents.Source, to contents: inout ObjectContents) throws {
        switch source {
        case .literal(let key, let value): try contents.add(key, Array(value.utf8))
        case .file(let key, let path):
            guard try status(of: path).st_mode & S_IFMT == S_IFDIR else {
                let name = path.split(separator: "/").last.map(String.init) ?? path
                try contents.add(key ?? name, bytes(of: path))
                return
            }
            guard key == nil else { throw ObjectContents.Problem("cannot give a key name for a directory path") }
            for name in try Directory(path).names().sorted() {
                var status = stat()
                let file = path.hasSuffix("/") ? path + name : "\(path)/\(name)"
                guard lstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
                try contents.add(name, bytes(of: file))
            }
        }
    }

    private func bytes(of path: String) throws -> [UInt8] {
        do throws(SyscallError) {
            return try InputFile.read(path, limit: Self.fileLimit)
        } catch {
            throw CommandFailure("error reading \(path): \(error.cause)")
        }
    }

    private func status(of path: String) throws -> stat {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw CommandFailure(
                "error reading \(path): \(SyscallError(call: "stat", subject: path, errno: errno).cause)")
        }
        return status
    }

    private func refuseDirectory(_ path: String, _ kind: ObjectKind) throws {
        guard try status(of: path).st_mode & S_IFMT == S_IFDIR else { return }
        throw CommandFailure("env \(kind == .secret ? "secret" : "config") file cannot be a directory")
    }

    /// A PEM file: what is none is found now, not by the server that should use it.
    private func encoded(_ path: String, _ label: String, as what: String) throws -> [UInt8] {
        let bytes = try bytes(of: path)
        guard String(decoding: bytes, as: UTF8.self).contains("\(label)-----") else {
            throw CommandFailure("failed to create secret tls: failed to find any PEM data in \(what) input")
        }
        return bytes
    }
}
