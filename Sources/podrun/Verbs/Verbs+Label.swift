import PodModel
import PodRuntime

extension Verbs {
    func label(_ options: MetadataOptions) throws -> Int32 {
        var failures: [String] = []
        let objects = try chosen(options, &failures)
        var told = ChangedObjects(self, dryRun: options.dryRun, format: options.format)
        if objects.isEmpty, failures.isEmpty { Console.warn("No resources found") }
        for object in objects {
            do {
                var labelled = object
                if !options.changes.isEmpty || !options.removals.isEmpty {
                    labelled = try label(object, options, &told)
                }
                if options.lists { try list(labelled, options, isOne: objects.count == 1) }
            } catch let failure as CommandFailure {
                failures.append(failure.message)
            }
        }
        guard failures.isEmpty else { throw CommandFailure(failures.joined(separator: "\n")) }
        return 0
    }

    private func chosen(_ options: MetadataOptions, _ failures: inout [String]) throws -> [ListedObject] {
        let wanted =
            options.files.isEmpty
            ? options.groups.map { ($0, options.namespace ?? "default") }
            : try named(in: options.files, namespace: options.namespace)
        return try wanted.flatMap { group, namespace in
            let answer = try fetch(
                group.kind, namespace: namespace, names: group.names, selector: options.fieldSelector,
                labels: options.labels)
            if let failure = answer.failure { failures.append(failure.message) }
            return answer.objects
        }
    }

    /// Changes one object, and says so.
    private func label(
        _ object: ListedObject, _ options: MetadataOptions, _ told: inout ChangedObjects
    ) throws -> ListedObject {
        let update = ObjectUpdate(verbs: self, isDryRun: options.dryRun != nil)
        func changed(_ object: ListedObject) throws -> ListedObject {
            var object = object
            var metadata = object.metadata
            metadata[options.field] = try options.applied(to: metadata[options.field])
            if !options.resourceVersion.isEmpty { metadata.resourceVersion = options.resourceVersion }
            object.metadata = metadata
            return object
        }
        let (before, after) =
            try options.dryRun == .client ? (object, changed(object)) : update.apply(to: object, changed)
        let (old, new) = (before.metadata[options.field], after.metadata[options.field])
        if options.field == .labels {
            for key in options.removals where old[key] == nil { try Console.print("label \"\(key)\" not found.\n") }
        }
        if !options.lists {
            try told.tell(after, options.word(from: old, to: new))
        }
        return after
    }

    private func list(_ object: ListedObject, _ options: MetadataOptions, isOne: Bool) throws {
        if !isOne {
            let word = options.field == .labels ? "labels" : "annotations"
            Console.warn("Listing \(word) for \(object.kind.rawValue)./\(object.metadata.name):")
        }
        for (key, value) in object.metadata[options.field].sorted(by: { $0.key < $1.key }) {
            try Console.print("\(isOne ? "" : " ")\(key)=\(value)\n")
        }
    }
}

extension MetadataOptions {
    /// - Throws: where a value that is there would be lost.
    func applied(to old: [String: String]) throws(CommandFailure) -> [String: String] {
        let taken = changes.filter { key, value in
            !overwrites && old[key].map { $0 != value } == true && key != "kubernetes.io/change-cause"
        }
        .map { key, _ in (key, old[key] ?? "") }.sorted { $0.0 < $1.0 }
        guard taken.isEmpty else {
            throw CommandFailure(
                field == .labels
                    ? taken.map { "'\($0)' already has a value (\($1)), and --overwrite is false" }.joined(
                        separator: "\n")
                    : "--overwrite is false but found the following declared annotation(s): "
                        + taken.map { "'\($0)' already has a value (\($1))" }.joined(separator: "; "))
        }
        return old.merging(changes) { $1 }.filter { !removals.contains($0.key) }
    }

    /// What kubectl says of the change; it takes less text for fewer labels.
    func word(from old: [String: String], to new: [String: String]) -> String {
        func size(_ labels: [String: String]) -> Int {
            labels.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count + 6 }
        }
        guard field == .labels else { return "annotated" }
        if old == new { return "not labeled" }
        return !overwrites && size(new) < size(old) ? "unlabeled" : "labeled"
    }
}

extension ObjectMeta {
    fileprivate subscript(field: MetadataOptions.Field) -> [String: String] {
        get { field == .labels ? labels : annotations }
        set {
            switch field {
            case .labels: labels = newValue
            case .annotations: annotations = newValue
            }
        }
    }
}
