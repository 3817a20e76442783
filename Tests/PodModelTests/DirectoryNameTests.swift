import PodModel
import Testing

/// Names that Kubernetes takes and this host's file systems do not.
@Suite struct DirectoryNameTests {
    private func errors(_ count: Int, _ make: (ObjectMeta) -> [FieldError]) -> [String] {
        let parts = String(repeating: "n", count: 120) + "." + String(repeating: "m", count: count - 121)
        return make(ObjectMeta(name: parts, namespace: "default")).map(\.text)
    }

    @Test func podsHaveADirectoryOfLogs() {
        func check(_ metadata: ObjectMeta) -> [FieldError] {
            let container = Container(name: "c", image: "i")
            return PodValidation.errors(
                in: Pod(metadata: metadata, spec: PodSpec(containers: [container])).withDefaults())
        }
        #expect(errors(210, check).isEmpty)
        #expect(
            errors(211, check) == [
                "metadata.name: Too long: may not be more than 210 bytes in this namespace: both are in the name of a "
                    + "directory"
            ])
    }

    @Test func claimsHaveADirectory() {
        func check(_ metadata: ObjectMeta) -> [FieldError] {
            var claim = PersistentVolumeClaim()
            claim.metadata = metadata
            claim.spec.accessModes = ["ReadWriteOnce"]
            claim.spec.resources.requests = ["storage": Quantity(milliValue: 1000)]
            return ObjectValidation.errors(in: .persistentVolumeClaim(claim))
        }
        #expect(errors(247, check).isEmpty)
        #expect(errors(248, check).count == 1)
    }
}
