/// `podrun worker NAME`: the short-lived processes of a pull.
package enum PullWorker {
    /// Runs `blob`, `layer` or `flush DIRECTORY` to its end.
    /// - Parameter arguments: what follows `podrun worker`.
    /// - Returns: the exit code; nil when there is no such worker.
    package static func run(_ arguments: [String]) -> Int32? {
        nil
    }
}
