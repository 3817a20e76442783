import PodModel
import Testing

@Suite struct SearchTests {
    @Test func containsIsByBytes() {
        #expect("a→b".contains("→b"))
        #expect("aab".contains("ab"))
        #expect("ab".contains(""))
        #expect(!"ab".contains("abc"))
        #expect(!"".contains("a"))
    }

    @Test func replacingGoesFromLeftToRight() {
        #expect("aaaa".replacing("aa", with: "b") == "bb")
        #expect("a\nb\n".replacing("\n", with: "\\n") == "a\\nb\\n")
        #expect("→x→".replacing("→", with: "") == "x")
        #expect("".replacing("a", with: "b") == "")
    }

    @Test func splitKeepsOrDropsWhatIsEmpty() {
        #expect("a, b, , c".split(separator: ", ") == ["a", "b", "c"])
        #expect(", a, ".split(separator: ", ", omittingEmptySubsequences: false) == ["", "a", ""])
        #expect("a: b: c".split(separator: ": ", maxSplits: 1) == ["a", "b: c"])
        #expect("".split(separator: "--").isEmpty)
        #expect("".split(separator: "--", omittingEmptySubsequences: false) == [""])
    }
}
