import PodModel
import Testing

@Suite struct SchemaTests {
    /// A field without a line is one that `explain` can't explain; a line without a field is out of date.
    @Test func everyFieldIsDocumentedAndNothingElse() {
        var names: Set<String> = []
        var undocumented: [String] = []
        func visit(_ type: FieldType, in schema: Schema) {
            guard let object = type.object, names.insert(object.name).inserted else { return }
            if schema.text(of: type).isEmpty { undocumented.append(object.name) }
            for entry in schema.entries(of: type, at: []) {
                names.insert("\(object.name).\(entry.name)")
                if entry.text.isEmpty { undocumented.append("\(object.name).\(entry.name)") }
                visit(entry.type, in: schema)
            }
        }
        for kind in ObjectKind.allCases {
            let schema = Schema(kind)
            if let root = schema.entry([]) { visit(root.type, in: schema) }
        }
        #expect(undocumented == [])
        #expect(FieldDocumentation.names.filter { !names.contains($0) } == [])
    }

    @Test(arguments: [
        ("spec.containers", "[]Container", true), ("spec.containers.resources.limits", "map[string]Quantity", false),
        ("spec.containers.ports.containerPort", "integer", true), ("spec.containers.env.value", "string", false),
        ("spec.containers.securityContext", "SecurityContext", false), ("spec.hostNetwork", "boolean", false),
        ("spec.containers.livenessProbe.httpGet.port", "IntOrString", true), ("spec.volumes.nfs", "Object", false),
        ("metadata.creationTimestamp", "string", false), ("status", "PodStatus", false),
        (
            "spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution.preference", "NodeSelectorTerm",
            true
        ),
    ])
    func types(path: String, type: String, isRequired: Bool) throws {
        let entry = try #require(Schema(.pod).entry(path.split(separator: ".").map(String.init)))
        #expect(entry.type.text == type)
        #expect(entry.isRequired == isRequired)
    }

    /// As UnsupportedFields has it, without a list of its own.
    @Test(arguments: [
        ("spec.containers.volumeDevices", true), ("spec.containers.image", false), ("spec.volumes.nfs", true),
        ("spec.volumes.emptyDir", false), ("spec.volumes", false), ("spec.schedulingGates", true),
        ("spec.initContainers.volumeDevices", true), ("spec.os", false),
        ("spec.containers.resources.limits", false), ("spec.securityContext.seccompProfile", false),
    ])
    func whatIsRefused(path: String, isRefused: Bool) throws {
        let entry = try #require(Schema(.pod).entry(path.split(separator: ".").map(String.init)))
        #expect(entry.isUnsupported == isRefused)
    }

    @Test func valuesOfAField() throws {
        #expect(Schema(.pod).entry(["spec", "volumes", "hostPath", "type"])?.values.prefix(2) == ["", "BlockDevice"])
        #expect(Schema(.pod).entry(["spec", "nothing"]) == nil)
    }
}
