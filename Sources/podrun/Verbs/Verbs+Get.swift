import PodLinux
import PodModel
import PodRuntime

extension Verbs {
    func get(_ options: GetOptions) throws -> Int32 {
        if options.watch { return try watch(options) }
        let printer = ObjectPrinter(options: options)
        var tables: [String] = []
        var objects: [ListedObject] = []
        var failures: [String] = []
        for group in options.groups {
            let answer = try fetch(
                group.kind, namespace: options.namespace, names: group.names, selector: options.fieldSelector,
                labels: options.labels, asTable: printer.needsOnlyRows)
            if let failure = answer.failure, !(options.ignoreNotFound && failure.isNotFound) {
                failures.append(failure.message)
            }
            if answer.isEmpty { continue }
            if printer.needsOnlyRows {
                tables.append(printer.text(of: answer.rows, answer.objectRows, group.kind))
            } else if printer.isTable {
                tables.append(try printer.table(of: sorted(answer.objects, options), group.kind))
            } else {
                objects += answer.objects
            }
        }
        let isNothing = tables.isEmpty && objects.isEmpty
        if printer.isTable {
            try Console.print(tables.joined(separator: options.headers ? "\n" : ""))
        } else if !isNothing || (failures.isEmpty && printer.printsEmptyLists && !options.ignoreNotFound) {
            let isOne = options.groups.count == 1 && options.groups[0].names.count == 1
            try Console.print(try printer.text(of: sorted(objects, options), isList: !isOne))
        }
        guard failures.isEmpty else { throw CommandFailure(failures.joined(separator: "\n")) }
        if isNothing, !printer.printsEmptyLists, !options.ignoreNotFound { reportNothing(in: options.namespace) }
        return 0
    }

    private func sorted(_ objects: [ListedObject], _ options: GetOptions) throws -> [ListedObject] {
        try options.sortBy.map { try ObjectOrder(path: $0).sorted(objects) } ?? objects
    }

    /// The list, then every change until interrupted.
    private func watch(_ options: GetOptions) throws -> Int32 {
        let group = options.groups[0]
        var changes = ChangePrinter(printer: ObjectPrinter(options: options), kind: group.kind)
        if options.onlyChanges || !group.names.isEmpty {
            let found = try fetch(
                group.kind, namespace: options.namespace, names: group.names, selector: options.fieldSelector,
                labels: options.labels)
            if let failure = found.failure { throw failure }
            if options.onlyChanges { changes.pass(found.objects) }
        }
        let request = ControlRequest(
            verb: .watch, kind: group.kind, namespace: options.namespace, names: group.names,
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
    let kind: ObjectKind
    /// As last printed, by uid.
    private var printed: [String: ListedObject] = [:]
    private var widths: [Int] = []
    private var isFirst = true

    init(printer: ObjectPrinter, kind: ObjectKind) {
        self.printer = printer
        self.kind = kind
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
                    batch += reply.listed(of: kind)
                        .map { ObjectChange(type: reply.change, object: $0) }.filter { isNews($0) }
                case .warning: Console.warn("Warning: \(reply.message)")
                case .error: throw CommandFailure(reply)
                case .done: return
                default: break
                }
            } while session.hasBufferedBytes || Poll.wait([session.raw], milliseconds: 0)[0]
            guard !batch.isEmpty else { continue }
            try Console.print(try printer.text(of: batch, kind, isFirst: isFirst, widths: &widths))
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
