extension EphemeralContainer {
    /// All but its target: what is the same for every kind of container.
    package var container: Container {
        Container(
            name: name, image: image, command: command, args: args, workingDir: workingDir, ports: ports,
            envFrom: envFrom, env: env, resources: resources, resizePolicy: resizePolicy, restartPolicy: restartPolicy,
            restartPolicyRules: restartPolicyRules, volumeMounts: volumeMounts, volumeDevices: volumeDevices,
            livenessProbe: livenessProbe, readinessProbe: readinessProbe, startupProbe: startupProbe,
            lifecycle: lifecycle, terminationMessagePath: terminationMessagePath,
            terminationMessagePolicy: terminationMessagePolicy, imagePullPolicy: imagePullPolicy,
            securityContext: securityContext, stdin: stdin, stdinOnce: stdinOnce, tty: tty)
    }
}

extension Pod {
    /// Init, regular and ephemeral containers.
    package var allContainers: [Container] {
        spec.initContainers + spec.containers + spec.ephemeralContainers.map(\.container)
    }

    package func container(_ name: String) -> Container? { allContainers.first { $0.name == name } }

    /// The container whose processes an ephemeral one is among; nil: those of all (shareProcessNamespace) or its own.
    package func targetContainer(of name: String) -> String? {
        if spec.shareProcessNamespace == true || spec.hostPID { return nil }
        guard let container = spec.ephemeralContainers.first(where: { $0.name == name }) else { return nil }
        return container.targetContainerName.isEmpty ? nil : container.targetContainerName
    }
}
