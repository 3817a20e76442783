/// core/v1 ContainerStatus.
package struct ContainerStatus: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var name: String
    package var state: ContainerState
    /// The state before the last restart.
    package var lastState: ContainerState
    package var ready: Bool
    package var restartCount: Int32
    package var image: String
    package var imageID: String
    /// `podrun://` and the id.
    package var containerID: String
    package var started: Bool?
    package var allocatedResources: [String: Quantity]
    package var resources: ResourceRequirements?
    package var volumeMounts: [VolumeMountStatus]
    package var user: ContainerUser?
    package var allocatedResourcesStatus: [Value]
    package var stopSignal: String?

    package static var keptWhenEmpty: [String] { ["name", "lastState", "ready", "restartCount", "image", "imageID"] }

    package init(
        name: String = "", state: ContainerState = ContainerState(), lastState: ContainerState = ContainerState(),
        ready: Bool = false, restartCount: Int32 = 0, image: String = "", imageID: String = "",
        containerID: String = "", started: Bool? = nil, allocatedResources: [String: Quantity] = [:],
        resources: ResourceRequirements? = nil, volumeMounts: [VolumeMountStatus] = [], user: ContainerUser? = nil,
        allocatedResourcesStatus: [Value] = [], stopSignal: String? = nil
    ) {
        self.name = name
        self.state = state
        self.lastState = lastState
        self.ready = ready
        self.restartCount = restartCount
        self.image = image
        self.imageID = imageID
        self.containerID = containerID
        self.started = started
        self.allocatedResources = allocatedResources
        self.resources = resources
        self.volumeMounts = volumeMounts
        self.user = user
        self.allocatedResourcesStatus = allocatedResourcesStatus
        self.stopSignal = stopSignal
    }
}

/// core/v1 ContainerState; at most one field is set.
package struct ContainerState: Codable, Sendable, Equatable {
    package var waiting: ContainerStateWaiting?
    package var running: ContainerStateRunning?
    package var terminated: ContainerStateTerminated?

    package init(
        waiting: ContainerStateWaiting? = nil, running: ContainerStateRunning? = nil,
        terminated: ContainerStateTerminated? = nil
    ) {
        self.waiting = waiting
        self.running = running
        self.terminated = terminated
    }
}

/// core/v1 ContainerStateWaiting.
package struct ContainerStateWaiting: Codable, Sendable, Equatable {
    package var reason: String
    package var message: String

    package init(reason: String = "", message: String = "") {
        self.reason = reason
        self.message = message
    }
}

/// core/v1 ContainerStateRunning.
package struct ContainerStateRunning: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var startedAt: Timestamp?

    package static var keptWhenEmpty: [String] { ["startedAt"] }

    package init(startedAt: Timestamp? = nil) {
        self.startedAt = startedAt
    }
}

/// core/v1 ContainerStateTerminated.
package struct ContainerStateTerminated: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var exitCode: Int32
    package var signal: Int32
    package var reason: String
    package var message: String
    package var startedAt: Timestamp?
    package var finishedAt: Timestamp?
    package var containerID: String

    package static var keptWhenEmpty: [String] { ["exitCode", "startedAt", "finishedAt"] }

    package init(
        exitCode: Int32 = 0, signal: Int32 = 0, reason: String = "", message: String = "",
        startedAt: Timestamp? = nil, finishedAt: Timestamp? = nil, containerID: String = ""
    ) {
        self.exitCode = exitCode
        self.signal = signal
        self.reason = reason
        self.message = message
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.containerID = containerID
    }
}

/// core/v1 VolumeMountStatus.
package struct VolumeMountStatus: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var name: String
    package var mountPath: String
    package var readOnly: Bool
    package var recursiveReadOnly: String?

    package static var keptWhenEmpty: [String] { ["name", "mountPath"] }

    package init(name: String = "", mountPath: String = "", readOnly: Bool = false, recursiveReadOnly: String? = nil) {
        self.name = name
        self.mountPath = mountPath
        self.readOnly = readOnly
        self.recursiveReadOnly = recursiveReadOnly
    }
}

/// core/v1 ContainerUser.
package struct ContainerUser: Codable, Sendable, Equatable {
    package var linux: LinuxContainerUser?

    package init(linux: LinuxContainerUser? = nil) {
        self.linux = linux
    }
}

/// core/v1 LinuxContainerUser.
package struct LinuxContainerUser: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var uid: Int64
    package var gid: Int64
    package var supplementalGroups: [Int64]

    package static var keptWhenEmpty: [String] { ["uid", "gid"] }

    package init(uid: Int64 = 0, gid: Int64 = 0, supplementalGroups: [Int64] = []) {
        self.uid = uid
        self.gid = gid
        self.supplementalGroups = supplementalGroups
    }
}
