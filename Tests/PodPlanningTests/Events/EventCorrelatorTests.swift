import PodModel
import PodPlanning
import Testing

/// As client-go counts and combines events for the kubelet; see EventCorrelator.
struct EventCorrelatorTests {
    private var correlator = EventCorrelator(pod: EventSubject(namespace: "default", name: "web", uid: "u"))
    private let begin = Timestamp(seconds: 1_000_000)

    /// Records at a second after the beginning.
    @discardableResult
    private mutating func record(
        _ message: String, reason: String = "Unhealthy", fieldPath: String = "", at second: Int
    ) -> (record: EventRecord, isNew: Bool)? {
        correlator.record(
            PodEvent(type: "Warning", reason: reason, message: message, fieldPath: fieldPath),
            at: begin.adding(seconds: second))
    }

    private var told: [String] {
        correlator.records.filter { $0.count > 0 }.map { "\($0.message) x\($0.count)" }
    }

    @Test mutating func theSameAgainCounts() {
        let first = record("a", at: 0)
        let second = record("a", at: 5)
        #expect(first?.isNew == true)
        #expect(second?.isNew == false)
        record("a", fieldPath: "spec.containers{web}", at: 6)
        record("a", reason: "Failed", at: 7)
        #expect(told == ["a x2", "a x1", "a x1"])
        #expect(correlator.records[0].firstTime == begin)
        #expect(correlator.records[0].lastTime == begin.adding(seconds: 5))
    }

    @Test mutating func theTenthDifferentMessageIsCombined() {
        for number in 1...12 { record("m\(number)", at: number * 300) }
        #expect(told.count == 10)
        #expect(told.last == "(combined from similar events): m12 x3")
        // One that was there keeps its own count.
        record("m1", at: 3650)
        #expect(told.first == "m1 x2")
        // Another reason is not similar.
        record("other", reason: "Failed", at: 3700)
        #expect(told.last == "other x1")
    }

    @Test mutating func afterTenMinutesNothingIsSimilar() {
        for number in 1...9 { record("m\(number)", at: number) }
        record("late", at: 9 + 601)
        #expect(told.last == "late x1")
    }

    @Test mutating func aPodHasTwentyFiveAtOnceAndOneEachFiveMinutes() {
        let isTold = (0..<30).map { record("a", at: $0) != nil }
        #expect(isTold == (0..<30).map { $0 < 25 })
        #expect(told == ["a x25"])
        record("b", at: 31)
        #expect(told == ["a x25"])
        // A token came; what was kept back is told with it.
        let later = record("a", at: 310)
        #expect(later?.record.count == 31)
        let after = record("b", at: 311)
        #expect(after == nil)
    }

    @Test mutating func anHourLaterAnEventIsNew() {
        record("a", at: 0)
        #expect(correlator.records[0].isExpired(at: begin.adding(seconds: 3600)) == false)
        #expect(correlator.records[0].isExpired(at: begin.adding(seconds: 3601)))
        let later = record("a", at: 3700)
        #expect(later?.isNew == true)
        #expect(told == ["a x1"])
    }

    @Test mutating func aPodHasAHundredAtMost() {
        for number in 0..<150 { record("m", reason: "Reason\(number)", at: number * 300) }
        #expect(correlator.records.count == 100)
        #expect(correlator.records.first?.reason == "Reason50")
    }

    @Test mutating func aMessageIsCut() {
        record(String(repeating: "é", count: 1024), at: 0)
        record(String(repeating: "é", count: 1025), at: 1)
        #expect(correlator.records.map(\.message.count) == [1024, 1024])
        #expect(correlator.records[1].message.hasSuffix("é..."))
    }

    @Test mutating func whatWasRestoredGoesOn() throws {
        let first = record("a", at: 0)
        let earlier = try #require(first).record
        var next = EventCorrelator(pod: correlator.pod)
        next.restore(earlier)
        let event = PodEvent(type: "Warning", reason: "Unhealthy", message: "a")
        let second = next.record(event, at: begin.adding(seconds: 9))
        let later = try #require(second)
        #expect(later.isNew == false)
        #expect(later.record.count == 2)
        #expect(later.record.firstTime == earlier.firstTime)
    }

    @Test mutating func namesAndTimesAreTheApis() throws {
        let first = record("a", at: 0)
        let event = try #require(first).record.event(of: correlator.pod, node: "host")
        #expect(event.metadata.name == "web.\(String(begin.nanosecondsSinceEpoch, radix: 16))")
        #expect(event.involvedObject.name == "web")
        #expect(event.source == EventSource(component: "podrun", host: "host"))
        #expect(event.count == 1)
    }
}
