struct CopyOptions: Equatable {
    enum Direction: Equatable {
        case fromPod(path: String, to: String)
        case toPod(String, path: String)
    }

    var namespace = "default"
    var pod: String
    /// nil: the default container.
    var container: String?
    var direction: Direction
    /// To a pod: owners and modes too, as far as the container's rights allow.
    var preserve = true
    /// From a pod: how often a copy that broke off is made again; negative is without end.
    var retries = 0
}

/// One operand of cp: `[[NAMESPACE/]POD:]PATH`.
struct CopyOperand: Equatable {
    var namespace: String?
    /// nil: a path of this host.
    var pod: String?
    var path: String

    init(_ text: String) throws(UsageError) {
        guard let colon = text.firstIndex(of: ":") else {
            path = text
            return
        }
        path = String(text[text.index(after: colon)...])
        let parts = text[..<colon].split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= 2, let last = parts.last, !last.isEmpty else {
            throw UsageError("filespec must match the canonical format: [[namespace/]pod:]file/path", verb: "cp")
        }
        pod = last
        namespace = parts.count == 2 ? parts[0] : nil
    }
}
