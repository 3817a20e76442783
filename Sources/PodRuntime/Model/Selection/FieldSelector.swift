/// Conditions on fields of objects, as `--field-selector` has them: `status.phase=Running,metadata.name!=web`.
package struct FieldSelector: Codable, Sendable, Equatable {
    package struct Term: Codable, Sendable, Equatable {
        package var label: String
        /// Whether the field must have the value, or must not.
        package var isEqual: Bool
        package var value: String

        package init(_ label: String, isEqual: Bool = true, _ value: String) {
            self.label = label
            self.isEqual = isEqual
            self.value = value
        }
    }

    /// All of them must hold.
    package var terms: [Term]

    package init(_ terms: [Term] = []) {
        self.terms = terms
    }

    package var isEmpty: Bool { terms.isEmpty }

    /// As it was written, shortest.
    package var text: String {
        terms.map { "\($0.label)\($0.isEqual ? "=" : "!=")\($0.value)" }.joined(separator: ",")
    }

    package func matches(_ object: some FieldSelectable) -> Bool {
        terms.allSatisfy { (object.field($0.label) == $0.value) == $0.isEqual }
    }

    /// A label that objects like this one can't be selected by.
    package func unknownLabel(of object: some FieldSelectable) -> String? {
        terms.first { object.field($0.label) == nil }?.label
    }

    package struct Problem: Error, CustomStringConvertible {
        package let description: String
    }

    /// A backslash takes the meaning from the character behind it: `\,`, `\=`, `\\`.
    package init(parsing text: String) throws(Problem) {
        terms = []
        for part in Self.split(text) where !part.isEmpty {
            guard let equal = part.firstIndex(of: "=") else {
                throw Problem(description: "invalid selector: '\(text)'; can't understand '\(part)'")
            }
            let isNegated = part[..<equal].last == "!"
            var value = part[part.index(after: equal)...]
            if !isNegated, value.first == "=" { value.removeFirst() }
            terms.append(
                Term(String(part[..<equal].dropLast(isNegated ? 1 : 0)), isEqual: !isNegated, Self.unescaped(value)))
        }
    }

    /// At the commas that are not escaped.
    private static func split(_ text: String) -> [String] {
        var parts = [""]
        var isEscaped = false
        for character in text {
            if character == ",", !isEscaped {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
            isEscaped = character == "\\" && !isEscaped
        }
        return parts
    }

    private static func unescaped(_ text: Substring) -> String {
        var result = ""
        var isEscaped = false
        for character in text {
            if character == "\\", !isEscaped {
                isEscaped = true
            } else {
                result.append(character)
                isEscaped = false
            }
        }
        return result
    }
}

/// What field selectors can ask an object for.
package protocol FieldSelectable {
    /// nil: objects of this kind can't be selected by it.
    func field(_ label: String) -> String?
}

extension ObjectMeta: FieldSelectable {
    package func field(_ label: String) -> String? {
        switch label {
        case "metadata.name": name
        case "metadata.namespace": namespace
        default: nil
        }
    }
}

extension Pod: FieldSelectable {
    package func field(_ label: String) -> String? {
        switch label {
        case "spec.nodeName": spec.nodeName
        case "spec.restartPolicy": spec.restartPolicy
        case "spec.schedulerName": spec.schedulerName
        case "spec.serviceAccountName": spec.serviceAccountName
        case "spec.hostNetwork": spec.hostNetwork ? "true" : "false"
        case "status.phase": status.phase
        case "status.podIP", "status.podIPs": status.podIP
        case "status.nominatedNodeName": status.nominatedNodeName
        default: metadata.field(label)
        }
    }
}

extension StoredObject: FieldSelectable {
    package func field(_ label: String) -> String? {
        if case .secret(let secret) = self, label == "type" { return secret.type }
        return metadata.field(label)
    }
}

extension Event: FieldSelectable {
    package func field(_ label: String) -> String? {
        switch label {
        case "involvedObject.kind": involvedObject.kind
        case "involvedObject.namespace": involvedObject.namespace
        case "involvedObject.name": involvedObject.name
        case "involvedObject.uid": involvedObject.uid
        case "involvedObject.apiVersion": involvedObject.apiVersion
        case "involvedObject.resourceVersion": involvedObject.resourceVersion
        case "involvedObject.fieldPath": involvedObject.fieldPath
        case "reason": reason
        case "type": type
        case "source", "reportingComponent": source.component.isEmpty ? reportingComponent : source.component
        default: metadata.field(label)
        }
    }
}
