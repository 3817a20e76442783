/// Which layer of an image is worked on next, and which may get its name. Knows no process and no file.
struct PullSchedule: Equatable {
    enum State: Equatable {
        case waiting
        case running
        /// Complete in staging; it gets its name when the layers below have theirs.
        case unpacked
        case stored
    }

    /// Bottom to top.
    private(set) var states: [State]
    /// Bytes of the blobs.
    private let sizes: [Int64]
    let workers: Int

    /// - Parameter workers: how many layers are worked on at once. Three keep two or four cores busy, and are what docker
    ///   and containerd ask a registry for at once.
    init(sizes: [Int64], workers: Int = 3) {
        states = sizes.map { _ in .waiting }
        self.sizes = sizes
        self.workers = workers
    }

    subscript(layer: Int) -> State {
        get { states[layer] }
        set { states[layer] = newValue }
    }

    var isComplete: Bool { states.allSatisfy { $0 == .stored } }

    var running: Int { states.count { $0 == .running } }

    /// Layers to try to start, the biggest first: started last it would have the others wait.
    var candidates: [Int] {
        guard running < workers else { return [] }
        return states.indices.filter { states[$0] == .waiting }.sorted {
            sizes[$0] == sizes[$1] ? $0 < $1 : sizes[$0] > sizes[$1]
        }
    }

    /// The layer that may get its name now.
    var committable: Int? {
        guard let lowest = states.firstIndex(where: { $0 != .stored }) else { return nil }
        return states[lowest] == .unpacked ? lowest : nil
    }

    /// The layer to wait for when other processes have all that is left. The lowest: whoever has it waits for none that this
    /// process has, because all of those are above it.
    var lowestWaiting: Int? { states.firstIndex(of: .waiting) }
}
