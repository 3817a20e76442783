import Glibc
import PodLinux
import PodModel
import PodRuntime

extension Verbs {
    func get(_ options: GetOptions) throws -> Int32 {
        if options.watch { return try watch(options) }
        let isTable = options.format == .table || options.format == .wide
        let answer = try fetch(namespace: options.namespace, names: options.names, asTable: isTable)
        if isTable {
            let rows = answer.rows + rows(of: answer.pods)
            if !rows.isEmpty { try Console.print(table(of: rows, options).text(showsHeader: options.headers)) }
        } else if !answer.pods.isEmpty || answer.failure == nil {
            try Console.print(try text(of: answer.pods, isList: options.names.count != 1, options))
        }
        if let failure = answer.failure { throw failure }
        let isObject = options.format == .json || options.format == .yaml
        if answer.pods.isEmpty, answer.rows.isEmpty, !isObject { reportNothing(in: options.namespace) }
        return 0
    }

    private func text(of pods: [Pod], isList: Bool, _ options: GetOptions) throws -> String {
        switch options.format {
        case .name: return pods.map { "pod/\($0.metadata.name)\n" }.joined()
        case .json: return try object(pods, isList: isList).jsonText(pretty: true) + "\n"
        case .yaml: return try object(pods, isList: isList).yamlText()
        case .table, .wide: return table(of: rows(of: pods), options).text(showsHeader: options.headers)
        }
    }

    private func rows(of pods: [Pod]) -> [PodRow] {
        let now = Timestamp.current
        return pods.map { PodRow($0, now: now) }
    }

    /// One pod as it is, several as a v1 List.
    private func object(_ pods: [Pod], isList: Bool) throws -> Value {
        let items = try pods.map { try NodeEncoder.encode($0) }
        if !isList, let only = items.first { return only }
        return .object([
            ("apiVersion", .string("v1")), ("items", .array(items)), ("kind", .string("List")),
            ("metadata", .object([("resourceVersion", .string(""))])),
        ])
    }

    private func table(of rows: [PodRow], _ options: GetOptions) -> Table {
        let isWide = options.format == .wide
        let showsNamespace = options.namespace.isEmpty
        let header = isWide ? PodRow.wideHeader : PodRow.header
        return Table(
            (showsNamespace ? ["NAMESPACE"] : []) + header,
            rows: rows.map { (showsNamespace ? [$0.namespace] : []) + $0.cells(isWide: isWide) })
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
                        return table(of: rows(of: pods), options)
                            .text(showsHeader: isFirst && options.headers, widths: &widths)
                    case .yaml:
                        return try pods.map { "---\n" + (try text(of: [$0], isList: false, options)) }.joined()
                    default:
                        return try pods.map { try text(of: [$0], isList: false, options) }.joined()
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
