/// A directory to make, parents first; one that exists is kept and gets this mode and group.
package struct PlannedDirectory: Sendable, Equatable {
    package var path: String
    package var mode: UInt32
    /// Group to give it (fsGroup); nil: root's.
    package var group: UInt32?
    package var user: UInt32

    package init(_ path: String, mode: UInt32 = 0o700, group: UInt32? = nil, user: UInt32 = 0) {
        self.path = path
        self.mode = mode
        self.group = group
        self.user = user
    }
}

/// A file to write, owner root, in a directory that no container can write.
package struct PlannedFile: Sendable, Equatable {
    package var path: String
    package var mode: UInt32
    package var bytes: [UInt8]

    package init(_ path: String, mode: UInt32 = 0o644, bytes: [UInt8]) {
        self.path = path
        self.mode = mode
        self.bytes = bytes
    }
}

/// A tmpfs that the keeper mounts in its own mount namespace, so that it outlives containers and agent.
package struct TmpfsPlan: Sendable, Equatable {
    /// "shm" or the volume's name, for messages.
    package var name: String
    package var path: String
    package var mode: UInt32
    /// 0: the kernel's default (half of memory).
    package var sizeBytes: UInt64
    /// Group to give its root (fsGroup), set on the descriptor that MOUNTED returns, before the mode is set again.
    package var group: UInt32?
    /// It is a hugetlbfs of pages of so many bytes; 0: it is a tmpfs.
    package var pageBytes: UInt64 = 0
}

/// Something the user should know about a pod that runs nevertheless: an event of type Warning.
package struct PlanNotice: Sendable, Equatable {
    package var reason: String
    package var message: String
}
