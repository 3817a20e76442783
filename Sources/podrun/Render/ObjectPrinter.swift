import PodModel
import PodRuntime

/// A change of a watched object.
struct ObjectChange {
    /// ADDED, MODIFIED or DELETED.
    let type: String
    let object: ListedObject
}

/// Objects as `get` prints them, in every format of `-o`.
struct ObjectPrinter {
    let options: GetOptions

    /// The table of each kind.
    var isTable: Bool { options.format == .table || options.format == .wide }
    /// The agent's rows are enough to print it.
    var needsOnlyRows: Bool {
        isTable && options.sortBy == nil && options.labelColumns.isEmpty && !options.showsLabels
    }
    /// An object as such.
    private var isDocument: Bool { options.format == .json || options.format == .yaml }
    /// It prints something even if there is no object.
    var printsEmptyLists: Bool {
        switch options.format {
        case .json, .yaml, .jsonPath, .customColumns: true
        case .table, .wide, .name: false
        }
    }
    private var isWide: Bool { options.format == .wide }

    // MARK: - Lists

    func text(of pods: [PodRow], _ objects: [ObjectRow], _ kind: ObjectKind) -> String {
        let rows =
            pods.map { named($0.namespace, $0.cells(isWide: isWide), kind) }
            + objects.map { named($0.namespace, $0.cells(of: kind, isWide: isWide), kind) }
        return table(rows, kind).text(showsHeader: options.headers)
    }

    func table(of objects: [ListedObject], _ kind: ObjectKind) -> String {
        let now = Timestamp.current
        return table(objects.map { row(of: $0, kind, now: now) }, kind).text(showsHeader: options.headers)
    }

    /// In a format that is no table.
    func text(of objects: [ListedObject], isList: Bool) throws -> String {
        let values = try objects.map { try $0.value() }
        switch options.format {
        case .json: return try document(values, isList: isList).jsonText() + "\n"
        case .yaml: return try document(values, isList: isList).yamlText()
        case .jsonPath(let path): return try path.filled(with: document(values, isList: isList))
        case .customColumns(let columns):
            return Table(columns.map(\.header), rows: try values.map { try cells(of: $0, columns) })
                .text(showsHeader: options.headers)
        case .name, .table, .wide: return objects.map { "\($0.reference)\n" }.joined()
        }
    }

    /// One object as it is, several as a v1 List.
    private func document(_ values: [Value], isList: Bool) throws -> Value {
        if !isList, let only = values.first { return only }
        return .object([
            ("apiVersion", .string("v1")), ("items", .array(values)), ("kind", .string("List")),
            ("metadata", .object([("resourceVersion", .string(""))])),
        ])
    }

    // MARK: - Watches

    /// - Parameter widths: of the columns printed before; grow.
    func text(
        of changes: [ObjectChange], _ kind: ObjectKind, isFirst: Bool, widths: inout [Int]
    ) throws -> String {
        if isTable {
            let now = Timestamp.current
            let rows = changes.map { typed($0, row(of: $0.object, kind, now: now)) }
            return table(rows, kind).text(showsHeader: isFirst && options.headers, widths: &widths)
        }
        if case .customColumns(let columns) = options.format {
            let rows = try changes.map { typed($0, try cells(of: $0.object.value(), columns)) }
            return Table((options.outputsChangeTypes ? ["EVENT"] : []) + columns.map(\.header), rows: rows)
                .text(showsHeader: isFirst && options.headers, widths: &widths)
        }
        return try changes.map { change in
            guard options.outputsChangeTypes, isDocument else {
                let text = try text(of: [change.object], isList: false)
                return options.format == .yaml ? "---\n" + text : text
            }
            let value = Value.object([("type", .string(change.type)), ("object", try change.object.value())])
            return options.format == .yaml ? "---\n" + (try value.yamlText()) : value.jsonText(pretty: false) + "\n"
        }
        .joined()
    }

    private func typed(_ change: ObjectChange, _ cells: [String]) -> [String] {
        (options.outputsChangeTypes ? [change.type] : []) + cells
    }

    // MARK: - Tables

    private func row(of object: ListedObject, _ kind: ObjectKind, now: Timestamp) -> [String] {
        let labels = object.metadata.labels
        return named(object.metadata.namespace, object.cells(isWide: isWide, now: now), kind)
            + options.labelColumns.map { labels[$0] ?? "" } + (options.showsLabels ? [Self.text(of: labels)] : [])
    }

    /// `app=web,tier=front`
    private static func text(of labels: [String: String]) -> String {
        labels.isEmpty ? "<none>" : labels.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: ",")
    }

    private func cells(of object: Value, _ columns: [OutputFormat.Column]) throws -> [String] {
        try columns.map { column in
            let values = try column.path.results(in: object).joined()
            return values.isEmpty ? "<none>" : values.map(\.plainText).joined(separator: ",")
        }
    }

    private func named(_ namespace: String, _ cells: [String], _ kind: ObjectKind) -> [String] {
        var cells = cells
        if options.showsKinds, let column = header(of: kind).firstIndex(of: "NAME") {
            cells[column] = "\(kind.word)/\(cells[column])"
        }
        return (options.namespace.isEmpty ? [namespace] : []) + cells
    }

    private func header(of kind: ObjectKind) -> [String] { ObjectRow.header(of: kind, isWide: isWide) }

    private func table(_ rows: [[String]], _ kind: ObjectKind) -> Table {
        let labels = options.labelColumns.map { $0.split(separator: "/").last.map { $0.uppercased() } ?? "" }
        return Table(
            (options.outputsChangeTypes ? ["EVENT"] : []) + (options.namespace.isEmpty ? ["NAMESPACE"] : [])
                + header(of: kind) + labels + (options.showsLabels ? ["LABELS"] : []), rows: rows)
    }
}
