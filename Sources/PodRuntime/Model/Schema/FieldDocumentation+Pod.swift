extension FieldDocumentation {
    static let pod = #"""
        Pod: Containers that run together on this host and share a network address, host name and, where they ask for
         it, volumes and processes.
        Pod.apiVersion: The version of the API that the object is written in: v1.
        Pod.kind: The kind of the object: Pod.
        Pod.metadata: The pod's name and what else identifies it.
        Pod.spec: What shall run.
        Pod.status: What runs, as podrun sees it. Written by podrun only.
        PodSpec: What shall run, and how.
        PodSpec.activeDeadlineSeconds: Seconds from its start after which the pod is ended and Failed.
        PodSpec.affinity: Rules for a scheduler. Checked, and without effect on one host.
        PodSpec.automountServiceAccountToken: Whether a cluster would mount a token. Without effect: there is no API
         server to use it with.
        PodSpec.containers: The containers that run side by side. At least one; they can't change while the pod
         exists.
        PodSpec.dnsConfig: Name servers, search domains and options of the pod's /etc/resolv.conf, besides those of
         dnsPolicy.
        PodSpec.dnsPolicy {ClusterFirst, ClusterFirstWithHostNet, Default, None}: Where /etc/resolv.conf comes from:
         the host's (Default), or dnsConfig alone (None). There is no cluster DNS: ClusterFirst, the default, is as
         Default, and an event says so.
        PodSpec.enableServiceLinks: Whether a cluster would describe its Services in environment variables. Without
         effect.
        PodSpec.ephemeralContainers: Containers added to a running pod to look into it. Never part of a new pod.
        PodSpec.hostAliases: Further lines of the pod's /etc/hosts.
        PodSpec.hostIPC: Use the host's System V and POSIX inter-process communication.
        PodSpec.hostNetwork: Use the host's network: its addresses, ports and host name.
        PodSpec.hostPID: See and signal the host's processes.
        PodSpec.hostUsers: false gives the pod users of its own: its root is nobody on the host. true, the default: the
         host's.
        PodSpec.hostname: The host name inside the pod; the pod's name where it is not given.
        PodSpec.hostnameOverride: A host name that may be a full domain name, above hostname and subdomain.
        PodSpec.imagePullSecrets: Secrets of this namespace with logins for registries, tried in their order before
         the host's own.
        PodSpec.initContainers: Containers that run one after the other, each to its success, before the others start.
        PodSpec.nodeName: The node that the pod is meant for. Without effect: there is one.
        PodSpec.nodeSelector: Labels that a node must have. Without effect.
        PodSpec.os: The operating system that the containers are for.
        PodSpec.overhead: Resources that a runtime class costs besides the containers.
        PodSpec.preemptionPolicy {Never, PreemptLowerPriority}: Whether a scheduler may remove other pods for this
         one. Without effect.
        PodSpec.priority: How important the pod is to a scheduler. Without effect.
        PodSpec.priorityClassName: The name of a priority. Without effect.
        PodSpec.readinessGates: Conditions that others set and without which the pod is not Ready.
        PodSpec.resourceClaims: Devices that containers may claim.
        PodSpec.resources: Limits and requests of cpu, memory and huge pages of all containers together. Containers
         without a limit of their own have the pod's.
        PodSpec.restartPolicy {Always, Never, OnFailure}: Which containers start again after they end: all of them
         (Always, the default), those that fail, or none. Between two starts podrun waits longer each time, 5 minutes
         at most.
        PodSpec.runtimeClassName: The runtime that shall run the pod. There is one.
        PodSpec.schedulerName: The scheduler that shall place the pod. Without effect.
        PodSpec.schedulingGates: What a scheduler has to wait for.
        PodSpec.schedulingGroup: The group of pods that a scheduler places together. Without effect.
        PodSpec.securityContext: Users, groups and confinement of all containers, where a container does not say
         otherwise.
        PodSpec.serviceAccount: The old name of serviceAccountName.
        PodSpec.serviceAccountName: The account that the pod would have in a cluster. It can be read by fieldRef, and
         has no other effect.
        PodSpec.setHostnameAsFQDN: Whether the host name is the pod's full domain name.
        PodSpec.shareProcessNamespace: Whether all containers see each other's processes. pid 1 is then the pod's
         pause, not the container's command.
        PodSpec.subdomain: The domain of the pod's full name, hostname.subdomain.namespace.svc.cluster.local in
         /etc/hosts.
        PodSpec.terminationGracePeriodSeconds: Seconds that the containers have after SIGTERM before they are killed;
         30 where it is not given, 0 kills at once.
        PodSpec.tolerations: Taints of nodes that the pod puts up with. Checked, and without effect.
        PodSpec.topologySpreadConstraints: How a scheduler would spread pods. Checked, and without effect.
        PodSpec.volumes: Directories and files that the containers can mount.
        PodSpec.workloadRef: The workload that a scheduler counts the pod to. Without effect.
        HostAlias: One line of the pod's /etc/hosts.
        HostAlias.hostnames: The names that stand for the address.
        HostAlias.ip: The address.
        PodDNSConfig: Parts of the pod's /etc/resolv.conf.
        PodDNSConfig.nameservers: Addresses of name servers, before those that dnsPolicy brings; 3 are used.
        PodDNSConfig.options: Options of the resolver; one of the same name that dnsPolicy brings is replaced.
        PodDNSConfig.searches: Domains in which short names are looked up, after those that dnsPolicy brings.
        PodDNSConfigOption: One option of the resolver.
        PodDNSConfigOption.name: Its name, such as ndots. Required.
        PodDNSConfigOption.value: Its value, where it has one.
        PodOS: The operating system of the containers.
        PodOS.name {linux}: Its name.
        PodReadinessGate: A condition that must be True for the pod to be Ready.
        PodReadinessGate.conditionType: The condition's type.
        PodSchedulingGate: Something a scheduler has to wait for.
        PodSchedulingGate.name: Its name.
        PodResourceClaim: A device that containers may claim.
        PodResourceClaim.name: What containers call it.
        PodResourceClaim.resourceClaimName: The ResourceClaim that brings it.
        PodResourceClaim.resourceClaimTemplateName: The template that its ResourceClaim is made from.
        LocalObjectReference: An object of the pod's own namespace.
        LocalObjectReference.name: Its name.
        """#
}
