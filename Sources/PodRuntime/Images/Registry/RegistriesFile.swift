/// One registries.conf (version 2), read into values; see containers-registries.conf(5).
struct RegistriesFile: Equatable, Sendable {
    /// `[[registry]]`
    struct Registry: Equatable, Sendable {
        /// What names it is about: a host, a host and the beginning of a path, or `*.example.com`.
        var prefix = ""
        /// What takes the prefix's place; empty with a wildcard: nothing is replaced.
        var location = ""
        var isInsecure = false
        var isBlocked = false
        var mirrorsByDigestOnly = false
        var mirrors: [Mirror] = []

        var isWildcard: Bool { prefix.hasPrefix("*.") }
    }

    /// `[[registry.mirror]]`
    struct Mirror: Equatable, Sendable {
        enum Use: String, Sendable {
            case all
            case digestOnly = "digest-only"
            case tagOnly = "tag-only"
        }

        var location = ""
        var isInsecure = false
        var use = Use.all
    }

    /// nil: not said.
    var searchRegistries: [String]?
    var registries: [Registry] = []

    /// Known, without effect here, and not worth a warning: Debian ships files full of aliases; podrun's short names
    /// are Docker's.
    private static let passedOver: Set = ["short-name-mode", "credential-helpers"]

    init(_ bytes: [UInt8], file: String, warn: (String) -> Void) throws(ImageError) {
        for table in try TOMLReader.tables(bytes, file: file) {
            switch table.name {
            case []:
                for entry in table.entries {
                    if entry.key == "unqualified-search-registries" {
                        searchRegistries = try Self.strings(entry, file)
                    } else if !Self.passedOver.contains(entry.key) {
                        warn("\(file):\(entry.line): unknown key \"\(entry.key)\"")
                    }
                }
            case ["registry"] where table.isElement: registries.append(try Self.registry(table, file, warn))
            case ["registry", "mirror"] where table.isElement:
                guard !registries.isEmpty else {
                    throw ImageError(.invalid, "\(file):\(table.line): a mirror before the first [[registry]]")
                }
                registries[registries.count - 1].mirrors.append(try Self.mirror(table, file, warn))
            case ["aliases"]: break
            default: warn("\(file):\(table.line): unknown table \"\(table.name.joined(separator: "."))\"")
            }
        }
    }

    private static func registry(
        _ table: TOMLReader.Table, _ file: String, _ warn: (String) -> Void
    ) throws(ImageError) -> Registry {
        var registry = Registry()
        for entry in table.entries {
            switch entry.key {
            case "prefix": registry.prefix = try place(entry, file)
            case "location": registry.location = try place(entry, file)
            case "insecure": registry.isInsecure = try boolean(entry, file)
            case "blocked": registry.isBlocked = try boolean(entry, file)
            case "mirror-by-digest-only": registry.mirrorsByDigestOnly = try boolean(entry, file)
            default: warn("\(file):\(entry.line): unknown key \"registry.\(entry.key)\"")
            }
        }
        if registry.prefix.isEmpty { registry.prefix = registry.location }
        if registry.location.isEmpty, !registry.isWildcard { registry.location = registry.prefix }
        if registry.prefix.isEmpty {
            throw ImageError(.invalid, "\(file):\(table.line): a registry needs a prefix or a location")
        }
        if registry.prefix.dropFirst(registry.isWildcard ? 2 : 0).contains("*") || registry.location.contains("*") {
            throw ImageError(.invalid, "\(file):\(table.line): \"*\" may only begin a prefix, as \"*.example.com\"")
        }
        return registry
    }

    private static func mirror(
        _ table: TOMLReader.Table, _ file: String, _ warn: (String) -> Void
    ) throws(ImageError) -> Mirror {
        var mirror = Mirror()
        for entry in table.entries {
            switch entry.key {
            case "location": mirror.location = try place(entry, file)
            case "insecure": mirror.isInsecure = try boolean(entry, file)
            case "pull-from-mirror":
                guard case .string(let text) = entry.value, let use = Mirror.Use(rawValue: text) else {
                    throw wrong(entry, "all, digest-only or tag-only", file)
                }
                mirror.use = use
            default: warn("\(file):\(entry.line): unknown key \"registry.mirror.\(entry.key)\"")
            }
        }
        if mirror.location.isEmpty {
            throw ImageError(.invalid, "\(file):\(table.line): a mirror needs a location")
        }
        return mirror
    }

    // MARK: Values

    private static func wrong(_ entry: TOMLReader.Entry, _ wanted: String, _ file: String) -> ImageError {
        ImageError(.invalid, "\(file):\(entry.line): \"\(entry.key)\" must be \(wanted)")
    }

    private static func boolean(_ entry: TOMLReader.Entry, _ file: String) throws(ImageError) -> Bool {
        guard case .boolean(let value) = entry.value else { throw wrong(entry, "true or false", file) }
        return value
    }

    private static func strings(_ entry: TOMLReader.Entry, _ file: String) throws(ImageError) -> [String] {
        guard case .strings(let values) = entry.value else { throw wrong(entry, "an array of strings", file) }
        return values
    }

    /// A host with an optional path.
    private static func place(_ entry: TOMLReader.Entry, _ file: String) throws(ImageError) -> String {
        guard case .string(var text) = entry.value else { throw wrong(entry, "a host with an optional path", file) }
        while text.hasSuffix("/") { text.removeLast() }
        let isPlain = text.utf8.allSatisfy { (0x21...0x7e).contains($0) && !"?#@\\%".utf8.contains($0) }
        guard isPlain, !text.isEmpty, !text.contains("//") else {
            throw wrong(entry, "a host with an optional path, without \"https://\"", file)
        }
        return text
    }
}
