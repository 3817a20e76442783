/// How much an image may cost before it is refused. Every number is far above real images and far below what hurts a
/// host.
package struct ImageLimits: Codable, Sendable, Equatable {
    /// index.json, manifest, config: 4 MiB each, what containerd and containers/image accept.
    package var documentBytes: Int64 = 4 << 20
    /// Layers in one image; overlayfs itself stops at 500, Docker and the kernel's mount page at 127.
    package var layers = 127
    /// Indexes inside indexes: an index may name an index of platforms, no deeper (an index that names itself ends
    /// here).
    package var indexDepth = 2
    /// Blobs (compressed) of one archive together.
    package var blobBytes: Int64 = 128 << 30
    /// Files a docker-archive or OCI archive may hold.
    package var archiveMembers = 4096
    /// Logical size of the files in one layer, holes included.
    package var layerBytes: Int64 = 64 << 30
    /// Bytes of one layer's tar stream: file data, headers, padding.
    package var layerStreamBytes: Int64 = 96 << 30
    /// Entries of one layer. The biggest public images have a few hundred thousand.
    package var layerEntries = 2_000_000
    /// Directories of one layer that have no entry of their own.
    package var impliedDirectories = 100_000
    /// Window of a zstd stream: decoding holds that much in memory. The levels that image builders offer stay within it.
    package var windowBytes: Int64 = 32 << 20
    /// Components of one entry's name; 4095 bytes are the kernel's bound for a whole path.
    package var pathDepth = 256
    /// Extended attributes of one entry, and the bytes of one value (the kernel's XATTR_SIZE_MAX).
    package var attributes = 64
    package var attributeBytes = 65_536
    /// Unpacking stops before the file system has less than this many bytes free: a full /var takes the host down.
    package var reservedBytes: Int64 = 256 << 20

    package init() {}
}
