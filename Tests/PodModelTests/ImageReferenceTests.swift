import PodModel
import Testing

@Suite struct ImageReferenceTests {
    @Test(arguments: [
        ("nginx", "docker.io/library/nginx:latest", "nginx:latest"),
        ("nginx:1.25", "docker.io/library/nginx:1.25", "nginx:1.25"),
        ("bitnami/redis:7", "docker.io/bitnami/redis:7", "bitnami/redis:7"),
        ("index.docker.io/library/busybox", "docker.io/library/busybox:latest", "busybox:latest"),
        ("localhost/a", "localhost/a:latest", "localhost/a:latest"),
        ("localhost:5000/a/b:v1", "localhost:5000/a/b:v1", "localhost:5000/a/b:v1"),
        ("registry.k8s.io/pause:3.9", "registry.k8s.io/pause:3.9", "registry.k8s.io/pause:3.9"),
        ("a__b/c--d.e", "docker.io/a__b/c--d.e:latest", "a__b/c--d.e:latest"),
        ("Host/x", "Host/x:latest", "Host/x:latest"),
    ])
    func dockersNormalisation(text: String, name: String, familiar: String) throws {
        let reference = try ImageReference(text)
        #expect(reference.description == name)
        #expect(reference.familiar == familiar)
        #expect(try ImageReference(reference.description) == reference)
    }

    @Test func digestsNeedNoTag() throws {
        let digest = "sha256:" + String(repeating: "ab", count: 32)
        let reference = try ImageReference("nginx@" + digest)
        #expect(reference.description == "docker.io/library/nginx@" + digest)
        #expect(reference.tag.isEmpty)
        #expect(try ImageReference("nginx:1@" + digest).description == "docker.io/library/nginx:1@" + digest)
    }

    @Test(arguments: [
        "", "/", "Nginx", "a//b", "a/", "a:", "a:-x", "a@sha256:12", "a@md5:00", "-a", "a-", "a..b", "a___b", "../etc",
        "a b",
        "a:b:c", ".host/x", "host.:x/y", "a:" + String(repeating: "t", count: 129), String(repeating: "0", count: 64),
    ])
    func refused(text: String) {
        #expect(throws: ImageReferenceError.self) { try ImageReference(text) }
    }
}
