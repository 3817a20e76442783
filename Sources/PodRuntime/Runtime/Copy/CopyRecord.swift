import CShim

/// One record of the stream between `podrun cp` and the copier in a container (podrun_copy.h).
package enum CopyRecord: Equatable, Sendable {
    package struct Attributes: Equatable, Sendable {
        /// Permission bits.
        package var mode: UInt32
        package var user: UInt32 = 0
        package var group: UInt32 = 0

        package init(mode: UInt32, user: UInt32 = 0, group: UInt32 = 0) {
            self.mode = mode
            self.user = user
            self.group = group
        }
    }

    /// Its entries follow, up to its `leave`. The name is nil at the top of a tree only.
    case directory(CopyName?, Attributes)
    case leave
    /// `data` follows, up to an empty one.
    case file(CopyName?, Attributes)
    case data(ArraySlice<UInt8>)
    case link(CopyName?, Attributes, target: [UInt8])
    /// Neither file, directory nor link.
    case skipped(path: String)
    case failed(verb: String, path: String, errno: Int32)
    case end

    /// The record as the copier reads it. What only the copier says has no bytes.
    package var bytes: [UInt8] {
        func encoded(
            _ kind: podrun_copy_kind, _ name: CopyName? = nil, _ attributes: Attributes = Attributes(mode: 0),
            text: some Collection<UInt8> = []
        ) -> [UInt8] {
            let record = podrun_copy_record(
                kind: kind.rawValue, mode: attributes.mode, uid: attributes.user, gid: attributes.group,
                name_size: UInt32(name?.bytes.count ?? 0), text_size: UInt32(text.count))
            return withUnsafeBytes(of: record) { Array($0) } + (name?.bytes ?? []) + Array(text)
        }
        return switch self {
        case .directory(let name, let attributes): encoded(PODRUN_COPY_DIRECTORY, name, attributes)
        case .leave: encoded(PODRUN_COPY_LEAVE)
        case .file(let name, let attributes): encoded(PODRUN_COPY_FILE, name, attributes)
        case .data(let bytes): encoded(PODRUN_COPY_DATA, text: bytes)
        case .link(let name, let attributes, let target): encoded(PODRUN_COPY_LINK, name, attributes, text: target)
        case .end: encoded(PODRUN_COPY_END)
        case .skipped, .failed: []
        }
    }

    /// - Parameters:
    ///   - name, text: the bytes that `header` announced.
    ///   - isTop: whether a nameless entry is right here.
    /// - Throws: `CopyError.malformed` for what no copier says.
    init(
        _ header: podrun_copy_record, name: ArraySlice<UInt8>, text: ArraySlice<UInt8>, isTop: Bool
    ) throws(CopyError) {
        func entryName() throws(CopyError) -> CopyName? {
            if isTop, name.isEmpty { return nil }
            guard let valid = CopyName(name) else { throw .malformed("a name that is no file's name") }
            return valid
        }
        let attributes = Attributes(mode: header.mode & 0o7777, user: header.uid, group: header.gid)
        switch podrun_copy_kind(header.kind) {
        case PODRUN_COPY_DIRECTORY: self = .directory(try entryName(), attributes)
        case PODRUN_COPY_LEAVE: self = .leave
        case PODRUN_COPY_FILE: self = .file(try entryName(), attributes)
        case PODRUN_COPY_DATA: self = .data(text)
        case PODRUN_COPY_LINK: self = .link(try entryName(), attributes, target: Array(text))
        case PODRUN_COPY_SKIPPED: self = .skipped(path: String(decoding: name, as: UTF8.self))
        case PODRUN_COPY_FAILED:
            self = .failed(
                verb: String(decoding: text, as: UTF8.self), path: String(decoding: name, as: UTF8.self),
                errno: Int32(clamping: header.mode))
        case PODRUN_COPY_END: self = .end
        default: throw .malformed("a record of unknown kind \(header.kind)")
        }
    }

    /// Checks what a header announces before anything of it is read.
    static func check(_ header: podrun_copy_record) throws(CopyError) {
        let kind = podrun_copy_kind(header.kind)
        let isReport = kind == PODRUN_COPY_SKIPPED || kind == PODRUN_COPY_FAILED
        let nameLimit = isReport ? PODRUN_COPY_PATH_MAX : PODRUN_COPY_NAME_MAX
        let textLimit = kind == PODRUN_COPY_DATA ? Int32(PODRUN_COPY_BLOCK) : PODRUN_COPY_PATH_MAX
        guard header.name_size <= UInt32(nameLimit), header.text_size <= UInt32(textLimit) else {
            throw .malformed("a record that is too long")
        }
    }
}

/// Why a copy ended.
package enum CopyError: Error, Equatable, CustomStringConvertible {
    /// The container sent what no copier sends.
    case malformed(String)
    /// The stream ended before its end.
    case truncated
    /// The copier could not do something in the container.
    case refused(verb: String, path: String, cause: String)

    package var description: String {
        switch self {
        case .malformed(let what): "the container sent \(what); nothing more was copied"
        case .truncated: "the copy ended early"
        case .refused(let verb, let path, let cause): "\(verb) \"\(path)\" in the container: \(cause)"
        }
    }
}
