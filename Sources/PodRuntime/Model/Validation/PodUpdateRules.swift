/// What may change of a pod while it is there (pkg/apis/core/validation, ValidatePodUpdate and ValidatePodResize; `apply`
/// does what in a cluster needs the subresource `resize` for the second).
package struct PodUpdateRules {
    private let new: Pod
    private let old: Pod
    private let path = FieldPath("spec")
    private var errors: [FieldError] = []

    /// Everything that forbids that `pod` takes the place of `existing`. Both with defaults; `pod` is valid by itself.
    package static func errors(in pod: Pod, replacing existing: Pod) -> [FieldError] {
        var rules = PodUpdateRules(new: pod, old: existing)
        rules.check()
        return rules.errors
    }

    private init(new: Pod, old: Pod) {
        self.new = new
        self.old = old
    }

    private mutating func forbid(_ path: FieldPath, _ detail: String) {
        errors.append(FieldError(path, .forbidden, detail: detail))
    }

    private mutating func check() {
        guard isSameLength(new.spec.containers, old.spec.containers, path / "containers"),
            isSameLength(new.spec.initContainers, old.spec.initContainers, path / "initContainers"),
            checkDeadline()
        else { return }
        checkTolerations()
        checkResize()
        checkRest()
    }

    private mutating func isSameLength(_ new: [Container], _ old: [Container], _ path: FieldPath) -> Bool {
        if new.count != old.count { forbid(path, "pod updates may not add or remove containers") }
        return new.count == old.count
    }

    /// It may be set, and lowered.
    private mutating func checkDeadline() -> Bool {
        guard let earlier = old.spec.activeDeadlineSeconds else { return true }
        let path = path / "activeDeadlineSeconds"
        guard let deadline = new.spec.activeDeadlineSeconds else {
            errors.append(
                FieldError(
                    path, .invalid, value: "null", detail: "must not update from a positive integer to nil value"))
            return true
        }
        if deadline <= earlier { return true }
        errors.append(
            FieldError(path, .invalid, value: "\(deadline)", detail: "must be less than or equal to previous value"))
        return false
    }

    private mutating func checkTolerations() {
        func withoutSeconds(_ toleration: Toleration) -> Toleration {
            var toleration = toleration
            toleration.tolerationSeconds = nil
            return toleration
        }
        let kept = new.spec.tolerations.map(withoutSeconds)
        if !old.spec.tolerations.allSatisfy({ kept.contains(withoutSeconds($0)) }) {
            forbid(path / "tolerations", "existing toleration can not be modified except its tolerationSeconds")
        }
    }

    // MARK: - Resources

    private mutating func checkResize() {
        guard
            new.spec.containers.map(\.resources) != old.spec.containers.map(\.resources)
                || new.spec.initContainers.map(\.resources) != old.spec.initContainers.map(\.resources)
        else { return }
        if new.qosClass != old.qosClass {
            errors.append(
                FieldError(
                    path, .invalid, value: FieldError.quoted(new.qosClass.rawValue),
                    detail: "Pod QOS Class may not change as a result of resizing"))
        }
        for (index, container) in old.spec.containers.enumerated() {
            checkRemoval(container, new.spec.containers[index], (path / "containers")[index] / "resources")
        }
        for (index, container) in old.spec.initContainers.enumerated() {
            checkRemoval(container, new.spec.initContainers[index], (path / "initContainers")[index] / "resources")
        }
    }

    private mutating func checkRemoval(_ old: Container, _ new: Container, _ path: FieldPath) {
        func isRemoved(_ quantities: KeyPath<ResourceRequirements, [String: Quantity]>) -> Bool {
            old.resources[keyPath: quantities].keys.contains { new.resources[keyPath: quantities][$0] == nil }
        }
        if isRemoved(\.requests) { forbid(path / "requests", "resource requests cannot be removed") }
        if isRemoved(\.limits) { forbid(path / "limits", "resource limits cannot be removed") }
    }

    // MARK: - Everything else

    /// The new spec with what may change as it was must be the old one.
    private mutating func checkRest() {
        var rest = new.spec
        rest.activeDeadlineSeconds = old.spec.activeDeadlineSeconds
        rest.tolerations = old.spec.tolerations
        if let grace = old.spec.terminationGracePeriodSeconds, grace < 0, rest.terminationGracePeriodSeconds == 1 {
            rest.terminationGracePeriodSeconds = grace
        }
        for index in rest.containers.indices { rest.containers[index].takeBack(from: old.spec.containers[index]) }
        for index in rest.initContainers.indices {
            let earlier = old.spec.initContainers[index]
            if earlier.restartPolicy == "Always" {
                rest.initContainers[index].takeBack(from: earlier)
            } else {
                // What runs to its end can't be resized.
                rest.initContainers[index].image = earlier.image
            }
        }
        if rest == old.spec { return }
        let fields = [
            "`spec.containers[*].image`", "`spec.initContainers[*].image`", "`spec.activeDeadlineSeconds`",
            "`spec.tolerations` (only additions to existing tolerations)",
            "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
        ]
        let before = (try? NodeEncoder.encode(old.spec)) ?? .null
        let after = (try? NodeEncoder.encode(rest)) ?? .null
        let difference = before.differences(to: after).joined(separator: "\n")
        forbid(path, "pod updates may not change fields other than \(fields.joined(separator: ","))\n\(difference)")
    }
}

extension Container {
    /// Its image and its resources of time and memory.
    fileprivate mutating func takeBack(from earlier: Container) {
        image = earlier.image
        for name in ["cpu", "memory"] {
            resources.limits[name] = earlier.resources.limits[name]
            resources.requests[name] = earlier.resources.requests[name]
        }
    }
}
