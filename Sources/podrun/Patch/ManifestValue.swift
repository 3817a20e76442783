import PodModel

extension ListedObject {
    /// An object as it was made of text or of another object, checked as a manifest is.
    ///
    /// - Parameter file: for errors.
    init(_ value: Value, file: String) throws(ManifestError) {
        try self.init(Array(value.jsonText(pretty: false).utf8), file: file)
    }

    /// - Throws: also when there is more than one.
    init(_ bytes: [UInt8], file: String) throws(ManifestError) {
        let objects = try Manifest.read(bytes, file: file)
        guard let object = objects.first, objects.count == 1 else {
            throw ManifestError(
                file: file, position: SourcePosition(line: 1, column: 1), text: "exactly one object is expected")
        }
        switch object {
        case .pod(let manifest): self = .pod(manifest.pod)
        case .stored(let manifest): self = .stored(manifest.object)
        }
    }

    /// Whether another object has the same fields, in whatever order.
    func hasFields(of other: ListedObject) throws -> Bool {
        try value().sortedByKey == other.value().sortedByKey
    }
}
