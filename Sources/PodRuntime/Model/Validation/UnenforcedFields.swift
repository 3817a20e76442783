/// Limits that podrun reads, checks and can't hold a container to yet: the user is told of each.
package enum UnenforcedFields {
    /// One line for each, with its path: `spec.volumes[0].emptyDir.sizeLimit: ...`.
    package static func warnings(in pod: Pod) -> [String] {
        let path = FieldPath("spec")
        var paths: [FieldPath] = []
        for (field, containers) in [("initContainers", pod.spec.initContainers), ("containers", pod.spec.containers)] {
            for (index, container) in containers.enumerated()
            where container.resources.limits["ephemeral-storage"] != nil {
                paths.append(((path / field)[index] / "resources" / "limits").key("ephemeral-storage"))
            }
        }
        return paths.map { "\($0): not enforced by podrun yet: the disk can be filled beyond it" }
    }
}
