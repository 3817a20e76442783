import Glibc
import PodLinux
import PodModel
import PodPlanning
import Testing

@testable import PodRuntime

/// However much happens, memory and file stay small, and the next agent knows what this one knew.
@MainActor
struct EventStoreTests {
    private let directory: String
    private let begin = Timestamp(seconds: 1_000_000)

    init() throws {
        var template = Array("/tmp/podrun-events.XXXXXX".utf8CString)
        directory = try #require(mkdtemp(&template).map { String(cString: $0) })
    }

    private func store() throws -> EventStore {
        EventStore(paths: HostPaths(runDirectory: directory), node: "host", loop: try EventLoop())
    }

    private var fileSize: Int {
        var status = stat()
        return stat("\(directory)/events.jsonl", &status) == 0 ? Int(status.st_size) : 0
    }

    private func pod(_ number: Int) -> Pod {
        var pod = Pod()
        pod.metadata = ObjectMeta(name: "pod-\(number)", namespace: "default", uid: PodUID.random())
        return pod
    }

    @Test func manyEvents() throws {
        let store = try store()
        defer { unlink("\(directory)/events.jsonl"); rmdir(directory) }
        for number in 0..<600 {
            let pod = pod(number)
            for reason in 0..<10 {
                store.record(
                    PodEvent(reason: "Reason\(reason)", message: "m"), of: pod, at: begin.adding(seconds: number))
            }
            store.flush()
        }
        #expect(fileSize < 2 << 20)
        let now = begin.adding(seconds: 600)
        let all = store.list(namespace: "", names: [], at: now)
        #expect(all.count < 6000)
        #expect(all.count >= 2000)
        #expect(all.contains { $0.involvedObject.name == "pod-599" })
        #expect(!all.contains { $0.involvedObject.name == "pod-0" })
        let next = try self.store()
        next.load()
        #expect(next.list(namespace: "", names: [], at: now) == all)
        #expect(next.list(namespace: "", names: [], at: begin.adding(seconds: 4300)).isEmpty)
        #expect(next.list(namespace: "other", names: [], at: now).isEmpty)
        #expect(next.list(namespace: "default", names: [all[7].metadata.name], at: now) == [all[7]])
    }
}
