extension Pod {
    /// Kubernetes' defaulting of v1 Pods (pkg/apis/core/v1/defaults.go), without what only an API server's admission adds.
    package func withDefaults() -> Pod {
        var pod = self
        if pod.metadata.namespace.isEmpty { pod.metadata.namespace = "default" }
        pod.setAppArmorDefaults()
        pod.spec.setDefaults()
        return pod
    }

    /// Where `logs` and `exec` go when no container is named.
    package var defaultContainerName: String {
        if let name = metadata.annotations["kubectl.kubernetes.io/default-container"], container(name) != nil {
            return name
        }
        return spec.containers.first?.name ?? ""
    }
}

extension PodSpec {
    fileprivate mutating func setDefaults() {
        if serviceAccountName.isEmpty { serviceAccountName = serviceAccount }
        if serviceAccount.isEmpty { serviceAccount = serviceAccountName }
        if restartPolicy.isEmpty { restartPolicy = "Always" }
        if dnsPolicy.isEmpty { dnsPolicy = "ClusterFirst" }
        if schedulerName.isEmpty { schedulerName = "default-scheduler" }
        terminationGracePeriodSeconds = terminationGracePeriodSeconds ?? 30
        securityContext = securityContext ?? PodSecurityContext()
        enableServiceLinks = enableServiceLinks ?? true
        overhead = overhead.mapValues(\.roundedUpToMilli)
        for index in volumes.indices { volumes[index].setDefaults() }
        for index in initContainers.indices { initContainers[index].setDefaults(hostNetwork: hostNetwork) }
        for index in containers.indices { containers[index].setDefaults(hostNetwork: hostNetwork) }
        for index in ephemeralContainers.indices { ephemeralContainers[index].setDefaults() }
        setResourceDefaults()
    }

    /// Of the pod as a whole: limits of huge pages are what the containers' add up to; requests are what the
    /// containers request, else the pod's limit.
    private mutating func setResourceDefaults() {
        guard var whole = resources else { return }
        whole.roundUp()
        if !whole.limits.isEmpty {
            let limits = aggregate(\.resources.limits).filter { $0.key.isHugePages && whole.requests[$0.key] == nil }
            whole.limits.merge(limits) { limit, _ in limit }
            let requests = aggregate(\.resources.requests).filter { $0.key.isPodLevelResource && !$0.key.isHugePages }
            whole.requests.merge(requests) { request, _ in request }
            whole.requests.merge(whole.limits.filter(\.key.isPodLevelResource)) { request, _ in request }
        }
        resources = whole
    }
}

extension Container {
    fileprivate mutating func setDefaults(hostNetwork: Bool) {
        if imagePullPolicy.isEmpty { imagePullPolicy = Self.pullPolicy(of: image) }
        if terminationMessagePath.isEmpty { terminationMessagePath = "/dev/termination-log" }
        if terminationMessagePolicy.isEmpty { terminationMessagePolicy = "File" }
        resources.setDefaults()
        for index in ports.indices {
            if ports[index].protocol.isEmpty { ports[index].protocol = "TCP" }
            if hostNetwork && ports[index].hostPort == 0 { ports[index].hostPort = ports[index].containerPort }
        }
        for index in env.indices { env[index].valueFrom?.fieldRef?.setDefaults() }
        livenessProbe?.setDefaults()
        readinessProbe?.setDefaults()
        startupProbe?.setDefaults()
        lifecycle?.postStart?.httpGet?.setDefaults()
        lifecycle?.preStop?.httpGet?.setDefaults()
    }

    /// What may change behind its name is pulled always. A name that can't be read counts as tagged, as in Kubernetes.
    fileprivate static func pullPolicy(of image: String) -> String {
        (try? ImageReference(image))?.tag == "latest" ? "Always" : "IfNotPresent"
    }
}

extension EphemeralContainer {
    fileprivate mutating func setDefaults() {
        var container = container
        container.setDefaults(hostNetwork: false)
        imagePullPolicy = container.imagePullPolicy
        terminationMessagePath = container.terminationMessagePath
        terminationMessagePolicy = container.terminationMessagePolicy
        env = container.env
    }
}

