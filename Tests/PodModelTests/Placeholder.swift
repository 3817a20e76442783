import Testing

@testable import PodModel

@Test func placeholder() {}
