/// What a server says it sends of a blob that was asked for from `offset` on.
enum RangeAnswer: Equatable {
    /// The rest, from the offset asked for.
    case rest
    /// The whole blob once more: the server doesn't do ranges.
    case whole
    /// Another part, or a part of something of another size: of no use.
    case other

    /// - Parameters:
    ///   - contentRange: `bytes 100-199/200`, the total may be `*`.
    ///   - size: of the whole blob.
    init(status: Int, contentRange: String?, offset: Int64, size: Int64) {
        guard status == 206 else {
            self = status == 200 ? .whole : .other
            return
        }
        let text = (contentRange ?? "").lowercased()
        guard text.hasPrefix("bytes "), let slash = text.firstIndex(of: "/"), let dash = text.firstIndex(of: "-"),
            dash < slash
        else {
            self = .other
            return
        }
        let first = ResponseHead.number(text[..<dash].dropFirst(6))
        let last = ResponseHead.number(text[text.index(after: dash)..<slash])
        let total = text[text.index(after: slash)...]
        let isTotalRight = total == "*" || ResponseHead.number(total) == size
        self = first == offset && last == size - 1 && isTotalRight ? .rest : .other
    }
}
