import PodModel
import Testing

@testable import PodPlanning

@Suite struct EnvironmentFileTests {
    static let file = """
        # a comment
          INDENTED='one'
        PLAIN='two' # said

        LINES='a
        b # no comment
        '
        BLANK= 'three'
        EMPTY=''
        EQUALS='x=y'
        PLAIN='later'
        WINDOWS='crlf'\r
        """

    @Test(arguments: [
        ("INDENTED", "one"), ("PLAIN", "two"), ("LINES", "a\nb # no comment\n"), ("BLANK", nil), ("EMPTY", nil),
        ("EQUALS", "x=y"), ("WINDOWS", "crlf"), ("ABSENT", nil),
    ])
    func value(name: String, value: String?) throws {
        #expect(try EnvironmentFile(Self.file).value(of: name) == value)
    }

    @Test(arguments: [
        ("\nA", 2, "missing '='"), ("='x'", 1, "empty variable name"),
        ("A ='x'", 1, "whitespace before '=' is not allowed"),
        ("A=x", 1, "value must be enclosed in single quotes"),
        ("A=\"x\"", 1, "value must be enclosed in single quotes"),
        ("A='x\ny", 1, "unclosed single quote"), ("A='x\n'y'", 2, "unexpected content after closing quote"),
    ])
    func whatIsWrong(text: String, line: Int, reason: String) {
        #expect(throws: EnvironmentFile.Problem(line: line, reason: reason)) {
            try EnvironmentFile(text).value(of: "B")
        }
    }
}
