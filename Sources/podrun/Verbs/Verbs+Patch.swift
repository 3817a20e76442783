import PodModel
import PodRuntime

extension Verbs {
    func patch(_ options: PatchOptions) throws -> Int32 {
        let patch = try readPatch(options)
        var failures: [String] = []
        var told = ChangedObjects(self, dryRun: options.dryRun, format: options.format)
        for name in options.group.names {
            do {
                try self.patch(options.group.kind, name, with: patch, options, &told)
            } catch let failure as CommandFailure {
                failures.append(failure.message)
            }
        }
        guard failures.isEmpty else { throw CommandFailure(failures.joined(separator: "\n")) }
        return 0
    }

    private func readPatch(_ options: PatchOptions) throws -> Value {
        let bytes = try options.file.map { try InputFile.read($0, limit: YAMLReader.sizeLimit) }
        let text = bytes ?? Array((options.patch ?? "").utf8)
        do throws(ManifestError) {
            return try YAMLReader.documents(text, file: options.file ?? "--patch").first?.value ?? .null
        } catch {
            throw CommandFailure("unable to parse the patch: \(error)")
        }
    }

    private func patch(
        _ kind: ObjectKind, _ name: String, with patch: Value, _ options: PatchOptions, _ told: inout ChangedObjects
    ) throws {
        let object = try fetchOne(kind, ObjectMeta(name: name, namespace: options.namespace))
        func changed(_ object: ListedObject) throws -> ListedObject {
            let patched: ListedObject
            do {
                let value = try ObjectPatch.apply(patch, options.kind, to: object.value())
                patched = try ListedObject(value, file: "patch")
            } catch let problem as ObjectPatch.Problem {
                throw CommandFailure("\(problem)")
            } catch let error as ManifestError {
                throw CommandFailure("Error from server (BadRequest): \(error)")
            }
            let new = patched.metadata
            guard new.name == name, new.namespace == options.namespace, patched.kind == kind else {
                throw CommandFailure(
                    "Error from server (BadRequest): the name of the object (\(new.name)) does not match the name on the "
                        + "URL (\(name))")
            }
            return try patched.hasFields(of: object) ? object : patched
        }
        let update = ObjectUpdate(verbs: self, isDryRun: options.dryRun != nil)
        let (before, after) =
            try options.dryRun == .client ? (object, changed(object)) : update.apply(to: object, changed)
        try told.tell(after, "patched", note: before == after ? " (no change)" : "")
    }
}
