import Testing

@testable import PodPlanning

@Suite struct ArgumentTests {
    private let image = Sample.image(entrypoint: ["/entry", "-e"], cmd: ["-c"])

    @Test(arguments: [
        ("", ["/entry", "-e", "-c"]), ("args: [x]", ["/entry", "-e", "x"]), ("command: [run]", ["run"]),
        ("command: [run]\nargs: [x, \"\"]", ["run", "x", ""]),
        (
            "command: [sh, -c, \"echo $(A) $(HOSTNAME)\"]\nenv: [{name: A, value: a}]",
            ["sh", "-c", "echo a $(HOSTNAME)"]
        ),
    ])
    func podReplacesTheImage(lines: String, expected: [String]) throws {
        #expect(try Sample.resolve(Sample.container(lines), image: image).arguments == expected)
    }

    @Test func nothingToRunIsAnError() throws {
        let error = #expect(throws: ResolveError.self) {
            try Sample.resolve(Sample.container(""), image: Sample.image(cmd: []))
        }
        #expect(error?.reason == .createContainerError)
        #expect(error?.message.hasPrefix("no command specified") == true)
    }

    @Test(arguments: [("", "", "/"), ("/srv", "", "/srv"), ("/srv", "/work/./x/../y/", "/work/y")])
    func workingDirectory(ofImage: String, ofPod: String, expected: String) throws {
        let pod = try Sample.container(ofPod.isEmpty ? "" : "workingDir: \(ofPod)")
        #expect(try Sample.resolve(pod, image: Sample.image(workingDir: ofImage)).workingDirectory == expected)
    }
}
