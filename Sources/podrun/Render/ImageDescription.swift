import PodImages
import PodModel

/// What `image inspect` prints: docker's fields.
struct ImageDescription {
    let image: StoredImage
    let config: OCIImageConfig

    var value: Value {
        get throws {
            let digests = Set(image.names.map(\.familiarName)).sorted().map { "\($0)@\(image.manifest)" }
            let tags = image.names.filter { !$0.tag.isEmpty }.map { "\($0.familiarName):\($0.tag)" }
            var members: [(key: String, value: Value)] = [
                ("Id", .string(image.imageID)),
                ("RepoTags", .array(tags.map(Value.string))),
                ("RepoDigests", .array(digests.map(Value.string))),
                ("Created", .string(config.created)),
                ("Architecture", .string(config.architecture)),
                ("Os", .string(config.os)),
                ("Size", .int(image.size)),
                ("Config", try NodeEncoder.encode(config.config)),
                (
                    "RootFS",
                    .object([("Type", .string("layers")), ("Layers", .array(config.rootfs.diffIDs.map(Value.string)))])
                ),
            ]
            if !config.variant.isEmpty { members.append(("Variant", .string(config.variant))) }
            return .object(members)
        }
    }
}
