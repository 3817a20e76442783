import Glibc
import PodModel
import Testing

@testable import podrun

/// Tests/Fixtures/describe holds what kubectl 1.32 printed for pod.json and events.json (TZ=UTC, within the minute of
/// `now`); podrun prints the same.
struct KubectlFixtureTests {
    private struct EventList: Codable {
        var items: [Event]
    }

    private static func fixture(_ name: String, file: String = #filePath) throws -> [UInt8] {
        let tests = file.split(separator: "/").dropLast(2).joined(separator: "/")
        let descriptor = open("/\(tests)/Fixtures/describe/\(name)", O_RDONLY)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        return Array(bytes[..<max(0, read(descriptor, &bytes, bytes.count))])
    }

    @Test func describe() throws {
        let pod = try JSON.decode(Pod.self, from: try Self.fixture("pod.json"))
        let events = try JSON.decode(EventList.self, from: try Self.fixture("events.json")).items
        let now = try #require(Timestamp("2026-11-21T08:59:30Z"))
        let text = PodDescription(pod: pod, events: events, now: now) { LocalTime.rfc1123($0, zoneSeconds: 0) }.text
        let wanted = String(decoding: try Self.fixture("describe.txt"), as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let wantedLines = wanted.split(separator: "\n", omittingEmptySubsequences: false)
        for (line, wantedLine) in zip(lines, wantedLines) { #expect(line == wantedLine) }
        #expect(lines.count == wantedLines.count)
    }
}
