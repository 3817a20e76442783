extension FieldDocumentation {
    static let environment = #"""
        EnvVar: An environment variable of the container.
        EnvVar.name: Its name.
        EnvVar.value: Its value. $(NAME) stands for a variable that was defined before; $$(NAME) for itself.
        EnvVar.valueFrom: Where the value comes from. Not together with value.
        EnvVarSource: Where a variable's value comes from. Exactly one field is set.
        EnvVarSource.configMapKeyRef: A key of a ConfigMap.
        EnvVarSource.fieldRef: A field of the pod: metadata.name, metadata.namespace, metadata.uid,
         metadata.labels['KEY'], metadata.annotations['KEY'], spec.nodeName, spec.serviceAccountName, status.hostIP,
         status.hostIPs, status.podIP or status.podIPs.
        EnvVarSource.fileKeyRef: A variable in a file that an earlier container left in an emptyDir.
        EnvVarSource.resourceFieldRef: A limit or request of a container.
        EnvVarSource.secretKeyRef: A key of a Secret.
        ObjectFieldSelector: A field of the pod.
        ObjectFieldSelector.apiVersion: The version of the API that the path is written in; v1 where not given.
        ObjectFieldSelector.fieldPath: The field's path.
        ResourceFieldSelector: A limit or request of a container.
        ResourceFieldSelector.containerName: The container; in env the variable's own where not given, in volumes
         required.
        ResourceFieldSelector.divisor: What 1 stands for, such as 1Mi or 1m; 1 where not given. What is left over
         counts as one more.
        ResourceFieldSelector.resource: limits.cpu, limits.memory, limits.ephemeral-storage, or the same of requests.
         Without a limit, the host's amount.
        ConfigMapKeySelector: A key of a ConfigMap.
        ConfigMapKeySelector.key: The key.
        ConfigMapKeySelector.name: The ConfigMap.
        ConfigMapKeySelector.optional: Whether the variable is left out when there is no such ConfigMap or key.
         Otherwise the container waits for it.
        SecretKeySelector: A key of a Secret.
        SecretKeySelector.key: The key.
        SecretKeySelector.name: The Secret.
        SecretKeySelector.optional: Whether the variable is left out when there is no such Secret or key. Otherwise
         the container waits for it.
        FileKeySelector: A variable in a file of an emptyDir, whose lines are NAME='value'.
        FileKeySelector.key: The variable's name in the file.
        FileKeySelector.optional: Whether the variable is left out when there is no such file or key.
        FileKeySelector.path: The file in the volume.
        FileKeySelector.volumeName: The volume.
        EnvFromSource: An object whose keys become environment variables.
        EnvFromSource.configMapRef: A ConfigMap.
        EnvFromSource.prefix: What comes before each name.
        EnvFromSource.secretRef: A Secret.
        ConfigMapEnvSource: A ConfigMap whose keys become environment variables.
        ConfigMapEnvSource.name: Its name.
        ConfigMapEnvSource.optional: Whether it may be missing. Otherwise the container waits for it.
        SecretEnvSource: A Secret whose keys become environment variables.
        SecretEnvSource.name: Its name.
        SecretEnvSource.optional: Whether it may be missing. Otherwise the container waits for it.
        """#
}
