import PodModel
import Testing

struct ClaimBindingTests {
    private func claim(_ spec: PersistentVolumeClaimSpec) -> PersistentVolumeClaim {
        PersistentVolumeClaim(metadata: ObjectMeta(name: "data", uid: "u"), spec: spec)
    }

    private func spec(class name: String?) -> PersistentVolumeClaimSpec {
        PersistentVolumeClaimSpec(
            accessModes: ["ReadWriteOnce"],
            resources: VolumeResourceRequirements(requests: ["storage": Quantity(value: 1 << 30, format: .binarySI)]),
            storageClassName: name)
    }

    @Test(arguments: [nil, "local"]) func bindsAtOnce(className: String?) {
        let bound = claim(spec(class: className)).bound()
        #expect(bound.isBound)
        #expect(bound.spec.storageClassName == "local")
        #expect(bound.spec.volumeName == "pvc-u")
        #expect(bound.status.capacity["storage"]?.text == "1Gi")
        #expect(bound.bound() == bound)
    }

    @Test func whatCannotBeGivenStaysPending() {
        var withSelector = spec(class: nil)
        withSelector.selector = LabelSelector()
        for (spec, reason) in [
            (spec(class: ""), "no persistent volumes available for this claim and no storage class is set"),
            (spec(class: "fast"), "storageclass.storage.k8s.io \"fast\" not found"),
            (withSelector, "claim.Spec.Selector is not supported"),
        ] {
            let pending = claim(spec).bound()
            #expect(pending.status.phase == "Pending")
            #expect(pending.pendingReason == reason)
            #expect(pending.spec.volumeName.isEmpty)
        }
    }
}
