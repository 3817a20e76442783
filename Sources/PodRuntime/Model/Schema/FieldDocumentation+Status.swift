extension FieldDocumentation {
    static let status = #"""
        PodStatus: What runs, as podrun sees it.
        PodStatus.allocatedResources: Resources that the pod was given.
        PodStatus.conditions: What is true of the pod: PodScheduled, PodReadyToStartContainers, Initialized,
         ContainersReady, Ready.
        PodStatus.containerStatuses: What each container does.
        PodStatus.ephemeralContainerStatuses: What each ephemeral container does.
        PodStatus.extendedResourceClaimStatus: The claim for extended resources.
        PodStatus.hostIP: The host's address.
        PodStatus.hostIPs: The host's addresses.
        PodStatus.initContainerStatuses: What each init container does.
        PodStatus.message: Why the pod is in this state, in words.
        PodStatus.nominatedNodeName: The node that a scheduler has in mind.
        PodStatus.observedGeneration: The generation of the spec that this status is of.
        PodStatus.phase {Failed, Pending, Running, Succeeded, Unknown}: Where the pod is in its life.
        PodStatus.podIP: The pod's address.
        PodStatus.podIPs: The pod's addresses.
        PodStatus.qosClass {BestEffort, Burstable, Guaranteed}: What the resources of the containers make of the pod:
         who goes first when memory is short.
        PodStatus.reason: Why the pod is in this state, in a word: Evicted, for instance.
        PodStatus.resize: How a change of resources goes on; unused: the conditions PodResizePending and
         PodResizeInProgress say it.
        PodStatus.resourceClaimStatuses: The claims made for the pod.
        PodStatus.resources: Resources of all containers together.
        PodStatus.startTime: When podrun accepted the pod.
        HostIP: An address of the host.
        HostIP.ip: The address.
        PodIP: An address of the pod.
        PodIP.ip: The address.
        PodCondition: Something that is true of the pod, or not.
        PodCondition.lastProbeTime: When it was last looked at.
        PodCondition.lastTransitionTime: When it last changed.
        PodCondition.message: Why, in words.
        PodCondition.observedGeneration: The generation of the spec that it is of.
        PodCondition.reason: Why, in a word.
        PodCondition.status: True, False or Unknown.
        PodCondition.type: What it is.
        ContainerStatus: What a container does.
        ContainerStatus.allocatedResources: What the container may ask for: the requests of its spec, unless the host
         does not have them now.
        ContainerStatus.allocatedResourcesStatus: Devices that the container was given.
        ContainerStatus.containerID: Its id, podrun:// and a number.
        ContainerStatus.image: The image it was started from.
        ContainerStatus.imageID: The digest of that image.
        ContainerStatus.lastState: How its last run ended.
        ContainerStatus.name: Its name.
        ContainerStatus.ready: Whether it is ready to serve.
        ContainerStatus.resources: Its resources.
        ContainerStatus.restartCount: How often it was started again.
        ContainerStatus.started: Whether it has started.
        ContainerStatus.state: What it does now.
        ContainerStatus.stopSignal: The signal it is ended with.
        ContainerStatus.user: The ids it was started with.
        ContainerStatus.volumeMounts: Its mounts.
        ContainerState: What a container does. At most one field is set.
        ContainerState.running: It runs.
        ContainerState.terminated: It has ended.
        ContainerState.waiting: It is not started yet, or waits for its next start.
        ContainerStateWaiting: A container that is not started.
        ContainerStateWaiting.message: Why, in words.
        ContainerStateWaiting.reason: Why, in a word: ImagePullBackOff, CrashLoopBackOff, CreateContainerConfigError,
         ...
        ContainerStateRunning: A container that runs.
        ContainerStateRunning.startedAt: Since when.
        ContainerStateTerminated: A container that has ended.
        ContainerStateTerminated.containerID: Its id.
        ContainerStateTerminated.exitCode: Its exit code; 128 and the signal's number when a signal ended it.
        ContainerStateTerminated.finishedAt: When it ended.
        ContainerStateTerminated.message: What it left in its terminationMessagePath, or why it could not start.
        ContainerStateTerminated.reason: Why, in a word: Completed, Error, OOMKilled, ...
        ContainerStateTerminated.signal: The signal that ended it.
        ContainerStateTerminated.startedAt: When it started.
        VolumeMountStatus: A mount of a container.
        VolumeMountStatus.mountPath: Where it is.
        VolumeMountStatus.name: The volume.
        VolumeMountStatus.readOnly: Whether it can only be read.
        VolumeMountStatus.recursiveReadOnly: Whether that holds for the mounts below it: Enabled or Disabled.
        ContainerUser: The ids a container was started with.
        ContainerUser.linux: On Linux.
        LinuxContainerUser: The ids a container was started with.
        LinuxContainerUser.gid: The group id.
        LinuxContainerUser.supplementalGroups: Further groups.
        LinuxContainerUser.uid: The user id.
        """#
}
