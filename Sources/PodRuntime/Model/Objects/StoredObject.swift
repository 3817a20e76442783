/// An object that is kept as applied until it is deleted. Unlike for a pod, nothing runs for it.
package enum StoredObject: Sendable, Equatable {
    case configMap(ConfigMap)
    case secret(Secret)
    case persistentVolumeClaim(PersistentVolumeClaim)

    package var kind: ObjectKind {
        switch self {
        case .configMap: .configMap
        case .secret: .secret
        case .persistentVolumeClaim: .persistentVolumeClaim
        }
    }

    package var metadata: ObjectMeta {
        get {
            switch self {
            case .configMap(let object): object.metadata
            case .secret(let object): object.metadata
            case .persistentVolumeClaim(let object): object.metadata
            }
        }
        set {
            switch self {
            case .configMap(var object):
                object.metadata = newValue
                self = .configMap(object)
            case .secret(var object):
                object.metadata = newValue
                self = .secret(object)
            case .persistentVolumeClaim(var object):
                object.metadata = newValue
                self = .persistentVolumeClaim(object)
            }
        }
    }

    /// `configmap/settings`
    package var reference: String { "\(kind.word)/\(metadata.name)" }
}

extension StoredObject: Codable {
    private struct Kind: Decodable {
        var kind: ObjectKind
    }

    /// Its `kind` says what it is.
    package init(from decoder: any Decoder) throws {
        switch try Kind(from: decoder).kind {
        case .configMap: self = .configMap(try ConfigMap(from: decoder))
        case .secret: self = .secret(try Secret(from: decoder))
        case .persistentVolumeClaim: self = .persistentVolumeClaim(try PersistentVolumeClaim(from: decoder))
        case .pod, .event:
            throw DecodingError.dataCorrupted(
                DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "this is no stored object"))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        switch self {
        case .configMap(let object): try object.encode(to: encoder)
        case .secret(let object): try object.encode(to: encoder)
        case .persistentVolumeClaim(let object): try object.encode(to: encoder)
        }
    }

    /// The object in kubectl's form, with what is empty left out.
    package var value: Value {
        get throws {
            switch self {
            case .configMap(let object): try NodeEncoder.encode(object)
            case .secret(let object): try NodeEncoder.encode(object)
            case .persistentVolumeClaim(let object): try NodeEncoder.encode(object)
            }
        }
    }
}
