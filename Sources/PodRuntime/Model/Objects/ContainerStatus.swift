/// Not running yet.
package struct ContainerStateWaiting: Codable, Sendable, Equatable {
    package var reason = ""
    package var message = ""

    package init(reason: String = "", message: String = "") {
        self.reason = reason
        self.message = message
    }
}

/// Running.
package struct ContainerStateRunning: Codable, Sendable, Equatable {
    package var startedAt: Timestamp? = nil

    package init(startedAt: Timestamp? = nil) {
        self.startedAt = startedAt
    }
}

/// Ended.
package struct ContainerStateTerminated: Codable, Sendable, Equatable {
    package var exitCode: Int32 = 0
    package var signal: Int32 = 0
    package var reason = ""
    package var message = ""
    package var startedAt: Timestamp? = nil
    package var finishedAt: Timestamp? = nil
    package var containerID = ""

    package init() {}
}

/// One of the three.
package struct ContainerState: Codable, Sendable, Equatable {
    package var waiting: ContainerStateWaiting? = nil
    package var running: ContainerStateRunning? = nil
    package var terminated: ContainerStateTerminated? = nil

    package init(
        waiting: ContainerStateWaiting? = nil, running: ContainerStateRunning? = nil, terminated: ContainerStateTerminated? = nil
    ) {
        self.waiting = waiting
        self.running = running
        self.terminated = terminated
    }
}

/// Whom the first process runs as.
package struct ContainerUser: Codable, Sendable, Equatable {
    package var linux: LinuxContainerUser? = nil

    package init(linux: LinuxContainerUser? = nil) {
        self.linux = linux
    }
}

/// Ids of the first process.
package struct LinuxContainerUser: Codable, Sendable, Equatable {
    package var uid: Int64 = 0
    package var gid: Int64 = 0
    package var supplementalGroups: [Int64] = []

    package init(uid: Int64 = 0, gid: Int64 = 0, supplementalGroups: [Int64] = []) {
        self.uid = uid
        self.gid = gid
        self.supplementalGroups = supplementalGroups
    }
}

/// A mount as it was made.
package struct VolumeMountStatus: Codable, Sendable, Equatable {
    package var name = ""
    package var mountPath = ""
    package var readOnly = false
    package var recursiveReadOnly: String? = nil

    package init(
        name: String = "", mountPath: String = "", readOnly: Bool = false, recursiveReadOnly: String? = nil
    ) {
        self.name = name
        self.mountPath = mountPath
        self.readOnly = readOnly
        self.recursiveReadOnly = recursiveReadOnly
    }
}

/// What is with one container.
package struct ContainerStatus: Codable, Sendable, Equatable {
    package var name = ""
    package var state = ContainerState()
    package var lastState = ContainerState()
    package var ready = false
    package var restartCount: Int32 = 0
    package var image = ""
    package var imageID = ""
    package var containerID = ""
    package var started: Bool? = nil
    package var allocatedResources: [String: Quantity] = [:]
    package var resources: ResourceRequirements? = nil
    package var volumeMounts: [VolumeMountStatus] = []
    package var user: ContainerUser? = nil
    package var stopSignal: String? = nil

    package init() {}
}
