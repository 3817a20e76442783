import PodModel

/// What can happen to a pod: the only way anything gets into its machine.
package enum PodInput: Sendable, Equatable {
    /// The pod was applied.
    case start
    case sandboxReady(ip: String)
    /// Nothing of it is left. `reason` is the event's: FailedCreatePodSandBox, FailedMount.
    case sandboxFailed(reason: String = "FailedCreatePodSandBox", message: String)
    /// pause ended without being asked to.
    case sandboxLost
    /// The keeper ended: nobody knows the exit codes of what it held.
    case keeperLost
    /// Everything of the sandbox is gone: processes, cgroups, addresses.
    case sandboxRemoved
    /// A pull for the container began, or was joined. `volumeImage`: of one of its image volumes, else its own image.
    case imagePulling(container: String, volumeImage: String? = nil)
    /// An image of its image volumes is there: one of several answers to `resolveImage`.
    case volumeImageReady(container: String, image: String, pull: ImagePullResult?)
    /// Its own image is there and the images of its image volumes are. `stopSignal` is the image's; `pull` is nil when the
    /// image was there.
    case imageReady(
        container: String, imageID: String, volumeImageIDs: [String] = [], stopSignal: String? = nil,
        pull: ImagePullResult?)
    case imageFailed(container: String, ImageFailure)
    case containerStarted(container: String, process: UInt64, at: Timestamp)
    case containerFailed(container: String, process: UInt64, StartFailureCause)
    case containerExited(container: String, process: UInt64, ProcessExit)
    /// A probe of the instance reached its threshold of successes or failures, and that changes its result.
    case probed(container: String, process: UInt64, ProbeKind, isSuccess: Bool, message: String)
    /// The answer to `runHook`.
    case hookEnded(container: String, process: UInt64, Hook, HookOutcome)
    /// The pod was changed in place, in what the API allows: images, deadline, resources, ephemeral containers, labels.
    case updated(Pod)
    /// The pod asks for the resources of its spec; `refusal`: which the host does not have. nil: they are allocated.
    case resize(to: Pod, refusal: ResizeRefusal?)
    case cgroupsResized(containers: [String])
    /// Nothing, or not all, could be written.
    case resizeFailed(message: String)
    /// The host was booted since: nothing of the pod lives, but what it went through counts.
    case rebooted(Remains)
    /// A ConfigMap or Secret of the pod's namespace came, changed or went: what waits for one is tried again now.
    case configurationChanged
    /// In place of `start`: the host can't take the pod, which has failed for good (kubelet.go, rejectPod).
    case rejected(PodRejection)
    /// The pod takes more of the host than it may: its containers are stopped and it has failed for good.
    case evicted(message: String)
    /// A timer of `Effect.setTimer` ran out.
    case timer(PodTimer)
    /// `nil` = the pod's own terminationGracePeriodSeconds. Seconds.
    case delete(gracePeriodSeconds: Int?)
    /// A new agent adopted the pod and this is what it found.
    case recovered(Observation)
}

/// The three probes of a container.
package enum ProbeKind: String, Codable, Sendable, CaseIterable {
    case startup, liveness, readiness
}

/// The two hooks of a container's lifecycle.
package enum Hook: String, Codable, Sendable {
    case postStart, preStop
}

package enum HookOutcome: Sendable, Equatable {
    case succeeded
    /// In the kubelet's words, without the hook's name.
    case failed(message: String)
}

package enum PodTimer: String, Codable, Sendable, Hashable {
    /// The earliest moment at which a waiting container, image or sandbox may be tried again, or the pod's deadline.
    case retry
    /// The earliest moment at which the grace period of a container that is to end is over.
    case kill
}

/// What a pull cost.
package struct ImagePullResult: Sendable, Equatable {
    /// Nanoseconds of the pull itself.
    package var duration: Int64
    /// Nanoseconds since the container asked: also waiting for other pulls.
    package var durationWithWaiting: Int64
    /// Bytes of the image.
    package var size: Int64

    package init(duration: Int64, durationWithWaiting: Int64, size: Int64) {
        self.duration = duration
        self.durationWithWaiting = durationWithWaiting
        self.size = size
    }
}

/// Why no image could be had (kubelet pkg/kubelet/images/types.go).
package struct ImageFailure: Error, Sendable, Equatable {
    package enum Reason: String, Sendable {
        case pull = "ErrImagePull"
        case neverPull = "ErrImageNeverPull"
        case invalidName = "InvalidImageName"
        /// The store's own files are damaged.
        case inspect = "ImageInspectError"
    }

    package var reason: Reason
    package var message: String
    /// The image of an image volume; nil: the container's own.
    package var volumeImage: String?

    package init(_ reason: Reason, message: String, volumeImage: String? = nil) {
        self.reason = reason
        self.message = message
        self.volumeImage = volumeImage
    }
}

/// Why a container did not start.
package struct StartFailureCause: Sendable, Equatable {
    /// CreateContainerConfigError, CreateContainerError: nothing ran and the container stays waiting.
    /// StartError: the runtime could not run the command, which counts as an exit with code 128.
    package var reason: String
    package var message: String

    package init(reason: String, message: String) {
        self.reason = reason
        self.message = message
    }
}

/// The end of a container's first process.
package struct ProcessExit: Sendable, Equatable {
    /// Exit code, 128 + signal number when a signal ended it.
    package var code: Int
    /// 0 when it exited by itself.
    package var signal: Int
    package var isOutOfMemory: Bool
    /// What it left as its termination message.
    package var message: String
    package var startedAt: Timestamp
    package var finishedAt: Timestamp

    package init(
        code: Int, signal: Int, isOutOfMemory: Bool, message: String = "", startedAt: Timestamp, finishedAt: Timestamp
    ) {
        self.code = code
        self.signal = signal
        self.isOutOfMemory = isOutOfMemory
        self.message = message
        self.startedAt = startedAt
        self.finishedAt = finishedAt
    }
}

/// What an agent finds of a pod when it adopts it.
package struct Observation: Sendable, Equatable {
    package enum Process: Sendable, Equatable {
        case running(startedAt: Timestamp)
        case exited(ProcessExit)
        case failed(StartFailureCause)
    }

    /// pause runs and the keeper answers.
    package var isSandboxAlive: Bool
    /// By keeper process id; one that is missing never reached the keeper.
    package var processes: [UInt64: Process]

    package init(isSandboxAlive: Bool, processes: [UInt64: Process]) {
        self.isSandboxAlive = isSandboxAlive
        self.processes = processes
    }
}
