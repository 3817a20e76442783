import Testing

@testable import PodLinux

@Test func placeholder() {}
