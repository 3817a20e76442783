import PodModel
import PodPlanning
import Testing

/// What applying an object means for the one that is stored.
struct ObjectAdmissionTests {
    private static let now = Timestamp(seconds: 1_000)
    private static let later = Timestamp(seconds: 2_000)

    private static func decide(_ written: StoredObject, _ existing: StoredObject? = nil) -> ObjectAdmission.Decision {
        ObjectAdmission.decide(
            written, existing: existing, uid: existing == nil ? "u" : "other", now: existing == nil ? now : later)
    }

    private static func created(_ written: StoredObject) throws -> StoredObject {
        guard case .created(let object) = decide(written) else { throw NotCreated() }
        return object
    }

    private struct NotCreated: Error {}

    @Test func identityStaysWithTheObject() throws {
        var manifest = ConfigMap(metadata: ObjectMeta(name: "c", uid: "mine", labels: ["a": "b"]), data: ["k": "1"])
        let first = try Self.created(.configMap(manifest))
        #expect(first.metadata.uid == "u")
        #expect(first.metadata.namespace == "default")
        #expect(first.metadata.creationTimestamp == Self.now)
        #expect(Self.decide(.configMap(manifest), first) == .unchanged(first))
        // What `get -o yaml` printed is the same object again.
        #expect(Self.decide(first, first) == .unchanged(first))
        manifest.data["k"] = "2"
        manifest.metadata.labels = [:]
        guard case .configured(let second) = Self.decide(.configMap(manifest), first) else {
            Issue.record("not configured")
            return
        }
        #expect(second.metadata.uid == "u")
        #expect(second.metadata.creationTimestamp == Self.now)
        #expect(second.metadata.resourceVersion == "2")
        #expect(second.metadata.labels.isEmpty)
        #expect(Self.decide(first, second) == .outdated)
    }

    @Test func claimsStayBound() throws {
        let size = try Quantity("1Gi")
        var claim = PersistentVolumeClaim(metadata: ObjectMeta(name: "c"))
        claim.spec.accessModes = ["ReadWriteOnce"]
        claim.spec.resources.requests["storage"] = size
        let first = try Self.created(.persistentVolumeClaim(claim))
        #expect(Self.decide(.persistentVolumeClaim(claim), first) == .unchanged(first))
        guard case .persistentVolumeClaim(let bound) = first else { return }
        #expect(bound.spec.volumeName == "pvc-u")
        claim.spec.storageClassName = "fast"
        guard case .invalid(let errors) = Self.decide(.persistentVolumeClaim(claim), first) else {
            Issue.record("the class of a claim changed")
            return
        }
        #expect(errors.map(\.path) == ["spec"])
    }

    @Test(arguments: [
        ("a=1", "a", "1"), ("a=b=c", "a", "b=c"), ("a='x'", "a", "x"), ("a=\"'x", "a", "x"), ("a=", "a", ""),
    ])
    func literals(text: String, key: String, value: String) throws {
        #expect(try ObjectContents.literal(text, of: .configMap) == .literal(key: key, value: value))
    }
}
