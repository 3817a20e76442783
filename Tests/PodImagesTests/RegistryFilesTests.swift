import Glibc
import PodLinux
import PodModel
import Testing

@testable import PodImages

/// registries.conf and the files of logins.
struct RegistryFilesTests {
    func configuration(_ texts: String..., warn: (String) -> Void = { _ in }) throws -> RegistryConfiguration {
        RegistryConfiguration(try texts.map { try RegistriesFile(Array($0.utf8), file: "r.conf", warn: warn) })
    }

    func places(_ name: String, _ configuration: RegistryConfiguration) throws -> [String] {
        try configuration.endpoints(for: ImageReference(name)).map { "\($0)\($0.isInsecure ? " insecure" : "")" }
    }

    // MARK: registries.conf

    @Test func nothingConfigured() throws {
        let empty = RegistryConfiguration()
        #expect(try places("nginx", empty) == ["registry-1.docker.io/library/nginx"])
        #expect(try places("quay.io/a/b:1", empty) == ["quay.io/a/b"])
        #expect(try empty.references(for: "nginx").map(\.description) == ["docker.io/library/nginx:latest"])
    }

    @Test func mirrorsRewritesAndTheLongestPrefix() throws {
        let found = try configuration(
            """
            # a comment
            unqualified-search-registries = [
                "quay.io", # another
                'docker.io',
            ]
            short-name-mode = "enforcing"

            [[registry]]
            prefix = "docker.io"
            location = "docker.io"
            [[registry.mirror]]
            location = "mirror.example:5000/hub"
            insecure = true
            [[registry.mirror]]
            location = "digests.example"
            pull-from-mirror = "digest-only"

            [[registry]]
            prefix = "docker.io/library/nginx"
            location = "inner.example/web"

            [[registry]]
            prefix = "*.corp.example"
            location = "all.example/corp"

            [aliases]
            "fedora" = "registry.fedoraproject.org/fedora"
            """)
        #expect(try found.references(for: "app:1").map(\.description) == ["quay.io/app:1", "docker.io/library/app:1"])
        #expect(try found.references(for: "team/app").map(\.name) == ["quay.io/team/app", "docker.io/team/app"])
        #expect(try found.references(for: "docker.io/app").map(\.name) == ["docker.io/library/app"])
        #expect(
            try places("redis", found) == [
                "mirror.example:5000/hub/library/redis insecure", "registry-1.docker.io/library/redis",
            ])
        let digest = ContentDigest.of([])
        #expect(
            try places("redis@\(digest)", found) == [
                "mirror.example:5000/hub/library/redis insecure", "digests.example/library/redis",
                "registry-1.docker.io/library/redis",
            ])
        #expect(try places("nginx", found) == ["inner.example/web"])
        #expect(try places("nginx-more", found).last == "registry-1.docker.io/library/nginx-more")
        #expect(try places("a.corp.example:99/x/y", found) == ["all.example/corp/x/y"])
        #expect(try places("corp.example/x", found) == ["corp.example/x"])
    }

    @Test func mirrorsByDigestOnlyAndLaterFiles() throws {
        let text = """
            [[registry]]
            location = "a.example"
            mirror-by-digest-only = true
            [[registry.mirror]]
            location = "b.example"
            """
        #expect(try places("a.example/x", configuration(text)) == ["a.example/x"])
        #expect(
            try places("a.example/x@\(ContentDigest.of([]))", configuration(text)) == ["b.example/x", "a.example/x"])
        let later = "[[registry]]\nlocation = \"a.example\"\ninsecure = true"
        #expect(try places("a.example/x", configuration(text, later)) == ["a.example/x insecure"])
    }

    @Test func blockedRegistriesAreRefused() throws {
        let found = try configuration("[[registry]]\nlocation = \"bad.example/team\"\nblocked = true")
        let error = #expect(throws: ImageError.self) { try places("bad.example/team/app", found) }
        #expect(error?.kind == .unsupported)
        #expect(error?.description.contains("blocked in registries.conf") == true)
        #expect(try places("bad.example/other", found) == ["bad.example/other"])
    }

    @Test func whatHasNoEffectWarns() throws {
        var warnings: [String] = []
        _ = try configuration(
            "new = 5\n[[registry]]\nlocation = \"a\"\nshiny = [\"x\"]\n[registries.search]\nregistries = [\"docker.io\"]",
            warn: { warnings.append($0) })
        #expect(
            warnings == [
                "r.conf:1: unknown key \"new\"", "r.conf:4: unknown key \"registry.shiny\"",
                "r.conf:5: unknown table \"registries.search\"",
            ])
    }

    @Test(arguments: [
        ("[[registry]\nlocation = 5", "r.conf:1: expected \"]]\""), ("a = \"x", "r.conf:1: the string has no end"),
        ("\n[[registry]]\nlocation = 5", "r.conf:3: \"location\" must be a host with"), ("a = {}", "inline tables"),
        ("[[registry]]\nlocation = \"https://x\"", "without \"https://\""), ("a.b = 1", "dotted keys"),
        ("[[registry]]\ninsecure = true", "r.conf:1: a registry needs a prefix or a location"),
        ("[[registry]]\nlocation = \"a\"\ninsecure = \"yes\"", "r.conf:3: \"insecure\" must be true or false"),
        ("[[registry.mirror]]\nlocation = \"a\"", "before the first"),
        ("a = 1\na = 2", "r.conf:2: key \"a\" is there twice"),
        ("[x]\n[x]", "r.conf:2: table"), ("a = 1 b = 2", "expected the end of the line"), ("a = \"\\q\"", "bad \\"),
        ("a = [1]", "expected a string in the array"), ("= 1", "expected a key"), ("a", "expected \"=\""),
        ("a = \"\"\"x\"\"\"", "several lines"), ("[[registry]]\nlocation = \"a*b\"", "\"*\" may only begin a prefix"),
    ])
    func whatIsWrongIsNamedWithItsLine(text: String, words: String) throws {
        let error = #expect(throws: ImageError.self) { try configuration(text) }
        #expect(error?.kind == .invalid)
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }

    // MARK: Logins

    func file(_ text: String) throws -> CredentialFile { try CredentialFile(Array(text.utf8), path: "auth.json") }

    func login(_ file: CredentialFile, _ name: String) throws -> CredentialFile.Login? {
        file.login(for: try RegistryConfiguration().endpoints(for: ImageReference(name))[0])
    }

    @Test func theLongestNameCounts() throws {
        let found = try file(
            """
            {
            \t"auths": {
            \t\t"a.example": {"auth": "dTpw"},
            \t\t"a.example/team": {"username": "team", "password": "x:y"},
            \t\t"https://index.docker.io/v1/": {"auth": "aHViOnA6cQA="},
            \t\t"https://b.example:5000/v2/": {"auth": "", "identitytoken": "t"},
            \t\t"empty.example": {}
            \t}
            }
            """)
        #expect(try login(found, "a.example/x") == .credential(RegistryCredential(user: "u", password: "p")))
        #expect(try login(found, "a.example/team/x") == .credential(RegistryCredential(user: "team", password: "x:y")))
        #expect(try login(found, "a.example/teams") == .credential(RegistryCredential(user: "u", password: "p")))
        #expect(try login(found, "nginx") == .credential(RegistryCredential(user: "hub", password: "p:q")))
        #expect(try login(found, "b.example:5000/x") == .credential(RegistryCredential(identityToken: "t")))
        #expect(try login(found, "b.example/x") == nil)
        #expect(try login(found, "empty.example/x") == nil)
    }

    @Test func helpersAndTheStore() throws {
        let found = try file(
            #"{"auths": {"a.example": {"auth": "dTpw"}}, "credHelpers": {"b.example": "b"}, "credsStore": "desk"}"#)
        #expect(try login(found, "a.example/x") == .credential(RegistryCredential(user: "u", password: "p")))
        #expect(try login(found, "b.example/x") == .helper(name: "b", server: "b.example"))
        #expect(try login(found, "nginx") == .helper(name: "desk", server: "https://index.docker.io/v1/"))
    }

    @Test func damagedFilesAreNamedAndNotRepeated() throws {
        for text in ["{\"auths\": \"s3cret\"}", "{\"auths\": {\"a\": {\"auth\": \"s3cret!\"}}}", "s3cret: ["] {
            let error = #expect(throws: ImageError.self) { try file(text) }
            #expect(error?.description.contains("auth.json") == true)
            #expect(error?.description.contains("s3cret") == false)
        }
        #expect(try login(file(" \n"), "a.example/x") == nil)
    }

    @Test func whereLoginsAre() {
        #expect(
            RegistryCredentials.paths(environment: [:], user: 0) == [
                "/run/containers/0/auth.json", "/root/.config/containers/auth.json", "/root/.docker/config.json",
            ])
        #expect(
            RegistryCredentials.paths(
                environment: ["HOME": "/h", "XDG_RUNTIME_DIR": "/r", "DOCKER_CONFIG": "/d"], user: 5) == [
                    "/r/containers/auth.json", "/h/.config/containers/auth.json", "/d/config.json",
                ])
        #expect(RegistryCredentials.paths(environment: ["REGISTRY_AUTH_FILE": "/x", "HOME": "/h"], user: 0) == ["/x"])
    }

    @Test func credentialsOfTheCommandLine() throws {
        let endpoint = RegistryEndpoint(host: "a", repository: "b")
        #expect(
            try RegistryCredentials(commandLine: "u:p:q").credential(for: endpoint)
                == RegistryCredential(user: "u", password: "p:q"))
        for bad in ["s3cret", ":s3cret", ""] {
            let error = #expect(throws: ImageError.self) { try RegistryCredentials(commandLine: bad) }
            #expect(error?.description == "credentials must be USER:PASSWORD")
        }
        #expect("\(RegistryCredential(user: "u", password: "s3cret"))" == "credential of user \"u\"")
        #expect(String(reflecting: RegistryCredential(user: "u", password: "s3cret")) == "credential of user \"u\"")
    }

    @Test func helpersAreAskedOnStandardInput() throws {
        let scratch = try Scratch()
        let script = """
            #!/bin/sh
            read server
            case "$1 $server" in
            "get a.example") echo '{"ServerURL":"a.example","Username":"u","Secret":"p"}' ;;
            "get t.example") echo '{"Username":"<token>","Secret":"t"}' ;;
            "get bad.example") echo 'broken
            keychain'; exit 1 ;;
            "get odd.example") echo s3cret ;;
            "get flood.example") yes ;;
            *) echo 'credentials not found in native keychain'; exit 1 ;;
            esac
            """
        // By its path: PATH belongs to the whole process.
        try scratch.write("docker-credential-x", script)
        chmod("\(scratch.path)/docker-credential-x", 0o755)
        let program = "\(scratch.path)/docker-credential-x"
        func ask(_ server: String) throws -> RegistryCredential? {
            try CredentialHelper.credential(program: program, server: server)
        }
        #expect(try ask("a.example") == RegistryCredential(user: "u", password: "p"))
        #expect(try ask("t.example") == RegistryCredential(identityToken: "t"))
        #expect(try ask("none.example") == nil)
        for (server, words) in [
            ("bad.example", "broken keychain"), ("odd.example", "not JSON"), ("flood.example", "more than 65536 bytes"),
        ] {
            let error = #expect(throws: ImageError.self) { try ask(server) }
            #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
            #expect(error?.description.contains("s3cret") == false)
        }
        let missing = #expect(throws: ImageError.self) {
            try CredentialHelper.credential(name: "not-there", server: "a")
        }
        #expect(missing?.description.contains("docker-credential-not-there\": no such file") == true)
        #expect(throws: ImageError.self) { try CredentialHelper.credential(name: "../x", server: "a") }
    }
}
