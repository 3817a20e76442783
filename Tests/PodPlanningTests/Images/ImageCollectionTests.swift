import PodPlanning
import Testing

/// In virtual time: seconds, and a disk of 1000 bytes.
struct ImageCollectionTests {
    private let images = [("a", 30), ("b", 30), ("c", 30)].map { ImageCollection.Image(id: $0.0, size: $0.1) }

    private func disk(used: Int64) -> ImageCollection.Disk { .init(capacity: 1000, available: 1000 - used) }

    private func removed(_ decision: ImageCollection.Decision) -> [String] { decision.removed.map(\.id) }

    @Test func belowTheHighThresholdNothingGoes() {
        var collection = ImageCollection(policy: .init(), now: 0)
        let decision = collection.collect(images, inUse: [], disk: disk(used: 840), at: .seconds(600))
        #expect(decision == .init())
    }

    @Test func aboveItTheLongestUnusedGoUntilTheLowThreshold() {
        var collection = ImageCollection(policy: .init(), now: 0)
        collection.observe(images, inUse: ["a", "b", "c"], at: 0)
        collection.observe(images, inUse: ["a", "c"], at: .seconds(300))
        collection.observe(images, inUse: ["a"], at: .seconds(600))
        let decision = collection.collect(images, inUse: [], disk: disk(used: 850), at: .seconds(900))
        #expect(decision.wanted == 50)
        #expect(removed(decision) == ["b", "c"])
        #expect(decision.found == 60)
    }

    @Test func whatIsInUseStaysHoweverFullTheDisk() {
        var collection = ImageCollection(policy: .init(), now: 0)
        let decision = collection.collect(images, inUse: ["a", "c"], disk: disk(used: 1000), at: .seconds(600))
        #expect(removed(decision) == ["b"])
        #expect((decision.wanted, decision.found) == (200, 30))
    }

    /// The images that the agent finds when it starts are old; one that comes later may be about to be used.
    @Test func newImagesAreLeftAlone() {
        var collection = ImageCollection(policy: .init(), now: 0)
        collection.observe(Array(images.prefix(1)), inUse: [], at: 0)
        collection.observe(images, inUse: [], at: .seconds(600))
        let early = collection.collect(images, inUse: [], disk: disk(used: 900), at: .seconds(719))
        #expect(removed(early) == ["a"])
        let later = collection.collect(images, inUse: [], disk: disk(used: 900), at: .seconds(720))
        #expect(removed(later) == ["a", "b", "c"])
    }

    @Test func oldImagesGoByAgeOnlyWhenAsked() {
        var policy = ImageCollection.Policy()
        policy.maximumAge = .seconds(3600)
        var collection = ImageCollection(policy: policy, now: 0)
        collection.observe(images, inUse: ["a"], at: .seconds(3000))
        #expect(collection.collect(images, inUse: [], disk: disk(used: 1), at: .seconds(3600)).removed.isEmpty)
        #expect(removed(collection.collect(images, inUse: [], disk: disk(used: 1), at: .seconds(3601))) == ["b", "c"])
        #expect(
            removed(collection.collect(images, inUse: [], disk: disk(used: 1), at: .seconds(6601))) == ["b", "c", "a"])
    }

    @Test(arguments: [
        (0, "0s"), (999_999, "0s"), (150_400_000, "150ms"), (1_200_000_000, "1.2s"), (8_658_000_000, "8.658s"),
        (60_000_000_000, "1m0s"), (62_500_000_000, "1m2.5s"), (3_603_000_000_000, "1h0m3s"),
    ])
    func durationsAsGoPrintsThem(nanoseconds: Int64, text: String) {
        #expect(DurationText.text(nanoseconds) == text)
    }
}
