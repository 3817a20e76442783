import Glibc
import PodLinux
import PodModel
import PodRuntime

extension Verbs {
    func get(_ options: GetOptions) throws -> Int32 {
        if options.watch { return try watch(options) }
        let isTable = options.format == .table || options.format == .wide
        let answer = try fetch(options.kind, namespace: options.namespace, names: options.names, asTable: isTable)
        if isTable {
            if !answer.isEmpty {
                let rows =
                    options.kind == .pod
                    ? self.rows(of: answer.rows, options) : self.rows(of: answer.objectRows, options)
                try Console.print(table(of: rows, options).text(showsHeader: options.headers))
            }
        } else if !answer.isEmpty || answer.failure == nil {
            let items = try options.kind == .pod ? items(of: answer.pods) : items(of: answer.objects)
            try Console.print(try text(of: items, isList: options.names.count != 1, options))
        }
        if let failure = answer.failure { throw failure }
        let isObject = options.format == .json || options.format == .yaml
        if answer.isEmpty, !isObject { reportNothing(in: options.namespace) }
        return 0
    }

    // MARK: - Output

    /// An object as `-o` prints it.
    private struct Item {
        /// `pod/web`
        let reference: String
        let value: Value
    }

    private func items(of pods: [Pod]) throws -> [Item] {
        try pods.map { Item(reference: "pod/\($0.metadata.name)", value: try NodeEncoder.encode($0)) }
    }

    private func items(of objects: [StoredObject]) throws -> [Item] {
        try objects.map { Item(reference: $0.reference, value: try $0.value) }
    }

    /// - Parameter options: of a format that is no table.
    private func text(of items: [Item], isList: Bool, _ options: GetOptions) throws -> String {
        switch options.format {
        case .json: return try object(items, isList: isList).jsonText(pretty: true) + "\n"
        case .yaml: return try object(items, isList: isList).yamlText()
        case .name, .table, .wide: return items.map { "\($0.reference)\n" }.joined()
        }
    }

    /// One object as it is, several as a v1 List.
    private func object(_ items: [Item], isList: Bool) throws -> Value {
        if !isList, let only = items.first { return only.value }
        return .object([
            ("apiVersion", .string("v1")), ("items", .array(items.map(\.value))), ("kind", .string("List")),
            ("metadata", .object([("resourceVersion", .string(""))])),
        ])
    }

    private func rows(of pods: [PodRow], _ options: GetOptions) -> [[String]] {
        pods.map { named($0.namespace, $0.cells(isWide: options.format == .wide), options) }
    }

    private func rows(of objects: [ObjectRow], _ options: GetOptions) -> [[String]] {
        objects.map { named($0.namespace, $0.cells(of: options.kind, isWide: options.format == .wide), options) }
    }

    private func named(_ namespace: String, _ cells: [String], _ options: GetOptions) -> [String] {
        (options.namespace.isEmpty ? [namespace] : []) + cells
    }

    private func table(of rows: [[String]], _ options: GetOptions) -> Table {
        Table(
            named("NAMESPACE", ObjectRow.header(of: options.kind, isWide: options.format == .wide), options),
            rows: rows)
    }

    // MARK: - Watch

    /// The list, then every change until interrupted.
    private func watch(_ options: GetOptions) throws -> Int32 {
        for name in options.names { _ = try onlyPod(namespace: options.namespace, name: name) }
        let request = ControlRequest(verb: .watch, namespace: options.namespace, names: options.names)
        var printer = ChangePrinter(options: options)
        while true {
            let session = try client.send(request)
            do {
                try printer.follow(session) { pods, isFirst, widths in
                    switch options.format {
                    case .table, .wide:
                        let now = Timestamp.current
                        return table(of: rows(of: pods.map { PodRow($0, now: now) }, options), options)
                            .text(showsHeader: isFirst && options.headers, widths: &widths)
                    case .yaml:
                        return try items(of: pods).map { "---\n" + (try text(of: [$0], isList: false, options)) }
                            .joined()
                    default:
                        return try items(of: pods).map { try text(of: [$0], isList: false, options) }.joined()
                    }
                }
            } catch ControlError.lost {
                // The agent was restarted: another one tells the rest of the story.
                continue
            }
            return 0
        }
    }
}

/// Prints pods as they change; what was printed before a reconnect is not printed again.
private struct ChangePrinter {
    let options: GetOptions
    /// As last printed, by uid.
    private var printed: [String: Pod] = [:]
    private var widths: [Int] = []
    private var isFirst = true

    init(options: GetOptions) {
        self.options = options
    }

    mutating func follow(
        _ session: ControlSession, _ text: (_ pods: [Pod], _ isFirst: Bool, _ widths: inout [Int]) throws -> String
    ) throws {
        while true {
            // What is there at once is one table with common widths.
            var batch: [Pod] = []
            repeat {
                let reply = try session.receive().reply
                switch reply.kind {
                case .change: batch += reply.pods.filter { isNews($0, change: reply.change) }
                case .warning: Console.warn("Warning: \(reply.message)")
                case .error: throw CommandFailure(reply)
                case .done: return
                default: break
                }
            } while session.hasBufferedBytes || Poll.wait([session.raw], milliseconds: 0)[0]
            guard !batch.isEmpty else { continue }
            try Console.print(try text(batch, isFirst, &widths))
            isFirst = false
        }
    }

    private mutating func isNews(_ pod: Pod, change: String) -> Bool {
        if change == "DELETED" {
            printed[pod.metadata.uid] = nil
            return true
        }
        return printed.updateValue(pod, forKey: pod.metadata.uid) != pod
    }
}
