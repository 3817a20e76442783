/// core/v1 ConfigMap.
package struct ConfigMap: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var apiVersion: String
    package var kind: String
    package var metadata: ObjectMeta
    package var immutable: Bool?
    package var data: [String: String]
    package var binaryData: [String: Base64Bytes]

    package static var keptWhenEmpty: [String] { ["metadata"] }

    package init(
        apiVersion: String = "v1", kind: String = "ConfigMap", metadata: ObjectMeta = ObjectMeta(),
        immutable: Bool? = nil, data: [String: String] = [:], binaryData: [String: Base64Bytes] = [:]
    ) {
        self.apiVersion = apiVersion
        self.kind = kind
        self.metadata = metadata
        self.immutable = immutable
        self.data = data
        self.binaryData = binaryData
    }

    /// What a volume shows: data and binaryData, whose keys never meet.
    package var files: [String: [UInt8]] {
        binaryData.mapValues(\.bytes).merging(data.mapValues { Array($0.utf8) }) { _, text in text }
    }
}
