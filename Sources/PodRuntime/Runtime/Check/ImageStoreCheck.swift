import PodImages

/// What killed processes left in the image store, and images that lack something.
package enum ImageStoreCheck {
    /// - Parameter directory: the store.
    package static func damages(in directory: String) throws -> [Damage] {
        let store = ImageStore(directory: directory)
        return try store.defects().map { defect in
            let remove = { try store.remove(defect) }
            return switch defect {
            case .staging(let name): Damage("Left image files", "\(directory)/staging/\(name)", repair: remove)
            case .halfLayer(let id): Damage("Half a layer", "\(directory)/layers/\(id)", repair: remove)
            case .image(let name, let layer):
                Damage("Image", "\(name): layer \(layer) is missing or half", remedy: Self.again(name))
            case .record(let name, let problem): Damage("Image", "\(name): \(problem)", remedy: Self.again(name))
            }
        }
    }

    private static func again(_ name: String) -> String { "podrun image rm \(name), then pull or load it again" }
}
