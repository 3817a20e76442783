import PodModel

/// Computes what the volumes of one pod show, from the pod, its node and the objects as they are now.
package struct PayloadResolution {
    private let pod: Pod
    private let downward: DownwardAPI
    private let configuration: PodConfiguration

    package init(pod: Pod, node: NodeFacts, configuration: PodConfiguration) {
        self.pod = pod
        downward = DownwardAPI(pod: pod, node: node)
        self.configuration = configuration
    }

    /// - Returns: nil for a volume of another type.
    /// - Throws: `ResolveError` whose message is the kubelet's; all causes in one, as `[a, b]`.
    package func payload(of volume: Volume) throws(ResolveError) -> VolumePayload? {
        var collected = Collected()
        if let source = volume.configMap {
            add(configMap: source.name, source.items, source.optional, mode: source.defaultMode, to: &collected)
        } else if let source = volume.secret {
            add(secret: source.secretName, source.items, source.optional, mode: source.defaultMode, to: &collected)
        } else if let source = volume.downwardAPI {
            add(source.items, mode: source.defaultMode, to: &collected)
        } else if let source = volume.projected {
            for projection in source.sources { add(projection, mode: source.defaultMode, to: &collected) }
        } else {
            return nil
        }
        switch collected.errors.count {
        case 0: return try VolumePayload(collected.files)
        case 1: throw ResolveError(.createContainerConfigError, collected.errors[0])
        default: throw ResolveError(.createContainerConfigError, "[\(collected.errors.joined(separator: ", "))]")
        }
    }

    private struct Collected {
        /// A later source wins over an earlier one.
        var files: [String: VolumePayload.File] = [:]
        var errors: [String] = []

        mutating func attempt(_ body: (inout [String: VolumePayload.File]) throws(ResolveError) -> Void) {
            do throws(ResolveError) {
                try body(&files)
            } catch {
                if !errors.contains(error.message) { errors.append(error.message) }
            }
        }
    }

    private static let defaultMode: Int32 = 0o644

    private func add(_ projection: VolumeProjection, mode: Int32?, to collected: inout Collected) {
        if let source = projection.secret {
            add(secret: source.name, source.items, source.optional, mode: mode, to: &collected)
        } else if let source = projection.configMap {
            add(configMap: source.name, source.items, source.optional, mode: mode, to: &collected)
        } else if let source = projection.downwardAPI {
            add(source.items, mode: mode, to: &collected)
        }
    }

    private func add(
        configMap name: String, _ items: [KeyToPath], _ isOptional: Bool?, mode: Int32?, to collected: inout Collected
    ) {
        collected.attempt { files throws(ResolveError) in
            let found = try configuration.configMap(name, isOptional: isOptional)
            try add(found?.files ?? [:], items, isOptional, mode: mode, to: &files) {
                "configmap references non-existent config key: \($0)"
            }
        }
    }

    private func add(
        secret name: String, _ items: [KeyToPath], _ isOptional: Bool?, mode: Int32?, to collected: inout Collected
    ) {
        collected.attempt { files throws(ResolveError) in
            let found = try configuration.secret(name, isOptional: isOptional)
            try add(found?.files ?? [:], items, isOptional, mode: mode, to: &files) {
                "references non-existent secret key: \($0)"
            }
        }
    }

    /// All keys, or those that `items` names at the paths that it says.
    private func add(
        _ values: [String: [UInt8]], _ items: [KeyToPath], _ isOptional: Bool?, mode: Int32?,
        to files: inout [String: VolumePayload.File], missing: (String) -> String
    ) throws(ResolveError) {
        let defaultMode = UInt32(bitPattern: mode ?? Self.defaultMode)
        var added: [String: VolumePayload.File] = [:]
        if items.isEmpty {
            added = values.mapValues { VolumePayload.File(bytes: $0, mode: defaultMode) }
        }
        for item in items {
            guard let bytes = values[item.key] else {
                if isOptional == true { continue }
                throw ResolveError(.createContainerConfigError, missing(item.key))
            }
            added[item.path] = VolumePayload.File(
                bytes: bytes, mode: item.mode.map(UInt32.init(bitPattern:)) ?? defaultMode)
        }
        files.merge(added) { _, later in later }
    }

    private func add(_ items: [DownwardAPIVolumeFile], mode: Int32?, to collected: inout Collected) {
        for item in items {
            collected.attempt { files throws(ResolveError) in
                var text = ""
                if let field = item.fieldRef {
                    text = try downward.value(ofField: field.fieldPath)
                } else if let resource = item.resourceFieldRef {
                    text = try downward.value(of: resource, in: nil)
                }
                files[item.path] = VolumePayload.File(
                    bytes: Array(text.utf8), mode: UInt32(bitPattern: item.mode ?? mode ?? Self.defaultMode))
            }
        }
    }
}
