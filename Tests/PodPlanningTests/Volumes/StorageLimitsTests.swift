import PodModel
import Testing

@testable import PodPlanning

@Suite struct StorageLimitsTests {
    static let mebibyte: Int64 = 1 << 20

    private func limits() throws -> StorageLimits {
        let pod = try Sample.pod(
            """
            volumes: [{name: sized, emptyDir: {sizeLimit: 1Mi}}, {name: free, emptyDir: {}}, {name: memory, emptyDir: {medium: Memory}}]
            initContainers: [{name: first, image: b}]
            containers:
            - {name: a, image: b, resources: {limits: {ephemeral-storage: 2Mi}}}
            - {name: b, image: b, resources: {limits: {ephemeral-storage: 4Mi}}}
            """)
        return StorageLimits(pod, paths: HostPaths())
    }

    /// What is measured by the end of its path, and MiB in it.
    @Test(
        arguments: [
            ([:], nil),
            (["volumes/sized": 1, "a/upper": 1, "LOG/a": 1, "b/upper": 2, "LOG/b": 1], nil),
            (["volumes/sized": 2], "Usage of EmptyDir volume \"sized\" exceeds the limit \"1Mi\"."),
            (["volumes/free": 7], "Pod ephemeral local storage usage exceeds the total limit of containers 6Mi."),
            (["first/upper": 7], "Pod ephemeral local storage usage exceeds the total limit of containers 6Mi."),
            (["a/upper": 2, "LOG/a": 1], "Container a exceeded its local ephemeral storage limit \"2Mi\"."),
            (["b/upper": 5], "Container b exceeded its local ephemeral storage limit \"4Mi\"."),
        ] as [([String: Int64], String?)])
    func eviction(used: [String: Int64], message: String?) throws {
        let limits = try limits()
        #expect(!limits.paths.contains { $0.contains("memory") })
        let used = Dictionary(
            uniqueKeysWithValues: used.map { ($0.key.replacing("LOG", with: "default_web_\(Sample.uid)"), $0.value) })
        for end in used.keys { #expect(limits.paths.contains { $0.hasSuffix(end) }, "\(end)") }
        let bytes = limits.paths.map { path in
            used.first { path.hasSuffix($0.key) }.map { $0.value * Self.mebibyte } ?? -1
        }
        #expect(limits.evictionMessage(usedBytes: bytes) == message)
    }

    @Test func nothingIsMeasuredWithoutALimit() throws {
        let pod = try Sample.pod("volumes: [{name: v, emptyDir: {}}]\ncontainers: [{name: a, image: b}]")
        #expect(StorageLimits(pod, paths: HostPaths()).paths == [])
    }
}
