import Testing

@testable import PodImages

struct PullScheduleTests {
    @Test func biggestFirstAndThreeAtOnce() {
        var schedule = PullSchedule(sizes: [5, 80, 5, 100, 20])
        #expect(schedule.candidates == [3, 1, 4, 0, 2])
        for layer in [3, 1, 4] { schedule[layer] = .running }
        #expect(schedule.candidates == [])
        schedule[1] = .unpacked
        #expect(schedule.candidates == [0, 2])
    }

    @Test func namesAreGivenFromTheBottomUp() {
        var schedule = PullSchedule(sizes: [1, 1, 1])
        schedule[2] = .unpacked
        schedule[1] = .unpacked
        #expect(schedule.committable == nil)
        #expect(schedule.lowestWaiting == 0)
        schedule[0] = .unpacked
        for layer in 0..<3 {
            #expect(schedule.committable == layer)
            schedule[layer] = .stored
        }
        #expect(schedule.isComplete)
        #expect(schedule.committable == nil)
    }
}
