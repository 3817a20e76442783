import CShim
import Glibc

/// The static C programs inside this binary, as sealed memfds made once per process.
///
/// A container that gets at `/proc/PID/exe` of keeper or pause finds such a memfd: nothing of the host can be
/// overwritten through it (CVE-2019-5736).
package final class EmbeddedPrograms {
    /// The pod's shim: parent of every process in the pod.
    package let keeper: Descriptor
    /// The holder of the pod's namespaces.
    package let pause: Descriptor

    package convenience init() throws(SyscallError) {
        try self.init(
            keeper: Base64.decode(EmbeddedProgramBytes.keeper), pause: Base64.decode(EmbeddedProgramBytes.pause))
    }

    init(keeper: [UInt8], pause: [UInt8]) throws(SyscallError) {
        self.keeper = try Self.sealed("podrun-keeper", keeper)
        self.pause = try Self.sealed("podrun-pause", pause)
    }

    /// The program that starts an agent again when a signal killed it (Sources/Keeper/guard.c).
    package static func agentGuard() throws(SyscallError) -> Descriptor {
        try sealed("podrun-guard", Base64.decode(EmbeddedProgramBytes.`guard`))
    }

    /// The half of `podrun cp` that runs in the container (Sources/Copier).
    package static func copier() throws(SyscallError) -> Descriptor {
        try sealed("podrun-copier", Base64.decode(EmbeddedProgramBytes.copier))
    }

    /// The program of the containers that `podrun lab` shows (Sources/Exhibit): bytes of an ELF file.
    package static func exhibit() -> [UInt8] { Base64.decode(EmbeddedProgramBytes.exhibit) }

    private static func sealed(_ name: String, _ bytes: [UInt8]) throws(SyscallError) -> Descriptor {
        Descriptor(try check("make memfd", name) { podrun_sealed_memfd(name, bytes, bytes.count) })
    }
}

/// RFC 4648 decoding of text that this package's build made itself: anything else in it is skipped.
enum Base64 {
    static func decode(_ text: StaticString) -> [UInt8] {
        decode(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    static func decode(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var values = [UInt8](repeating: 0xff, count: 256)
        for (value, byte) in alphabet.enumerated() { values[Int(byte)] = UInt8(value) }
        return [UInt8](unsafeUninitializedCapacity: text.count / 4 * 3 + 3) { output, count in
            var bits: UInt32 = 0
            var held = 0
            for byte in text {
                let value = values[Int(byte)]
                if value == 0xff { continue }
                bits = bits << 6 | UInt32(value)
                held += 6
                if held >= 8 {
                    held -= 8
                    output[count] = UInt8(truncatingIfNeeded: bits >> UInt32(held))
                    count += 1
                }
            }
        }
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
}
