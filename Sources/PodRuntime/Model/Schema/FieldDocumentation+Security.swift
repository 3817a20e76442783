extension FieldDocumentation {
    static let security = #"""
        PodSecurityContext: Users, groups and confinement of all containers.
        PodSecurityContext.appArmorProfile: The AppArmor profile of all containers.
        PodSecurityContext.fsGroup: A group that all processes are in, and that owns what is in the pod's own volumes.
        PodSecurityContext.fsGroupChangePolicy {Always, OnRootMismatch}: Whether the group is given to a volume's
         files at each start, the default, or only when the volume's top does not have it.
        PodSecurityContext.runAsGroup: The group id that containers run with; the image's where not given.
        PodSecurityContext.runAsNonRoot: Whether a container that would run as uid 0 is refused.
        PodSecurityContext.runAsUser: The user id that containers run with; the image's where not given.
        PodSecurityContext.seLinuxChangePolicy {MountOption, Recursive}: How volumes get their SELinux label. Without
         effect.
        PodSecurityContext.seLinuxOptions: The SELinux label of all containers.
        PodSecurityContext.seccompProfile: Which system calls containers may make.
        PodSecurityContext.supplementalGroups: Further groups that all processes are in.
        PodSecurityContext.supplementalGroupsPolicy {Merge, Strict}: Whether the groups that the image's /etc/group
         has for the user count too (Merge, the default).
        PodSecurityContext.sysctls: Kernel parameters of the pod, of those that Kubernetes calls safe.
        PodSecurityContext.windowsOptions: Settings for Windows.
        SecurityContext: User, rights and confinement of one container.
        SecurityContext.allowPrivilegeEscalation: Whether a process may get more rights than its parent, by set-id
         programs for instance. true where not given; false sets no_new_privs.
        SecurityContext.appArmorProfile: The container's AppArmor profile.
        SecurityContext.capabilities: Rights of root to give or to take away, from containerd's default ones.
        SecurityContext.privileged: Run with nearly all rights of the host's root.
        SecurityContext.procMount {Default, Unmasked}: Whether sensitive parts of /proc are hidden (Default) or not.
        SecurityContext.readOnlyRootFilesystem: Whether the container's root can only be read. Volumes stay writable.
        SecurityContext.runAsGroup: The group id to run with, above the pod's.
        SecurityContext.runAsNonRoot: Whether to refuse to run as uid 0, above the pod's.
        SecurityContext.runAsUser: The user id to run with, above the pod's.
        SecurityContext.seLinuxOptions: The container's SELinux label.
        SecurityContext.seccompProfile: Which system calls the container may make, above the pod's.
        SecurityContext.windowsOptions: Settings for Windows.
        Capabilities: Rights of root to give or to take away. Names with or without CAP_; ALL is all of them.
        Capabilities.add: Rights to give.
        Capabilities.drop: Rights to take away. With ALL, those in add stay.
        SELinuxOptions: An SELinux label.
        SELinuxOptions.level: Its level.
        SELinuxOptions.role: Its role.
        SELinuxOptions.type: Its type.
        SELinuxOptions.user: Its user.
        WindowsSecurityContextOptions: Settings for Windows.
        WindowsSecurityContextOptions.gmsaCredentialSpec: The contents of a credential spec.
        WindowsSecurityContextOptions.gmsaCredentialSpecName: The name of a credential spec.
        WindowsSecurityContextOptions.hostProcess: Whether the container runs as a process of the host.
        WindowsSecurityContextOptions.runAsUserName: The user that the command runs as.
        SeccompProfile: Which system calls may be made.
        SeccompProfile.localhostProfile: With Localhost: the profile's file.
        SeccompProfile.type {Localhost, RuntimeDefault, Unconfined}: podrun's own list (RuntimeDefault), everything
         (Unconfined), or a file of the host (Localhost).
        AppArmorProfile: An AppArmor profile. On a host without AppArmor only Unconfined can be had.
        AppArmorProfile.localhostProfile: With Localhost: the name of a profile that the host has loaded.
        AppArmorProfile.type {Localhost, RuntimeDefault, Unconfined}: A profile of the host (Localhost), podrun-default
         (RuntimeDefault, also what is given unasked where the host has it loaded), or none (Unconfined).
        Sysctl: A kernel parameter of the pod.
        Sysctl.name: Its name, with dots or slashes.
        Sysctl.value: Its value.
        """#
}
