import Testing

@testable import podrun

struct PortForwardOptionsTests {
    private func parse(_ line: String) throws -> PortForwardOptions {
        guard
            case .portForward(let options) = try CommandLineParser.parse(
                ["port-forward"] + line.split(separator: " ").map(String.init)
            ).command
        else { throw UsageError("not understood") }
        return options
    }

    @Test func ports() throws {
        let options = try parse("pod/web 80 8080:80 :http 0:1 --address 10.0.0.1,localhost --address ::1 -n x")
        #expect(
            options
                == PortForwardOptions(
                    namespace: "x", pod: "web",
                    ports: [
                        .init(local: nil, remote: .number(80)), .init(local: 8080, remote: .number(80)),
                        .init(local: 0, remote: .name("http")), .init(local: 0, remote: .number(1)),
                    ], addresses: ["10.0.0.1", "localhost", "::1"]))
    }

    @Test(arguments: [
        ("web", "TYPE/NAME and list of ports are required for port-forward"),
        ("web 1:2:3", "invalid port format '1:2:3'"),
        ("web x:80", "error parsing local port 'x': a number from 0 to 65535"),
        ("web 80:", "error parsing remote port '': a number from 1 to 65535, or a port's name"),
        ("web 65536", "error parsing remote port '65536': a number from 1 to 65535, or a port's name"),
        ("web 0", "remote port must be > 0"),
    ])
    func mistakes(line: String, wanted: String) {
        #expect(throws: UsageError(wanted, verb: "port-forward")) { try parse(line) }
    }
}
