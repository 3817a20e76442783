import Glibc
import PodLinux
import PodModel
import PodPlanning

/// The objects that were applied and are not pods: ConfigMaps and PersistentVolumeClaims in files of the data directory,
/// Secrets in memory only. One writer per object: what comes while it is being written waits.
@MainActor
final class ObjectStore {
    /// A namespace and a name of one kind.
    private struct Key: Hashable {
        let kind: ObjectKind
        let namespace: String
        let name: String

        init(_ kind: ObjectKind, _ metadata: ObjectMeta) {
            self.kind = kind
            namespace = metadata.namespace
            name = metadata.name
        }
    }

    /// What became of an object that was applied: created, configured or unchanged.
    typealias Outcome = Result<(object: StoredObject, word: String), RequestError>

    private static let kinds: [ObjectKind] = [.configMap, .secret, .persistentVolumeClaim]

    private let paths: HostPaths
    private let loop: EventLoop
    private var objects: [Key: StoredObject] = [:]
    /// The same by namespace, as pods use them.
    private var configurations: [String: PodConfiguration] = [:]
    /// What waits for the end of a write of the same object.
    private var queues: [Key: [() -> Void]] = [:]
    /// Called with the namespace in which an object came, changed or went.
    var onChange: (String) -> Void = { _ in }
    /// Told of each object that comes, changes or goes, with ADDED, MODIFIED or DELETED.
    let watchers = Watchers<(object: StoredObject, change: String)>()

    init(paths: HostPaths, loop: EventLoop) {
        self.paths = paths
        self.loop = loop
    }

    // MARK: - Reading

    /// What pods of a namespace may refer to, as it is now.
    func configuration(namespace: String) -> PodConfiguration { configurations[namespace] ?? .none }

    func claim(namespace: String, name: String) -> PersistentVolumeClaim? {
        guard case .persistentVolumeClaim(let claim) = object(.persistentVolumeClaim, namespace: namespace, name: name)
        else { return nil }
        return claim
    }

    func object(_ kind: ObjectKind, namespace: String, name: String) -> StoredObject? {
        objects[Key(kind, ObjectMeta(name: name, namespace: namespace))]
    }

    /// In the order kubectl lists them. An empty namespace is all of them, no name is every one.
    func list(_ kind: ObjectKind, namespace: String, names: [String] = []) -> [StoredObject] {
        objects.filter { key, _ in
            key.kind == kind && (namespace.isEmpty || key.namespace == namespace)
                && (names.isEmpty || names.contains(key.name))
        }
        .values.sorted { ($0.metadata.namespace, $0.metadata.name) < ($1.metadata.namespace, $1.metadata.name) }
    }

    // MARK: - Changing

    /// Stores an object; the handler is told when it will outlive the machine (a Secret: the agent).
    ///
    /// - Parameter request: apply, create or replace.
    func apply(
        _ written: StoredObject, _ request: ControlRequest, now: Timestamp, _ handler: @escaping (Outcome) -> Void
    ) {
        let key = Key(written.kind, written.withDefaults().metadata)
        if queues[key] != nil {
            queues[key]?.append { [weak self] in
                self?.apply(written, request, now: now, handler)
            }
            return
        }
        let existing = objects[key]
        if request.verb == .create, existing != nil {
            return handler(
                .failure(RequestError("\(key.kind.plural) \"\(key.name)\" already exists", reason: "AlreadyExists")))
        }
        if request.verb == .replace, existing == nil { return handler(.failure(.notFound(key.kind, key.name))) }
        switch ObjectAdmission.decide(written, existing: existing, uid: PodUID.random(), now: now) {
        case .invalid(let errors):
            handler(.failure(.invalid(key.kind, key.name, errors)))
        case .outdated:
            handler(
                .failure(
                    RequestError(
                        "Operation cannot be fulfilled on \(key.kind.plural) \"\(key.name)\": the object has been "
                            + "modified; please apply your changes to the latest version and try again",
                        reason: "Conflict")))
        case .unchanged(let object): handler(.success((object, "unchanged")))
        case .created(let object) where request.isDryRun: handler(.success((object, "created")))
        case .configured(let object) where request.isDryRun: handler(.success((object, "configured")))
        case .created(let object): save(object, key) { handler($0.map { ($0, "created") }) }
        case .configured(let object): save(object, key) { handler($0.map { ($0, "configured") }) }
        }
    }

    func isBeingWritten(_ claim: PersistentVolumeClaim) -> Bool {
        queues[Key(.persistentVolumeClaim, claim.metadata)] != nil
    }

