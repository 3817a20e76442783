/// A type with fields that Kubernetes writes even when they are empty (no `omitempty` in Go).
package protocol KeepsEmptyFields {
    /// JSON names.
    static var keptWhenEmpty: [String] { get }
}
