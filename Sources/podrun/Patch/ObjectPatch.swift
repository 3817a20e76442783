import PodModel

/// A change of an object as `podrun patch` takes it.
enum ObjectPatch {
    enum Kind: String, CaseIterable {
        /// RFC 6902.
        case json
        /// RFC 7386.
        case merge
        /// Kubernetes' own: lists of objects are merged by a key.
        case strategic
    }

    struct Problem: Error, Equatable, CustomStringConvertible {
        let description: String

        init(_ description: String) { self.description = description }
    }

    static func apply(_ patch: Value, _ kind: Kind, to object: Value) throws(Problem) -> Value {
        switch kind {
        case .json: return try JSONPatch.apply(patch, to: object)
        case .merge, .strategic:
            guard case .object = patch else { throw Problem("the patch must be an object") }
            return kind == .merge ? merged(object, patch) : try StrategicPatch.merged(object, patch)
        }
    }

    /// RFC 7386: null takes a field away, an object is merged, anything else replaces.
    private static func merged(_ old: Value, _ patch: Value) -> Value {
        guard case .object(let changes) = patch else { return patch }
        var result = old
        if case .object = old {} else { result = .object([]) }
        for (key, change) in changes {
            result.set(key, change == .null ? nil : merged(result.member(key) ?? .null, change))
        }
        return result
    }
}

extension Value {
    /// Of an object; nil takes the member away.
    mutating func set(_ key: String, _ value: Value?) {
        guard case .object(var members) = self else { return }
        let index = members.firstIndex { $0.key == key }
        switch (index, value) {
        case (let index?, let value?): members[index].value = value
        case (let index?, nil): members.remove(at: index)
        case (nil, let value?): members.append((key, value))
        case (nil, nil): break
        }
        self = .object(members)
    }
}