    /// Deletes a claim as far as it goes while pods use it: it is Terminating until `remove`, which `onChange` may do.
    func markDeleted(_ claim: PersistentVolumeClaim, now: Timestamp, _ handler: @escaping (RequestError?) -> Void) {
        let key = Key(.persistentVolumeClaim, claim.metadata)
        if queues[key] != nil {
            queues[key]?.append { [weak self] in self?.markDeleted(claim, now: now, handler) }
            return
        }
        guard case .persistentVolumeClaim(var claim)? = objects[key], claim.metadata.deletionTimestamp == nil else {
            return handler(nil)
        }
        claim.metadata.deletionTimestamp = now
        claim.metadata.deletionGracePeriodSeconds = 0
        save(.persistentVolumeClaim(claim), key) { result in
            if case .failure(let error) = result { handler(error) } else { handler(nil) }
        }
    }

    /// Has it gone from the store and its file.
    func remove(_ object: StoredObject) throws(RequestError) {
        do throws(SyscallError) {
            let path = path(of: object)
            try check("remove", path, unless: ENOENT) { unlink(path) }
        } catch {
            throw RequestError("remove \(object.reference): \(error)", reason: "InternalError")
        }
        take(nil, Key(object.kind, object.metadata))
    }

    private func save(
        _ object: StoredObject, _ key: Key, _ handler: @escaping (Result<StoredObject, RequestError>) -> Void
    ) {
        queues[key] = []
        let finish: (SyscallError?) -> Void = { [weak self] error in
            self?.finish(object, key, error, handler)
        }
        do {
            let bytes = try JSON.encode(object)
            let path = path(of: object)
            if key.kind == .secret {
                try AtomicFile.write(path, bytes, durable: false)
                finish(nil)
            } else {
                try DurableFile.replace(path, in: paths.objectsDirectory(of: key.kind), bytes, loop: loop, finish)
            }
        } catch {
            finish(error as? SyscallError ?? SyscallError(call: "encode", subject: object.reference, errno: EINVAL))
        }
    }

    private func finish(
        _ object: StoredObject, _ key: Key, _ error: SyscallError?,
        _ handler: (Result<StoredObject, RequestError>) -> Void
    ) {
        let waiting = queues.removeValue(forKey: key) ?? []
        if let error {
            handler(.failure(RequestError("save \(object.reference): \(error)", reason: "InternalError")))
        } else {
            take(object, key)
            handler(.success(object))
        }
        for next in waiting { next() }
    }

    /// The object is there, or gone (nil), from now on.
    private func take(_ object: StoredObject?, _ key: Key) {
        let old = objects[key]
        objects[key] = object
        var configuration = configuration(namespace: key.namespace)
        switch (key.kind, object) {
        case (.configMap, .configMap(let configMap)?): configuration.configMaps[key.name] = configMap
        case (.configMap, _): configuration.configMaps[key.name] = nil
        case (.secret, .secret(let secret)?): configuration.secrets[key.name] = secret
        case (.secret, _): configuration.secrets[key.name] = nil
        default: break
        }
        configurations[key.namespace] = configuration
        if let changed = object ?? old {
            watchers.tell((changed, object == nil ? "DELETED" : old == nil ? "ADDED" : "MODIFIED"))
        }
        onChange(key.namespace)
    }

    /// Before the agent leaves without a pod: a tmpfs of its own that holds no Secret goes.
    func close() throws(SyscallError) {
        if list(.secret, namespace: "").isEmpty { try MemoryDirectory.release(paths.memoryDirectory) }
    }

    // MARK: - Files

    /// One file per object, found by what is in it. The name in it is for people: with a name of the greatest length it
    /// would be too long for a file, so it is cut, and the uid tells it from others.
    private func path(of object: StoredObject) -> String {
        let metadata = object.metadata
        let name = "\(metadata.namespace)_\(metadata.name.prefix(100))_\(metadata.uid)"
        return "\(paths.objectsDirectory(of: object.kind))/\(name).json"
    }

    /// Makes the directories and reads what an earlier agent stored.
    ///
    /// - Returns: for each file that can't be read the reason.
    func load() throws(SyscallError) -> [String] {
        var problems: [String] = []
        try MemoryDirectory.make(paths.memoryDirectory)
        for kind in Self.kinds {
            let directory = paths.objectsDirectory(of: kind)
            try Directory.make(directory, mode: 0o700)
            for name in try Directory(directory).names() {
                let path = "\(directory)/\(name)"
                guard name.hasSuffix(".json") else {
                    // The agent before was killed while it wrote.
                    unlink(path)
                    continue
                }
                do {
                    let object = try JSON.decode(StoredObject.self, from: FileBytes.read(path, limit: JSON.sizeLimit))
                    take(object, Key(object.kind, object.metadata))
                } catch {
                    problems.append("read \"\(path)\": \(error)")
                }
            }
        }
        return problems
    }
}
