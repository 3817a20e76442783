import Testing

@testable import PodImages

@Test func placeholder() {}
