import Testing

@testable import PodLinux
@testable import PodPlanning

/// A filter's answer is what counts: its program is run here as the kernel would.
@Suite struct SeccompTests {
    static let x86_64: UInt32 = 0xc000_003e
    static let i386: UInt32 = 0x4000_0003
    static let allow: UInt32 = 0x7fff_0000
    static let permission: UInt32 = 0x0005_0001
    static let noSystem: UInt32 = 0x0005_0026

    private static func filter(_ json: String) throws -> [UInt8] {
        let document = try SeccompDocument(json: Array(json.utf8), name: "test")
        let plan = try document.plan(
            capabilities: CapabilitySet.containerDefault, architecture: .x86_64, name: "test")
        return try SeccompCompiler.bpf(plan)
    }

    #if arch(x86_64)
        @Test func defaultProfileAnswers() throws {
            let began = Clock.monotonic()
            let program = try Self.filter(DefaultSeccompProfile.json)
            print(
                "seccomp: \(program.count / 8) instructions in \(Clock.monotonic().nanoseconds(since: began) / 1000) us"
            )
            #expect(program.count % 8 == 0 && program.count / 8 <= 4096)
            func answer(_ call: UInt32, _ arguments: UInt64..., architecture: UInt32 = Self.x86_64) -> UInt32? {
                ClassicBPF.run(program, call: call, architecture: architecture, arguments: arguments)
            }
            #expect(answer(0) == Self.allow, "read")
            #expect(answer(59) == Self.allow, "execve")
            #expect(answer(3, architecture: Self.i386) == Self.allow, "read of i386")
            #expect(answer(165) == Self.permission, "mount")
            #expect(answer(21, architecture: Self.i386) == Self.permission, "mount of i386")
            #expect(answer(272, 0x1000_0000) == Self.permission, "unshare")
            #expect(answer(56, 0x0000_0011) == Self.allow, "clone as fork does")
            #expect(answer(56, 0x1000_0011) == Self.permission, "clone with a new user namespace")
            #expect(answer(56, 0x0002_0011) == Self.permission, "clone with a new mount namespace")
            #expect(answer(435) == Self.noSystem, "clone3")
            #expect(answer(41, 2) == Self.allow, "socket AF_INET")
            #expect(answer(41, 40) == Self.permission, "socket AF_VSOCK")
            #expect(answer(41, 40 | 1 << 32) == Self.permission, "socket AF_VSOCK with a high bit")
            #expect(answer(9999) == Self.noSystem, "nobody knows it")
            #expect(answer(0, architecture: 0xc000_00b7) == 0x8000_0000 || answer(0, architecture: 0xc000_00b7) == 0)
        }

        @Test func anUnknownNameIsSkippedAndARepeatedOneHarmless() throws {
            let program = try Self.filter(
                """
                {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
                  {"names": ["read", "no_such_call", "read"], "action": "SCMP_ACT_ALLOW"},
                  {"names": ["read", "write"], "action": "SCMP_ACT_ALLOW"}]}
                """)
            for (call, expected) in [(UInt32(0), Self.allow), (1, Self.allow), (2, Self.permission)] {
                #expect(ClassicBPF.run(program, call: call, architecture: Self.x86_64, arguments: []) == expected)
            }
        }
    #endif
}

/// The part of classic BPF that libseccomp emits.
enum ClassicBPF {
    static func run(_ program: [UInt8], call: UInt32, architecture: UInt32, arguments: [UInt64]) -> UInt32? {
        var data = [call, architecture, 0, 0]
        for index in 0..<6 {
            let value = index < arguments.count ? arguments[index] : 0
            data += [UInt32(truncatingIfNeeded: value), UInt32(value >> 32)]
        }
        var accumulator: UInt32 = 0
        var at = 0
        while at < program.count / 8 {
            let (code, yes, no, value): (UInt16, UInt8, UInt8, UInt32) = program.withUnsafeBytes {
                (
                    $0.loadUnaligned(fromByteOffset: at * 8, as: UInt16.self), $0[at * 8 + 2], $0[at * 8 + 3],
                    $0.loadUnaligned(fromByteOffset: at * 8 + 4, as: UInt32.self)
                )
            }
            at += 1
            func jump(_ condition: Bool) { at += Int(condition ? yes : no) }
            switch code {
            case 0x20: accumulator = data[Int(value) / 4]
            case 0x54: accumulator &= value
            case 0x05: at += Int(value)
            case 0x15: jump(accumulator == value)
            case 0x25: jump(accumulator > value)
            case 0x35: jump(accumulator >= value)
            case 0x45: jump(accumulator & value != 0)
            case 0x06: return value
            default: return nil
            }
        }
        return nil
    }
}
