import Glibc
import PodLinux
import PodModel
import PodRuntime

extension Verbs {
    /// Each object in the user's editor, until what was made of it is taken or given up.
    func edit(_ options: EditOptions) throws -> Int32 {
        for group in options.groups {
            for name in group.names {
                let object = try fetchOne(group.kind, ObjectMeta(name: name, namespace: options.namespace))
                try ObjectEditor(verbs: self, object: object, dryRun: options.dryRun).run()
            }
        }
        return 0
    }
}

/// One object as a file in an editor.
@MainActor
private struct ObjectEditor {
    let verbs: Verbs
    let object: ListedObject
    let dryRun: DryRun?

    private static let help = """
        # Please edit the object below. Lines beginning with a '#' will be ignored,
        # and an empty file will abort the edit. If an error occurs while saving this file will be
        # reopened with the relevant failures.
        #

        """

    func run() throws {
        let original = try object.value().yamlText()
        let path = try TemporaryFile.file("podrun-edit", suffix: ".yaml")
        var isKept = false
        defer { if !isKept { unlink(path) } }
        var text = original
        var problem = ""
        while true {
            try TemporaryFile.write(Self.help + problem + text, to: path)
            try openEditor(path)
            let edited = Self.withoutComments(try FileBytes.read(path, limit: YAMLReader.sizeLimit))
            if edited == original { return Console.warn("Edit cancelled, no changes made.") }
            if edited.allSatisfy(\.isWhitespace) { return Console.warn("Edit cancelled, saved file was empty.") }
            if edited == text {
                isKept = true
                Console.warn("A copy of your changes has been stored to \"\(path)\"")
                throw CommandFailure("Edit cancelled, no valid changes were saved.")
            }
            text = edited
            do {
                return try save(edited)
            } catch let failure as CommandFailure {
                problem = comment(failure.message)
            } catch let error as ManifestError {
                problem = comment("\(error)")
            }
        }
    }

    private func comment(_ message: String) -> String {
        let lines = message.split(separator: "\n").map { "# * \($0)\n" }.joined()
        return "# \(object.kind.plural) \"\(object.metadata.name)\" was not valid:\n\(lines)#\n"
    }

    private func save(_ text: String) throws {
        let wanted = try ListedObject(Array(text.utf8), file: "edited")
        let (old, new) = (object.metadata, wanted.metadata)
        guard wanted.kind == object.kind, new.name == old.name, new.namespace == old.namespace else {
            throw CommandFailure("At least one of apiVersion, kind and name was changed")
        }
        guard try !wanted.hasFields(of: object) else { return Console.warn("Edit cancelled, no changes made.") }
        if dryRun != .client {
            _ = try ObjectUpdate(verbs: verbs, isDryRun: dryRun != nil).apply(to: object) { newest in
                var wanted = wanted
                wanted.metadata.resourceVersion = newest.metadata.resourceVersion
                return wanted
            }
        }
        try Console.print("\(object.reference) edited\(dryRun?.note ?? "")\n")
    }

    /// As kubectl: KUBE_EDITOR, EDITOR, or vi, with its arguments.
    private func openEditor(_ path: String) throws {
        let named = ["KUBE_EDITOR", "EDITOR"].compactMap { (name: String) in
            getenv(name).map { String(cString: $0) }
        }
        let editor = named.first { !$0.isEmpty } ?? "vi"
        guard try ChildCommand.run(["/bin/sh", "-c", "\(editor) \"$1\"", "sh", path]) == 0 else {
            throw CommandFailure("there was a problem with the editor \(FieldError.quoted(editor))")
        }
    }

    private static func withoutComments(_ bytes: [UInt8]) -> String {
        String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !$0.hasPrefix("#") }.joined(separator: "\n")
    }
}
