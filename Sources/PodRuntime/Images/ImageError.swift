/// Why an image could not be loaded, read or removed. `description` is one line, lower case, outermost cause first.
package struct ImageError: Error, CustomStringConvertible, Equatable {
    package enum Kind: String, Codable, Sendable {
        /// No such image in the store.
        case missing
        /// The image breaks its format, its digests or a limit; loading it again gives the same error.
        case invalid
        /// A well-formed image podrun can't use: another platform, an unknown media type.
        case unsupported
        /// The registry could not be reached, or did not give what was asked for; another time it may.
        case registry
        /// The host failed: input and output, space, permissions.
        case host
    }

    package var kind: Kind
    package var description: String

    package init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }

    /// The same error with the step that failed in front.
    func during(_ step: String) -> ImageError { ImageError(kind, "\(step): \(description)") }
}
