import PodLinux
import PodModel
import PodRuntime

extension Verbs {
    func get(_ options: GetOptions) throws -> Int32 {
        if options.watch { return try watch(options) }
        let printer = ObjectPrinter(options: options)
        let answer = try fetch(
            options.kind, namespace: options.namespace, names: options.names, selector: options.fieldSelector,
            labels: options.labels, asTable: printer.needsOnlyRows)
        if printer.needsOnlyRows {
            if !answer.isEmpty {
                try Console.print(printer.text(of: answer.rows, answer.objectRows))
            }
        } else if !answer.isEmpty || (answer.failure == nil && printer.printsEmptyLists) {
            let objects = try options.sortBy.map { try ObjectOrder(path: $0).sorted(answer.objects) } ?? answer.objects
            try Console.print(try printer.text(of: objects, isList: options.names.count != 1))
        }
        if let failure = answer.failure { throw failure }
        if answer.isEmpty, !printer.printsEmptyLists { reportNothing(in: options.namespace) }
        return 0
    }

    /// The list, then every change until interrupted.
    private func watch(_ options: GetOptions) throws -> Int32 {
        var changes = ChangePrinter(printer: ObjectPrinter(options: options))
        if options.onlyChanges || !options.names.isEmpty {
            let found = try fetch(
                options.kind, namespace: options.namespace, names: options.names, selector: options.fieldSelector,
                labels: options.labels)
            if let failure = found.failure { throw failure }
            if options.onlyChanges { changes.pass(found.objects) }
        }
        let request = ControlRequest(
            verb: .watch, kind: options.kind, namespace: options.namespace, names: options.names,
            fieldSelector: options.fieldSelector, labels: options.labels)
        while true {
            let session = try client.send(request)
            do {
                try changes.follow(session)
            } catch ControlError.lost {
                // The agent was restarted: another one tells the rest of the story.
                continue
            }
            return 0
        }
    }
}

/// Prints objects as they change; what was printed before a reconnect is not printed again.
private struct ChangePrinter {
    let printer: ObjectPrinter
    /// As last printed, by uid.
    private var printed: [String: ListedObject] = [:]
    private var widths: [Int] = []
    private var isFirst = true

    init(printer: ObjectPrinter) {
        self.printer = printer
    }

    /// These are no news.
    mutating func pass(_ objects: [ListedObject]) {
        for object in objects { printed[object.metadata.uid] = object }
    }

    mutating func follow(_ session: ControlSession) throws {
        while true {
            // What is there at once is one table with common widths.
            var batch: [ObjectChange] = []
            repeat {
                let reply = try session.receive().reply
                switch reply.kind {
                case .change:
                    batch += reply.listed(of: printer.options.kind)
                        .map { ObjectChange(type: reply.change, object: $0) }.filter { isNews($0) }
                case .warning: Console.warn("Warning: \(reply.message)")
                case .error: throw CommandFailure(reply)
                case .done: return
                default: break
                }
            } while session.hasBufferedBytes || Poll.wait([session.raw], milliseconds: 0)[0]
            guard !batch.isEmpty else { continue }
            try Console.print(try printer.text(of: batch, isFirst: isFirst, widths: &widths))
            isFirst = false
        }
    }

    private mutating func isNews(_ change: ObjectChange) -> Bool {
        let uid = change.object.metadata.uid
        if change.type == "DELETED" {
            printed[uid] = nil
            return true
        }
        return printed.updateValue(change.object, forKey: uid) != change.object
    }
}
