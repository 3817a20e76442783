import CShim
import Glibc
import PodLinux

/// The part of unpacking that needs the layers below: directories that an archive only implies (`tmp/x` without `tmp/`) get
/// owner, mode and time from there, and opaque ones get their mark. Done when those layers are in place, so that layers can
/// be unpacked beside each other.
struct LayerMending: ~Copyable {
    /// The unpacked layer's root directory.
    let root: Descriptor
    /// The layers below it, mended themselves; nil for the lowest.
    let lower: LayerStack?

    init(root: consuming Descriptor, lower: LayerStack?) {
        self.root = root
        self.lower = lower
    }

    func apply(_ journal: DirectoryJournal) throws {
        // A later entry of the archive may have said what an implied directory is like.
        var implied: Set<UInt64> = []
        try journal.forEach { record in
            switch record.kind {
            case .implied: implied.insert(record.inode)
            case .explicit: implied.remove(record.inode)
            case .opaque: break
            }
        }
        try journal.forEach { record in
            switch record.kind {
            case .explicit: break
            case .implied: if implied.contains(record.inode) { try inherit(record) }
            case .opaque:
                guard let directory = try open(record) else { return }
                let fd = directory.raw
                try check("set trusted.overlay.opaque") { fsetxattr(fd, "trusted.overlay.opaque", "y", 1, 0) }
            }
        }
    }

    private func inherit(_ record: DirectoryJournal.Record) throws {
        let components = record.path.dropLast().split(separator: CChar(UInt8(ascii: "/"))).map { Array($0) + [0] }
        guard let top = try lower?.directory(at: components)?.parts.first, let directory = try open(record) else {
            return
        }
        var below = stat()
        try check("stat lower directory") { fstat(top.raw, &below) }
        let fd = directory.raw
        let text = EntryPath.text(record.path)
        try check("chown", text) { fchown(fd, below.st_uid, below.st_gid) }
        try check("chmod", text) { fchmod(fd, below.st_mode & 0o7777) }
        try check("set times", text) { futimens(fd, [below.st_mtim, below.st_mtim]) }
    }

    private func open(_ record: DirectoryJournal.Record) throws -> Descriptor? {
        try LayerTree.open(record, below: root.raw)
    }
}
