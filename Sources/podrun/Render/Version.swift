import PodImages
import PodModel

enum Version {
    static let text = "0.1.0"
}

/// `podrun version`, as text or in kubectl's form of `-o`.
enum VersionFormat: String, Equatable {
    case text, json, yaml

    var output: String {
        get throws {
            let numbers = Version.text.split(separator: ".").map(String.init)
            let value = Value.object([
                (
                    "clientVersion",
                    .object([
                        ("gitVersion", .string("v" + Version.text)), ("major", .string(numbers[0])),
                        ("minor", .string(numbers[1])), ("platform", .string(HostPlatform.current.description)),
                    ])
                )
            ])
            switch self {
            case .text: return "podrun \(Version.text)\n"
            case .json: return value.jsonText() + "\n"
            case .yaml: return try value.yamlText()
            }
        }
    }
}

extension CommandLineParser {
    static func version(_ parsed: ParsedArguments) throws(UsageError) -> VersionFormat {
        try refuseOperands(parsed)
        guard let text = parsed.text("output"), !text.isEmpty else { return .text }
        guard let format = VersionFormat(rawValue: text), format != .text else {
            throw UsageError("--output must be 'yaml' or 'json'", verb: "version")
        }
        return format
    }
}
