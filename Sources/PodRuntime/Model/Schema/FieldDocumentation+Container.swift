extension FieldDocumentation {
    static let container = #"""
        Container: A program of the pod, started from an image in namespaces of its own.
        Container.args: Arguments of command, or of the image's entrypoint; the image's own where none are given.
         $(NAME) stands for a variable of env, $$(NAME) for itself.
        Container.command: The program and its first arguments, instead of the image's entrypoint and arguments.
         $(NAME) stands for a variable of env. No shell reads it.
        Container.env: Environment variables, above those of envFrom and of the image.
        Container.envFrom: ConfigMaps and Secrets all of whose keys become environment variables. Of the same key the
         last one counts, and env comes before all.
        Container.image: The image to start from, as NAME[:TAG][@DIGEST]. A name without a registry is docker.io's.
        Container.imagePullPolicy {Always, IfNotPresent, Never}: When the image is pulled from its registry. Without
         it: Always for the tag latest, IfNotPresent for every other one.
        Container.lifecycle: What to do after the start and before the end of the container.
        Container.livenessProbe: A check that restarts the container when it fails.
        Container.name: The container's name, unique in the pod. It can't change.
        Container.ports: Ports that the container listens on. All of them can be reached at the pod's address, given
         here or not; only a hostPort makes more of them.
        Container.readinessProbe: A check without whose success the pod is not Ready.
        Container.resizePolicy: What a change of resources by apply takes: without a rule, cpu and memory are changed
         while the container runs.
        Container.resources: What the container may use at most, and how much it asks for.
        Container.restartPolicy: When this container starts again, instead of the pod's rule. Always, on an init
         container, makes it a sidecar.
        Container.restartPolicyRules: Exit codes for which another rule than restartPolicy holds.
        Container.securityContext: User, rights and confinement of the container, above those of the pod.
        Container.startupProbe: A check that the other probes wait for.
        Container.stdin: Keep the container's standard input open, to be attached to. Without it, it is /dev/null.
        Container.stdinOnce: Close standard input when the first client that attached goes.
        Container.terminationMessagePath: The file in the container whose last 4096 bytes become the message of its
         end. /dev/termination-log where it is not given.
        Container.terminationMessagePolicy {FallbackToLogsOnError, File}: Whether a container that failed without a
         message gets the end of its log, 80 lines and 2048 bytes at most, as one. File is the default.
        Container.tty: Run the command on a terminal. Its output, and what it writes to standard error, is one stream
         of the log.
        Container.volumeDevices: Block devices of persistent volumes.
        Container.volumeMounts: Where the pod's volumes are in this container.
        Container.workingDir: The directory that the command starts in, an absolute path, made where missing; the
         image's where it is not given.
        EphemeralContainer: A container added to a running pod to look into it.
        EphemeralContainer.targetContainerName: The container whose processes it sees.
        ContainerPort: A port that the container listens on.
        ContainerPort.containerPort: Its number, 1 to 65535.
        ContainerPort.hostIP: The host's address that hostPort is bound to; all of them where none is given.
        ContainerPort.hostPort: The port of the host that leads to it. The host's own 127.0.0.1 does not.
        ContainerPort.name: A name for it, unique in the pod, for probes.
        ContainerPort.protocol {SCTP, TCP, UDP}: Its protocol; TCP where none is given.
        ContainerResizePolicy: What a change of one resource takes.
        ContainerResizePolicy.resourceName: cpu or memory.
        ContainerResizePolicy.restartPolicy {NotRequired, RestartContainer}: Whether the container is started anew with
         what it gets.
        ContainerRestartRule: A rule for the container's end, before its restartPolicy.
        ContainerRestartRule.action: What to do: Restart, or RestartAllContainers.
        ContainerRestartRule.exitCodes: For which exit codes.
        ContainerRestartRuleOnExitCodes: A set of exit codes.
        ContainerRestartRuleOnExitCodes.operator: In, or NotIn.
        ContainerRestartRuleOnExitCodes.values: The exit codes.
        VolumeMount: A place in the container where a volume is seen.
        VolumeMount.mountPath: The place, an absolute path; a directory or file that the volume takes is made where
         missing. Neither the root nor /proc.
        VolumeMount.mountPropagation {Bidirectional, HostToContainer, None}: Whether mounts made later below the
         volume's source are seen in the container (HostToContainer), and the other way round too (Bidirectional, for
         privileged containers). None where it is not given.
        VolumeMount.name: The volume's name.
        VolumeMount.readOnly: Whether the container can only read here. Mounts that lie below stay writable, unless
         recursiveReadOnly says otherwise.
        VolumeMount.recursiveReadOnly: With readOnly: whether mounts that lie below are read-only too. Enabled,
         IfPossible or Disabled, the default.
        VolumeMount.subPath: A path below the volume's top to mount in its place. It is made as a directory where
         missing, and can't lead out of the volume.
        VolumeMount.subPathExpr: As subPath, with $(NAME) for environment variables of the container.
        VolumeDevice: A block device in the container.
        VolumeDevice.devicePath: Its path.
        VolumeDevice.name: The volume with it.
        ResourceRequirements: What may be used at most, and what is asked for.
        ResourceRequirements.claims: Devices of the pod's resourceClaims that the container uses.
        ResourceRequirements.limits: What may be used at most: cpu, memory and ephemeral-storage. Over its cpu limit a
         container waits, over its memory limit a process of it is killed.
        ResourceRequirements.requests: What the container asks for; its limits where nothing is given. cpu is its
         share when the host is busy; all of them together decide on the QoS class.
        ResourceClaim: A device that a container uses.
        ResourceClaim.name: The claim in the pod's resourceClaims.
        ResourceClaim.request: The request in the claim; all of them where none is given.
        Probe: A check of a container. Exactly one of exec, httpGet, tcpSocket and grpc says how.
        Probe.exec: Run a command in the container; exit code 0 is success.
        Probe.failureThreshold: Failures in a row that count as one; 3 where not given.
        Probe.grpc: Ask the gRPC health service.
        Probe.httpGet: Send an HTTP request; a code from 200 to 399 is success.
        Probe.initialDelaySeconds: Seconds from the container's start to the first check.
        Probe.periodSeconds: Seconds from check to check; 10 where not given.
        Probe.successThreshold: Successes in a row that count as one after a failure; 1, except for readiness.
        Probe.tcpSocket: Open a TCP connection.
        Probe.terminationGracePeriodSeconds: Seconds to end in after a failure, instead of the pod's.
        Probe.timeoutSeconds: Seconds after which a check has failed; 1 where not given.
        Lifecycle: What to do at the beginning and the end of a container.
        Lifecycle.postStart: Done right after the start; the container is not running before it is done, and killed if
         it fails.
        Lifecycle.preStop: Done before SIGTERM, within the grace period.
        Lifecycle.stopSignal: The signal to end the container with, instead of the image's or SIGTERM.
        LifecycleHandler: One thing to do. Exactly one field is set.
        LifecycleHandler.exec: Run a command in the container.
        LifecycleHandler.httpGet: Send an HTTP request.
        LifecycleHandler.sleep: Wait.
        LifecycleHandler.tcpSocket: Not supported by Kubernetes any more.
        ExecAction: A command in the container.
        ExecAction.command: The program and its arguments. No shell reads it.
        HTTPGetAction: An HTTP request.
        HTTPGetAction.host: The host to connect to; the pod's address where none is given.
        HTTPGetAction.httpHeaders: Headers of the request.
        HTTPGetAction.path: The path to ask for; / where none is given.
        HTTPGetAction.port: The port, by number or by its name in ports.
        HTTPGetAction.scheme {HTTP, HTTPS}: HTTP, the default, or HTTPS, whose certificate is not checked.
        HTTPHeader: A header of a request.
        HTTPHeader.name: Its name.
        HTTPHeader.value: Its value.
        TCPSocketAction: A TCP connection.
        TCPSocketAction.host: The host to connect to; the pod's address where none is given.
        TCPSocketAction.port: The port, by number or by its name in ports.
        GRPCAction: A question to a gRPC health service.
        GRPCAction.port: The service's port.
        GRPCAction.service: The name to ask for; none where not given.
        SleepAction: A wait.
        SleepAction.seconds: How long.
        """#
}
