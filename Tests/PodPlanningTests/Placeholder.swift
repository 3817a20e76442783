import Testing

@testable import PodPlanning

@Test func placeholder() {}
