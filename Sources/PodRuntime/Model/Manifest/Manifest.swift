/// What a manifest file can hold.
package enum ManifestObject: Sendable {
    case pod(PodManifest)
    case stored(StoredManifest)
}

extension ManifestObject {
    package var kind: ObjectKind {
        switch self {
        case .pod: .pod
        case .stored(let manifest): manifest.object.kind
        }
    }

    package var metadata: ObjectMeta {
        switch self {
        case .pod(let manifest): manifest.pod.metadata
        case .stored(let manifest): manifest.object.metadata
        }
    }

    package var source: ManifestSource {
        switch self {
        case .pod(let manifest): manifest.source
        case .stored(let manifest): manifest.source
        }
    }

    /// `pod/web`
    package var reference: String {
        switch self {
        case .pod(let manifest): "pod/\(manifest.pod.metadata.name)"
        case .stored(let manifest): manifest.object.reference
        }
    }

    /// The object as the agent wants it: with a namespace (`default`, if neither it nor the command line has one), else
    /// as written. Defaults are the agent's, because it matters whether an imagePullPolicy was written.
    package func inNamespace(_ namespace: String?) -> ManifestObject {
        func named(_ metadata: ObjectMeta) -> ObjectMeta {
            var metadata = metadata
            if let namespace { metadata.namespace = namespace }
            if metadata.namespace.isEmpty { metadata.namespace = "default" }
            return metadata
        }
        switch self {
        case .pod(var manifest):
            manifest.pod.metadata = named(manifest.pod.metadata)
            return .pod(manifest)
        case .stored(var manifest):
            manifest.object.metadata = named(manifest.object.metadata)
            return .stored(manifest)
        }
    }
}

/// A pod as written, and where in the file its fields are.
package struct PodManifest: Sendable {
    /// Without defaults: whether a field was written may matter (imagePullPolicy).
    package var pod: Pod
    package var source: ManifestSource
}

/// Any other object as written, and where in the file its fields are.
package struct StoredManifest: Sendable {
    /// Without defaults.
    package var object: StoredObject
    package var source: ManifestSource
}

/// Finds the place of a field path like `spec.containers[0].image` in the document it came from.
package struct ManifestSource: Sendable {
    package let file: String
    package let root: YAMLNode

    /// The nearest node on the way: a field that is missing is shown where its object starts.
    package func position(of path: String) -> SourcePosition {
        var node = root
        var position = root.position
        for part in ManifestSource.parts(path) {
            switch (part, node.content) {
            case (.index(let index), .sequence(let items)) where items.indices.contains(index):
                node = items[index]
                position = node.position
            case (.index(let index), .mapping(let members)):
                guard let member = members.first(where: { $0.key == String(index) }) else { return position }
                (node, position) = (member.value, member.keyPosition)
            case (.key(let key), .mapping(let members)):
                guard let member = members.first(where: { $0.key == key }) else { return position }
                (node, position) = (member.value, member.keyPosition)
            default: return position
            }
        }
        return position
    }

    private enum Part {
        case key(String)
        case index(Int)
    }

    /// `limits[memory]` and `data[a/b]` name map keys, `containers[0]` an index.
    private static func parts(_ path: String) -> [Part] {
        var parts: [Part] = []
        var word = ""
        var isBracket = false
        func flush() {
            if !word.isEmpty { parts.append(isBracket ? Int(word).map(Part.index) ?? .key(word) : .key(word)) }
            word = ""
        }
        for character in path {
            switch character {
            case "." where !isBracket: flush()
            case "[" where !isBracket:
                flush()
                isBracket = true
            case "]" where isBracket:
                flush()
                isBracket = false
            default: word.append(character)
            }
        }
        flush()
        return parts
    }
}

package enum Manifest {
    /// Kinds of Kubernetes that podrun does not run yet, with what to say about them.
    private static let knownKinds: Set<String> = [
        "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob", "Service", "PersistentVolume",
        "Namespace", "Ingress",
    ]

    /// All objects of a manifest, decoded strictly: the first unknown field, duplicate key or wrong type is an error.
    ///
    /// - Parameter file: for errors.
    package static func read(_ bytes: [UInt8], file: String) throws(ManifestError) -> [ManifestObject] {
        let documents = try YAMLReader.documents(bytes, file: file)
        guard !documents.isEmpty else {
            throw ManifestError(
                file: file, position: SourcePosition(line: 1, column: 1), text: "no objects passed to apply")
        }
        var objects: [ManifestObject] = []
        for document in documents { objects += try self.objects(document, file: file) }
        return objects
    }

    /// A document holds one object, or a List of them as `get -o yaml` prints it.
    private static func objects(_ node: YAMLNode, file: String) throws(ManifestError) -> [ManifestObject] {
        guard node["kind"]?.string == "List", node["apiVersion"]?.string == "v1" else {
            return [try object(node, file: file)]
        }
        var objects: [ManifestObject] = []
        switch node["items"]?.content {
        case .sequence(let items): for item in items { objects.append(try object(item, file: file)) }
        case nil, .null: break
        default:
            throw ManifestError(
                file: file, position: node["items"]?.position ?? node.position,
                text: "items of a List must be an array")
        }
        return objects
    }

    private static func object(_ node: YAMLNode, file: String) throws(ManifestError) -> ManifestObject {
        func error(_ text: String, _ position: SourcePosition) -> ManifestError {
            ManifestError(file: file, position: position, text: text)
        }
        guard case .mapping = node.content else {
            throw error(
                "json: cannot unmarshal \(node.typeName) into Go value of type unstructured.detector", node.position)
        }
        guard let kind = node["kind"]?.string, !kind.isEmpty else {
            throw error("Object 'Kind' is missing", node.position)
        }
        guard let version = node["apiVersion"]?.string, !version.isEmpty else {
            throw error("Object 'apiVersion' is missing", node.position)
        }
        guard let kind = ObjectKind(rawValue: kind), version == "v1" else {
            let position = node["kind"]?.position ?? node.position
            if knownKinds.contains(kind) {
                throw error(
                    "kind \"\(kind)\" is not supported yet: podrun has Pods, ConfigMaps, Secrets and "
                        + "PersistentVolumeClaims", position)
            }
            throw error("no matches for kind \"\(kind)\" in version \"\(version)\"", position)
        }
        let source = ManifestSource(file: file, root: node)
        switch kind {
        case .pod: return .pod(PodManifest(pod: try decode(node, file: file), source: source))
        case .configMap:
            return .stored(StoredManifest(object: .configMap(try decode(node, file: file)), source: source))
        case .secret: return .stored(StoredManifest(object: .secret(try decode(node, file: file)), source: source))
        case .persistentVolumeClaim:
            let claim: PersistentVolumeClaim = try decode(node, file: file)
            return .stored(StoredManifest(object: .persistentVolumeClaim(claim), source: source))
        case .event:
            throw error("an Event can't be applied: podrun writes them itself", node["kind"]?.position ?? node.position)
        }
    }

    private static func decode<T: Decodable>(_ node: YAMLNode, file: String) throws(ManifestError) -> T {
        let (object, unknown) = try NodeDecoder.decode(T.self, from: node, file: file)
        if let field = unknown.first {
            let fields = unknown.map { "unknown field \"\($0.path)\"" }.joined(separator: ", ")
            throw ManifestError(file: file, position: field.position, text: "strict decoding error: \(fields)")
        }
        return object
    }
}
