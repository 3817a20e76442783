/// A resolv.conf: read from the host, merged with a pod's dnsConfig, written in the kubelet's order.
package struct ResolverConfiguration: Sendable, Equatable {
    package var nameservers: [String] = []
    package var searches: [String] = []
    /// `name` or `name:value`.
    package var options: [String] = []

    /// The kubelet's limits (pkg/apis/core/validation).
    package static let maximumNameservers = 3
    package static let maximumSearches = 32
    package static let maximumSearchLength = 2048

    package init() {}

    /// Reads `text` as the kubelet does: the last `search` line counts, `options` lines add up.
    package init(parsing text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            let fields = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
            guard let keyword = fields.first else { continue }
            switch keyword {
            case "nameserver":
                if fields.count > 1 { nameservers.append(fields[1]) }
            case "search":
                // With and without its final dot it is the same domain.
                searches = fields.dropFirst().map { $0 != "." && $0.hasSuffix(".") ? String($0.dropLast()) : $0 }
            case "options":
                addOptions(Array(fields.dropFirst()))
            default:
                continue
            }
        }
    }

    /// Adds a pod's dnsConfig; its options replace those of the same name.
    package mutating func merge(nameservers: [String], searches: [String], options: [String]) {
        self.nameservers = ResolverConfiguration.unique(self.nameservers + nameservers)
        self.searches = ResolverConfiguration.unique(self.searches + searches)
        addOptions(options)
    }

    /// Cuts what is over the limits and says what was left, one message for each kind.
    package mutating func cutToLimits() -> [String] {
        var messages: [String] = []
        if nameservers.count > ResolverConfiguration.maximumNameservers {
            nameservers = Array(nameservers.prefix(ResolverConfiguration.maximumNameservers))
            messages.append(
                "Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: "
                    + nameservers.joined(separator: " "))
        }
        var kept: [String] = []
        var length = -1
        for search in searches.prefix(ResolverConfiguration.maximumSearches) {
            length += search.utf8.count + 1
            if length > ResolverConfiguration.maximumSearchLength { break }
            kept.append(search)
        }
        if kept.count < searches.count {
            searches = kept
            messages.append(
                "Search Line limits were exceeded, some search paths have been omitted, the applied search line is: "
                    + searches.joined(separator: " "))
        }
        return messages
    }

    package var text: String {
        var text = ""
        if !searches.isEmpty { text += "search \(searches.joined(separator: " "))\n" }
        for nameserver in nameservers { text += "nameserver \(nameserver)\n" }
        if !options.isEmpty { text += "options \(options.joined(separator: " "))\n" }
        return text
    }

    private mutating func addOptions(_ added: [String]) {
        for option in added {
            let name = option.split(separator: ":", maxSplits: 1).first
            options.removeAll { $0.split(separator: ":", maxSplits: 1).first == name }
            options.append(option)
        }
    }

    private static func unique(_ values: [String]) -> [String] {
        var seen: Set<String> = []
        return values.filter { seen.insert($0).inserted }
    }
}