extension ResourceRequirements {
    /// A limit without a request is also the request.
    fileprivate mutating func setDefaults() {
        roundUp()
        requests.merge(limits) { request, _ in request }
    }

    fileprivate mutating func roundUp() {
        limits = limits.mapValues(\.roundedUpToMilli)
        requests = requests.mapValues(\.roundedUpToMilli)
    }
}

extension ObjectFieldSelector {
    fileprivate mutating func setDefaults() {
        if apiVersion.isEmpty { apiVersion = "v1" }
    }
}

extension Probe {
    fileprivate mutating func setDefaults() {
        if timeoutSeconds == 0 { timeoutSeconds = 1 }
        if periodSeconds == 0 { periodSeconds = 10 }
        if successThreshold == 0 { successThreshold = 1 }
        if failureThreshold == 0 { failureThreshold = 3 }
        httpGet?.setDefaults()
        if grpc != nil, grpc?.service == nil { grpc?.service = "" }
    }
}

extension HTTPGetAction {
    fileprivate mutating func setDefaults() {
        if path.isEmpty { path = "/" }
        if scheme.isEmpty { scheme = "HTTP" }
    }
}

extension Volume {
    fileprivate mutating func setDefaults() {
        if sources.isEmpty { emptyDir = EmptyDirVolumeSource() }
        if hostPath != nil, hostPath?.type == nil { hostPath?.type = "" }
        if secret != nil, secret?.defaultMode == nil { secret?.defaultMode = 0o644 }
        if configMap != nil, configMap?.defaultMode == nil { configMap?.defaultMode = 0o644 }
        downwardAPI?.setDefaults()
        projected?.setDefaults()
        if let reference = image?.reference, image?.pullPolicy.isEmpty == true, !reference.isEmpty {
            image?.pullPolicy = Container.pullPolicy(of: reference)
        }
    }

    /// JSON names of the sources that are set.
    package var sources: [String] {
        let all: [(String, Bool)] = [
            ("hostPath", hostPath != nil), ("emptyDir", emptyDir != nil),
            ("gcePersistentDisk", gcePersistentDisk != nil),
            ("awsElasticBlockStore", awsElasticBlockStore != nil), ("gitRepo", gitRepo != nil),
            ("secret", secret != nil),
            ("nfs", nfs != nil), ("iscsi", iscsi != nil), ("glusterfs", glusterfs != nil),
            ("persistentVolumeClaim", persistentVolumeClaim != nil), ("rbd", rbd != nil),
            ("flexVolume", flexVolume != nil), ("cinder", cinder != nil), ("cephfs", cephfs != nil),
            ("flocker", flocker != nil), ("downwardAPI", downwardAPI != nil), ("fc", fc != nil),
            ("azureFile", azureFile != nil), ("configMap", configMap != nil), ("vsphereVolume", vsphereVolume != nil),
            ("quobyte", quobyte != nil), ("azureDisk", azureDisk != nil),
            ("photonPersistentDisk", photonPersistentDisk != nil), ("projected", projected != nil),
            ("portworxVolume", portworxVolume != nil), ("scaleIO", scaleIO != nil), ("storageos", storageos != nil),
            ("csi", csi != nil), ("ephemeral", ephemeral != nil), ("image", image != nil),
        ]
        return all.filter(\.1).map(\.0)
    }
}

extension DownwardAPIVolumeSource {
    fileprivate mutating func setDefaults() {
        defaultMode = defaultMode ?? 0o644
        for index in items.indices { items[index].fieldRef?.setDefaults() }
    }
}

extension ProjectedVolumeSource {
    fileprivate mutating func setDefaults() {
        defaultMode = defaultMode ?? 0o644
        for index in sources.indices {
            if let token = sources[index].serviceAccountToken {
                sources[index].serviceAccountToken?.expirationSeconds = token.expirationSeconds ?? 3600
            }
            guard let files = sources[index].downwardAPI?.items else { continue }
            for file in files.indices { sources[index].downwardAPI?.items[file].fieldRef?.setDefaults() }
        }
    }
}
