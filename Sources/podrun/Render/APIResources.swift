import PodModel

/// `podrun api-resources`: the kinds that podrun has.
struct APIResourcesOptions: Equatable {
    var format = OutputFormat.table
    var headers = true
    /// nil: whether or not they are in namespaces.
    var isNamespaced: Bool?
}

extension APIResourcesOptions {
    var text: String {
        // All of podrun's kinds are in namespaces.
        let kinds = isNamespaced == false ? [] : ObjectKind.allCases.sorted { $0.plural < $1.plural }
        if format == .name { return kinds.map { "\($0.plural)\n" }.joined() }
        let isWide = format == .wide
        let rows = kinds.map { kind in
            [kind.plural, kind.words.dropFirst(2).joined(separator: ","), "v1", "true", kind.rawValue]
                + (isWide ? [Self.verbs(of: kind), kind == .pod ? "all" : ""] : [])
        }
        let header =
            ["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND"] + (isWide ? ["VERBS", "CATEGORIES"] : [])
        return Table(header, rows: rows).text(showsHeader: headers)
    }

    private static func verbs(of kind: ObjectKind) -> String {
        kind == .event ? "get,list,watch" : "create,delete,deletecollection,get,list,patch,update,watch"
    }
}

extension CommandLineParser {
    static func apiResources(_ parsed: ParsedArguments) throws(UsageError) -> APIResourcesOptions {
        try refuseOperands(parsed)
        return APIResourcesOptions(
            format: try OutputFormat.read(parsed, allowed: ["name", "wide"]) ?? .table,
            headers: !parsed.isOn("no-headers"),
            isNamespaced: parsed.has("namespaced") ? parsed.isOn("namespaced") : nil)
    }
}
