import Glibc
import PodModel
import Testing

@testable import podrun

struct ConformancePageTests {
    private static func page(file: String = #filePath) throws -> String {
        let repository = file.split(separator: "/").dropLast(3).joined(separator: "/")
        let descriptor = open("/\(repository)/docs/conformance.md", O_RDONLY)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 1 << 18)
        return String(decoding: bytes[..<max(0, read(descriptor, &bytes, bytes.count))], as: UTF8.self)
    }

    @Test func theCommittedPageIsWhatTheModelSays() throws {
        let wanted = ConformancePage.text.split(separator: "\n", omittingEmptySubsequences: false)
        let committed = try Self.page().split(separator: "\n", omittingEmptySubsequences: false)
        for (ours, theirs) in zip(wanted, committed) where ours != theirs {
            Issue.record(
                "docs/conformance.md: \"\(theirs)\" should be \"\(ours)\": podrun explain pod --conformance >docs/conformance.md"
            )
            return
        }
        #expect(wanted.count == committed.count)
    }

    @Test func refusedFieldsAndTheirPartsSaySo() {
        let text = ConformancePage.text
        #expect(text.contains("| `runtimeClassName` | string | refused |"))
        #expect(text.contains("| `image` | string | supported |"))
        #expect(text.contains("| `gmsaCredentialSpec` | string | refused |"))
    }

    @Test func everyNoteIsAboutAFieldThatIsThere() {
        let text = ConformancePage.text
        for (field, note) in ConformancePage.notes {
            #expect(text.contains("| supported: \(note) |"), "\(field) is refused, or not there")
        }
    }
}
