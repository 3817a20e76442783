/// What a verb says of the objects that it changes: what was done, or with `-o` each as it is then.
@MainActor
struct ChangedObjects {
    let verbs: Verbs
    let dryRun: DryRun?
    /// nil: say what was done.
    let format: OutputFormat?
    private var count = 0

    init(_ verbs: Verbs, dryRun: DryRun?, format: OutputFormat?) {
        self.verbs = verbs
        self.dryRun = dryRun
        self.format = format
    }

    /// - Parameters:
    ///   - object: as it would be, for a dry run; else it only says which it is.
    ///   - done: such as `patched`; what a dry run adds is added here.
    mutating func tell(_ object: ListedObject, _ done: String, note: String = "") throws {
        guard let format else {
            return try Console.print("\(object.reference) \(done)\(dryRun?.note ?? "")\(note)\n")
        }
        let isStored = dryRun == nil && format != .name
        let shown = isStored ? try verbs.fetchOne(object.kind, object.metadata) : object
        let text = try ObjectPrinter(options: GetOptions(format: format)).text(of: [shown], isList: false)
        try Console.print((format == .yaml && count > 0 ? "---\n" : "") + text)
        count += 1
    }
}
