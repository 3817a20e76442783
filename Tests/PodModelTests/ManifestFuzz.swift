import Fuzzing
import PodModel
import Testing

/// Manifests and quantities that nobody would write (`scripts/fuzz`).
@Suite(.enabled(if: Fuzzer.isWanted, "scripts/fuzz runs it"))
struct ManifestFuzz {
    private static let words = [
        "---\n", "...\n", "- ", ": ", "{}", "[]", "null", "~", "true", "\"", "'", "|\n", ">-\n", "&a ", "*a", "<<: ",
        "!!binary ",
        "\t", "\r\n", "\u{feff}", "\\u0000", "\\ud800", "#", "? ", "apiVersion: v1\n", "kind: Pod\n", "kind: List\n",
        "items:\n",
        "spec:\n", "containers:\n", "metadata:\n", "name: a\n", "limits: {cpu: 1e3}", "namespace:",
    ]

    /// What is read and found valid is still the same after it was written as JSON and as YAML and read again.
    @Test func manifest() throws {
        let corpus = Fuzzer.fixtures("corpus", ".yaml") + Fuzzer.fixtures("bad-input", ".yaml")
        var fuzzer = Fuzzer("manifest", corpus: corpus, words: Self.words)
        try fuzzer.run { input in
            guard let objects = try? Manifest.read(input, file: "fuzz") else { return true }
            for object in objects {
                switch object {
                case .pod(let manifest):
                    let pod = manifest.pod.withDefaults()
                    _ = PodValidation.errors(in: pod).map(\.description)
                    if try !isSame(pod) { return false }
                case .stored(let manifest):
                    let object = manifest.object.withDefaults()
                    _ = ObjectValidation.errors(in: object).map(\.description)
                    if try !isSame(object) { return false }
                }
            }
            return true
        }
    }

    private func isSame<T: Codable & Equatable>(_ value: T) throws -> Bool {
        let yaml = try NodeEncoder.encodeCompletely(value).yamlText()
        for written in [try JSON.encode(value), Array(yaml.utf8)] {
            let again = try JSON.decode(T.self, from: written)
            #expect(again == value)
            if again != value { return false }
        }
        return true
    }

    /// A quantity is the same after it was written and read again.
    @Test func quantity() {
        let corpus = [
            "0", "1", "100m", "1.5Gi", "1e3", "12E-7", "-1Mi", "+.5n", "0.000000001", "99999999999E", "128974848000m",
            "99999999999999999999.0000000000000000001E", "1048576Ei",
        ]
        let words = ["Ki", "Mi", "Ei", "n", "u", "m", "k", "E", "e", "-", "+", ".", "00000000000000000000"]
        var fuzzer = Fuzzer("quantity", corpus: corpus.map { Array($0.utf8) }, words: words)
        fuzzer.run { input in
            let text = String(decoding: input, as: UTF8.self)
            guard let quantity = try? Quantity(text) else { return true }
            _ = (quantity.value, quantity.milliValue, quantity.roundedUpToMilli, quantity + quantity)
            let again = try? Quantity(quantity.text)
            #expect(again == quantity, "\(text) is written as \(quantity.text)")
            return again == quantity
        }
    }
}
