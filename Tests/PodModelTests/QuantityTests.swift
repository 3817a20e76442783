import PodModel
import Testing

struct QuantityTests {
    @Test(
        arguments: [
            ("0", "0", 0), ("1", "1", 1), ("200Mi", "200Mi", 209_715_200), ("200M", "200M", 200_000_000),
            ("1000", "1k", 1000), ("1e3", "1e3", 1000), ("1E", "1E", 1_000_000_000_000_000_000), ("0.1", "100m", 1),
            ("100m", "100m", 1), ("1.5Gi", "1536Mi", 1_610_612_736), ("128974848000m", "128974848", 128_974_848),
            ("1024", "1024", 1024), ("1025Ki", "1025Ki", 1_049_600), ("-1Mi", "-1Mi", -1_048_576),
            ("0.5Ki", "512", 512),
            ("1n", "1n", 1), ("0.1n", "1n", 1), ("9223372036854775807", "9223372036854775807", Int64.max),
            ("99999999999E", "99999999999E", Int64.max), ("1e999999999", nil, Int64.max), ("+5", "5", 5),
            (".5", "500m", 1),
        ] as [(String, String?, Int64)])
    func valueAndCanonicalText(text: String, canonical: String?, value: Int64) throws {
        let quantity = try Quantity(text)
        if let canonical { #expect(quantity.text == canonical) }
        #expect(quantity.value == value)
    }

    @Test(arguments: ["", "200MB", "200 Mi", "1,5Gi", "NaN", "Mi", "--1", "0x10"])
    func refusesOtherForms(text: String) {
        #expect(throws: QuantityError.format) { try Quantity(text) }
    }

    @Test(arguments: ["200mi", "1e", "1kk", "1KiB".replacing("B", with: "i")]) func refusesSuffixes(text: String) {
        #expect(throws: QuantityError.suffix) { try Quantity(text) }
    }

    @Test func roundsUpToThousandths() throws {
        #expect(try Quantity("0.1m").roundedUpToMilli.text == "1m")
        #expect(try Quantity("1500m").milliValue == 1500)
        #expect(try Quantity("1Gi") == Quantity("1073741824"))
    }
}
