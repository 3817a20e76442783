/// The bytes of one blob over several tries: which to ask for, which were seen already, and when there are too many.
struct BlobDelivery {
    let digest: ContentDigest
    let size: Int64
    /// Bytes handed out so far.
    private(set) var delivered: Int64 = 0
    private var usesRange = true
    /// Bytes of the running answer that were handed out in an earlier try; nil before its first block.
    private var skip: Int64?

    init(digest: ContentDigest, size: Int64) {
        self.digest = digest
        self.size = size
    }

    var isComplete: Bool { delivered == size }

    /// A new try.
    mutating func begin() { skip = nil }

    var rangeHeaders: [String] { delivered > 0 && usesRange ? ["Range: bytes=\(delivered)-"] : [] }

    /// The new bytes of a block.
    /// - Throws: ``RegistryFailure``.
    mutating func take(_ block: UnsafeRawBufferPointer, of head: ResponseHead) throws -> UnsafeRawBufferPointer {
        var known = try skip ?? offset(of: head)
        let old = min(known, Int64(block.count))
        known -= old
        skip = known
        let new = UnsafeRawBufferPointer(rebasing: block.dropFirst(Int(old)))
        delivered += Int64(new.count)
        if delivered > size {
            throw RegistryFailure(kind: .invalid, description: "the blob is longer than \(size) bytes")
        }
        return new
    }

    /// How much of this answer was seen already.
    private mutating func offset(of head: ResponseHead) throws -> Int64 {
        let asked = usesRange ? delivered : 0
        switch RangeAnswer(
            status: head.status, contentRange: head.value("content-range"), offset: asked, size: size)
        {
        case .rest: return delivered - asked
        case .whole:
            if let length = head.contentLength, length != size {
                throw RegistryFailure(kind: .invalid, description: "the blob has \(length) bytes, expected \(size)")
            }
            return delivered
        case .other:
            usesRange = false
            let range = Printable.text(head.value("content-range") ?? "nothing", limit: 60)
            throw RegistryFailure(
                description: "asked for bytes \(asked)-\(size - 1), the registry sent \(range)", isTransient: true)
        }
    }

    /// The answer was no part of the blob. True when another try, for all of it, may do better.
    mutating func refuse(status: Int) -> Bool {
        guard status == 416, usesRange, delivered > 0 else { return false }
        usesRange = false
        return true
    }

    /// The answer ended well.
    /// - Throws: ``RegistryFailure`` when the blob isn't whole.
    func end() throws {
        if delivered < size {
            throw RegistryFailure(
                kind: .invalid, description: "the blob has \(delivered) bytes, expected \(size)", isTransient: true)
        }
    }
}
