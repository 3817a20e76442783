/// core/v1 Secret. Its values are never part of an error, a log line or an event.
package struct Secret: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var apiVersion: String
    package var kind: String
    package var metadata: ObjectMeta
    package var immutable: Bool?
    package var data: [String: Base64Bytes]
    /// Written by people in place of `data`; merged into it when the Secret is stored, and never shown again.
    package var stringData: [String: String]
    /// `Opaque`, `kubernetes.io/dockerconfigjson`, ...; cannot be changed.
    package var type: String

    package static var keptWhenEmpty: [String] { ["metadata"] }

    package init(
        apiVersion: String = "v1", kind: String = "Secret", metadata: ObjectMeta = ObjectMeta(),
        immutable: Bool? = nil, data: [String: Base64Bytes] = [:], stringData: [String: String] = [:],
        type: String = ""
    ) {
        self.apiVersion = apiVersion
        self.kind = kind
        self.metadata = metadata
        self.immutable = immutable
        self.data = data
        self.stringData = stringData
        self.type = type
    }

    /// What a volume shows.
    package var files: [String: [UInt8]] { data.mapValues(\.bytes) }
}
