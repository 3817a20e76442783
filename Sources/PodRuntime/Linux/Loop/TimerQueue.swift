/// Names one scheduled timer; never used again for another.
package struct TimerID: Hashable, Sendable {
    let sequence: UInt64
}

/// Deadlines in order, earliest first; equal deadlines in the order they were scheduled.
struct TimerQueue<Payload> {
    private struct Entry {
        let deadline: MonotonicInstant
        let sequence: UInt64

        func isBefore(_ other: Entry) -> Bool {
            (deadline, sequence) < (other.deadline, other.sequence)
        }
    }

    /// Binary heap. A cancelled timer stays until it comes to the top or the heap is mostly cancelled ones.
    private var heap: [Entry] = []
    private var payloads: [UInt64: Payload] = [:]
    private var nextSequence: UInt64 = 1

    var count: Int { payloads.count }

    mutating func insert(_ payload: Payload, at deadline: MonotonicInstant) -> TimerID {
        let entry = Entry(deadline: deadline, sequence: nextSequence)
        nextSequence += 1
        payloads[entry.sequence] = payload
        heap.append(entry)
        siftUp(heap.count - 1)
        return TimerID(sequence: entry.sequence)
    }

    /// False when it has fired or was cancelled before.
    @discardableResult
    mutating func cancel(_ timer: TimerID) -> Bool {
        guard payloads.removeValue(forKey: timer.sequence) != nil else { return false }
        if heap.count > 64, heap.count > payloads.count * 2 { compact() }
        return true
    }

    /// The earliest live deadline.
    mutating func earliest() -> MonotonicInstant? {
        while let top = heap.first {
            if payloads[top.sequence] != nil { return top.deadline }
            removeTop()
        }
        return nil
    }

    /// A mark that separates the timers of now from those scheduled later.
    var mark: UInt64 { nextSequence }

    /// Takes the earliest timer that is due at `now` and was scheduled before `mark`.
    mutating func popDue(at now: MonotonicInstant, before mark: UInt64) -> Payload? {
        guard let deadline = earliest(), deadline <= now, heap[0].sequence < mark else { return nil }
        let sequence = heap[0].sequence
        removeTop()
        return payloads.removeValue(forKey: sequence)
    }

    private mutating func compact() {
        let live = heap.filter { payloads[$0.sequence] != nil }
        heap = live.sorted { $0.isBefore($1) }
    }

    private mutating func removeTop() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].isBefore(heap[least])
            {
                least = child
            }
            if least == parent { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }

    private mutating func siftUp(_ start: Int) {
        var child = start
        while child > 0, heap[child].isBefore(heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }
}
