import CShim
import Glibc
import PodLinux

/// Where the store keeps what, and its locks.
///
///     blobs/sha256/<hex>     configs, manifests and layers as they came, for save, push and verify
///     layers/<id>/           unpacked layers, each a lower directory of overlayfs; a name here is a complete layer
///     layers/<id>.json       what the layer is (LayerRecord), written before the directory gets its name
///     manifests/<hex>.json   commit record of an image (ImageRecord), written after everything it names
///     index.json             names (ImageIndex)
///     staging/               work in progress; anything here while nobody holds `lock` is rubbish
///     locks/<id>             held by who unpacks that layer; <blob's hex>: by who fetches that blob
///     lock                   shared by loaders, exclusive for cleaning
///     window.lock            held by the one unpacker that has a large zstd window
///     boot                   boot in which what a power cut left was last cleared
///     index.lock             held while index.json is rewritten
struct StoreFiles: Sendable {
    let directory: String

    var blobs: String { directory + "/blobs/sha256" }
    var layers: String { directory + "/layers" }
    var manifests: String { directory + "/manifests" }
    var staging: String { directory + "/staging" }
    var locks: String { directory + "/locks" }
    var index: String { directory + "/index.json" }
    var windowLock: String { directory + "/window.lock" }
    var boot: String { directory + "/boot" }

    func blob(_ digest: ContentDigest) -> String { "\(blobs)/\(digest.hex)" }
    func layer(_ id: String) -> String { "\(layers)/\(id)" }
    func layerRecord(_ id: String) -> String { "\(layers)/\(id).json" }
    func record(of manifest: ContentDigest) -> String { "\(manifests)/\(manifest.hex).json" }

    /// Everything is for root alone: layers hold setuid programs and other people's secrets.
    func make() throws {
        if let slash = directory.lastIndex(of: "/"), slash != directory.startIndex {
            try Directory.make(String(directory[..<slash]), mode: 0o700)
        }
        try Directory.make(directory, mode: 0o700)
        for path in [directory + "/blobs", blobs, layers, manifests, staging, locks] {
            try Directory.make(path, mode: 0o700)
        }
    }

    func isPresent(_ path: String) -> Bool { faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0 }
}

/// A lock on a file of the store. It ends with ``release()`` or with the process, however that ends.
final class StoreLock {
    private let file: DescriptorBox

    private init(_ path: String) throws {
        file = DescriptorBox(try Descriptor.open(path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600))
    }

    /// Not locked yet: for a process that will not see `path` any more.
    static func open(_ path: String) throws -> StoreLock { try StoreLock(path) }

    /// Waits until nobody else has it.
    func lock() throws {
        let fd = file.raw
        try check("lock", "store") { podrun_lock(fd, 1, 1) }
    }

    static func shared(_ path: String) throws -> StoreLock {
        let lock = try StoreLock(path)
        try check("lock", path) { podrun_lock(lock.file.raw, 0, 1) }
        return lock
    }

    static func exclusive(_ path: String) throws -> StoreLock {
        let lock = try StoreLock(path)
        try check("lock", path) { podrun_lock(lock.file.raw, 1, 1) }
        return lock
    }

    /// nil while somebody else has it.
    static func exclusiveIfFree(_ path: String) throws -> StoreLock? {
        let lock = try StoreLock(path)
        let taken = try check("lock", path, unless: EAGAIN, EACCES, body: { podrun_lock(lock.file.raw, 1, 0) })
        return taken == nil ? nil : lock
    }

    /// Free at once, also while a process that was just started still has a copy of the descriptor.
    func release() {
        _ = podrun_unlock(file.raw)
        file.close()
    }

    deinit {
        if file.isOpen { release() }
    }
}
