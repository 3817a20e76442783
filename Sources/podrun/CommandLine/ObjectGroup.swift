import PodModel

/// Objects of one kind that a command line names.
struct ObjectGroup: Equatable {
    var kind = ObjectKind.pod
    /// Empty means all objects of the kind.
    var names: [String] = []

    init(_ kind: ObjectKind = .pod, _ names: [String] = []) {
        self.kind = kind
        self.names = names
    }
}

extension [ObjectGroup] {
    var isNamed: Bool { contains { !$0.names.isEmpty } }
}

/// Objects and the namespace they are in; empty means all namespaces.
typealias PlacedGroup = (group: ObjectGroup, namespace: String)
