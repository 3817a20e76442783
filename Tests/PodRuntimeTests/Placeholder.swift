import Testing

@testable import PodRuntime

@Test func placeholder() {}
