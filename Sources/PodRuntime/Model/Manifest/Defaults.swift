extension Pod {
    /// The pod with the API server's defaults for what was not written (pkg/apis/core/v1/defaults.go).
    package func withDefaults() -> Pod {
        var pod = self
        if pod.metadata.namespace.isEmpty { pod.metadata.namespace = "default" }
        pod.spec.applyDefaults()
        return pod
    }

    /// Init and regular containers.
    package var allContainers: [Container] { spec.initContainers + spec.containers }

    package func container(_ name: String) -> Container? { allContainers.first { $0.name == name } }

    /// Where `logs` and `exec` go when no container is named.
    package var defaultContainerName: String {
        if let name = metadata.annotations["kubectl.kubernetes.io/default-container"], container(name) != nil {
            return name
        }
        return spec.containers.first?.name ?? ""
    }
}

extension PodSpec {
    fileprivate mutating func applyDefaults() {
        if restartPolicy.isEmpty { restartPolicy = "Always" }
        if dnsPolicy.isEmpty { dnsPolicy = "ClusterFirst" }
        if schedulerName.isEmpty { schedulerName = "default-scheduler" }
        terminationGracePeriodSeconds = terminationGracePeriodSeconds ?? 30
        enableServiceLinks = enableServiceLinks ?? true
        securityContext = securityContext ?? PodSecurityContext()
        if serviceAccountName.isEmpty { serviceAccountName = serviceAccount }
        for index in initContainers.indices { initContainers[index].applyDefaults() }
        for index in containers.indices { containers[index].applyDefaults() }
        for index in volumes.indices { volumes[index].applyDefaults() }
    }
}

extension Container {
    fileprivate mutating func applyDefaults() {
        if terminationMessagePath.isEmpty { terminationMessagePath = "/dev/termination-log" }
        if terminationMessagePolicy.isEmpty { terminationMessagePolicy = "File" }
        if imagePullPolicy.isEmpty {
            // A digest names one image for ever, a missing tag means the newest.
            let tag = (try? ImageReference(image))?.tag ?? ""
            imagePullPolicy = tag == "latest" ? "Always" : "IfNotPresent"
        }
        for index in ports.indices where ports[index].protocol.isEmpty { ports[index].protocol = "TCP" }
        for index in env.indices where env[index].valueFrom?.fieldRef?.apiVersion.isEmpty ?? false {
            env[index].valueFrom?.fieldRef?.apiVersion = "v1"
        }
        // A limit without a request is the request too.
        for (name, limit) in resources.limits where resources.requests[name] == nil { resources.requests[name] = limit }
        livenessProbe?.applyDefaults()
        readinessProbe?.applyDefaults()
        startupProbe?.applyDefaults()
    }
}

extension Probe {
    fileprivate mutating func applyDefaults() {
        if timeoutSeconds == 0 { timeoutSeconds = 1 }
        if periodSeconds == 0 { periodSeconds = 10 }
        if successThreshold == 0 { successThreshold = 1 }
        if failureThreshold == 0 { failureThreshold = 3 }
        if httpGet?.path.isEmpty ?? false { httpGet?.path = "/" }
        if httpGet?.scheme.isEmpty ?? false { httpGet?.scheme = "HTTP" }
        if var action = grpc {
            action.service = action.service ?? ""
            grpc = action
        }
    }
}

extension Volume {
    fileprivate mutating func applyDefaults() {
        if var source = hostPath {
            source.type = source.type ?? ""
            hostPath = source
        }
    }
}
