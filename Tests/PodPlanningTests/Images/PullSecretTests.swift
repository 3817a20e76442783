import PodModel
import Testing

@testable import PodPlanning

@Suite struct PullSecretTests {
    @Test func secretsOfAPod() throws {
        let pod = try Sample.pod(
            "imagePullSecrets: [{name: gone}, {name: old}, {name: opaque}, {name: new}, {name: ''}]\n"
                + "containers: [{name: app, image: busybox}]")
        func secret(_ type: String, _ key: String) -> Secret {
            Secret(data: [key: Base64Bytes(Array("{}".utf8))], type: type)
        }
        let configuration = PodConfiguration(secrets: [
            "old": secret("kubernetes.io/dockercfg", ".dockercfg"),
            "new": secret("kubernetes.io/dockerconfigjson", ".dockerconfigjson"),
            "opaque": secret("Opaque", ".dockerconfigjson"),
        ])
        let found = PullSecret.all(of: pod, in: configuration)
        #expect(found.secrets.map(\.name) == ["default/old", "default/new"])
        #expect(found.secrets.map(\.isLegacy) == [true, false])
        #expect(found.missing == ["gone"])
    }
}
