import PodModel

/// An object that is not a pod as a row of `get`: the columns of kubectl for its kind.
package struct ObjectRow: Codable, Sendable, Equatable {
    package var namespace: String
    /// In the order of ``header(of:isWide:)`` with the wide columns.
    package var cells: [String]

    package static func header(of kind: ObjectKind, isWide: Bool) -> [String] {
        switch kind {
        case .pod: isWide ? PodRow.wideHeader : PodRow.header
        case .configMap: ["NAME", "DATA", "AGE"]
        case .secret: ["NAME", "TYPE", "DATA", "AGE"]
        case .event:
            isWide
                ? [
                    "LAST SEEN", "TYPE", "REASON", "OBJECT", "SUBOBJECT", "SOURCE", "MESSAGE", "FIRST SEEN", "COUNT",
                    "NAME",
                ] : ["LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"]
        case .persistentVolumeClaim:
            [
                "NAME", "STATUS", "VOLUME", "CAPACITY", "ACCESS MODES", "STORAGECLASS", "VOLUMEATTRIBUTESCLASS", "AGE",
            ] + (isWide ? ["VOLUMEMODE"] : [])
        }
    }

    /// - Parameter now: the wall clock.
    package init(_ object: StoredObject, now: Timestamp) {
        namespace = object.metadata.namespace
        let age = PodRow.age(of: object.metadata.creationTimestamp, now: now)
        switch object {
        case .configMap(let object):
            cells = [object.metadata.name, "\(object.data.count + object.binaryData.count)", age]
        case .secret(let object): cells = [object.metadata.name, object.type, "\(object.data.count)", age]
        case .persistentVolumeClaim(let claim): cells = Self.cells(of: claim, age: age)
        }
    }

    /// - Parameter now: the wall clock.
    package init(_ event: Event, now: Timestamp) {
        namespace = event.metadata.namespace
        let object = event.involvedObject
        let component = event.source.component.isEmpty ? event.reportingComponent : event.source.component
        let instance = event.source.component.isEmpty ? event.reportingInstance : event.source.host
        let first = PodRow.age(of: event.firstTimestamp ?? event.eventTime, now: now)
        cells = [
            event.lastTimestamp == nil ? first : PodRow.age(of: event.lastTimestamp, now: now), event.type,
            event.reason, object.kind.lowercased() + (object.name.isEmpty ? "" : "/\(object.name)"),
            object.fieldPath, component + (instance.isEmpty ? "" : ", \(instance)"), event.trimmedMessage, first,
            "\(max(1, event.count))", event.metadata.name,
        ]
    }

    package func cells(of kind: ObjectKind, isWide: Bool) -> [String] {
        // The one table whose wide columns are not all at the end.
        if kind == .event, !isWide { return [0, 1, 2, 3, 6].map { cells[$0] } }
        return Array(cells.prefix(Self.header(of: kind, isWide: isWide).count))
    }

    private static func cells(of claim: PersistentVolumeClaim, age: String) -> [String] {
        let isDeleted = claim.metadata.deletionTimestamp != nil
        return [
            claim.metadata.name, isDeleted ? "Terminating" : claim.status.phase, claim.spec.volumeName,
            claim.spec.volumeName.isEmpty ? "" : claim.status.capacity["storage"]?.text ?? "",
            claim.spec.volumeName.isEmpty ? "" : claim.shortAccessModes, claim.spec.storageClassName ?? "",
            claim.spec.volumeAttributesClassName ?? "<unset>", age, claim.spec.volumeMode ?? "<unset>",
        ]
    }
}

extension Event {
    /// Without white space around it, as kubectl shows it.
    package var trimmedMessage: String {
        var text = Substring(message)
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text.drop(while: \.isWhitespace))
    }
}

extension PersistentVolumeClaim {
    private static let shortModes = [
        ("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"), ("ReadWriteOncePod", "RWOP"),
    ]

    /// `RWO,ROX`: the modes that the claim has got.
    package var shortAccessModes: String {
        Self.shortModes.filter { status.accessModes.contains($0.0) }.map(\.1).joined(separator: ",")
    }
}
