/// The kinds of objects that podrun has, all of core/v1. Nobody but the agent makes events.
package enum ObjectKind: String, Codable, Sendable, CaseIterable {
    case pod = "Pod"
    case configMap = "ConfigMap"
    case secret = "Secret"
    case persistentVolumeClaim = "PersistentVolumeClaim"
    case event = "Event"

    /// `configmap`: what stands before the slash in kubectl's output.
    package var word: String { rawValue.lowercased() }

    /// `configmaps`: the API's name of the resource, as in errors.
    package var plural: String { word + "s" }

    /// What may be written for it on a command line.
    package var words: [String] {
        switch self {
        case .pod: [plural, word, "po"]
        case .configMap: [plural, word, "cm"]
        case .secret: [plural, word]
        case .persistentVolumeClaim: [plural, word, "pvc"]
        case .event: [plural, word, "ev"]
        }
    }

    /// In whatever case: `Pod` is what manifests say.
    package init?(word: String) {
        let word = word.lowercased()
        guard let kind = ObjectKind.allCases.first(where: { $0.words.contains(word) }) else { return nil }
        self = kind
    }
}
