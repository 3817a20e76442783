import PodModel

extension Verbs {
    func explain(_ options: ExplainOptions) throws -> Int32 {
        guard
            let text = Explanation(kind: options.kind, path: options.path, isRecursive: options.recursive).text
        else { throw CommandFailure("field \"\(options.path.last ?? "")\" does not exist") }
        try Console.print(text)
        return 0
    }
}
