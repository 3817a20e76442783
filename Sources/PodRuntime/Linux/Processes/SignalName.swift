import Glibc

/// Signals as images and pods write them.
package enum SignalName {
    private static let numbers: [String: Int32] = [
        "HUP": 1, "INT": 2, "QUIT": 3, "ILL": 4, "TRAP": 5, "ABRT": 6, "IOT": 6, "BUS": 7, "FPE": 8, "KILL": 9,
        "USR1": 10, "SEGV": 11, "USR2": 12, "PIPE": 13, "ALRM": 14, "TERM": 15, "STKFLT": 16, "CHLD": 17, "CLD": 17,
        "CONT": 18,
        "STOP": 19, "TSTP": 20, "TTIN": 21, "TTOU": 22, "URG": 23, "XCPU": 24, "XFSZ": 25, "VTALRM": 26, "PROF": 27,
        "WINCH": 28, "IO": 29, "POLL": 29, "PWR": 30, "SYS": 31, "RTMIN": 34, "RTMAX": 64,
    ]

    /// As Kubernetes writes it: `SIGQUIT`, `SIGRTMIN+3`; nil for what is no signal.
    package static func name(_ number: Int32) -> String? {
        switch number {
        case 35...49: "SIGRTMIN+\(number - 34)"
        case 50...63: "SIGRTMAX-\(64 - number)"
        default: numbers.filter { $0.value == number }.keys.min().map { "SIG" + $0 }
        }
    }

    /// `SIGQUIT`, `QUIT`, `3`, `SIGRTMIN+3`; nil for "" and what is no signal.
    package static func number(_ text: String) -> Int32? {
        if let number = Int32(text) { return (1...64).contains(number) ? number : nil }
        var name = text.uppercased()
        if name.hasPrefix("SIG") { name = String(name.dropFirst(3)) }
        if let number = numbers[name] { return number }
        for (base, sign) in [("RTMIN+", Int32(1)), ("RTMAX-", -1)] where name.hasPrefix(base) {
            guard let start = numbers[String(base.dropLast())], let offset = Int32(name.dropFirst(base.count)),
                (0...30).contains(offset)
            else { return nil }
            return start + sign * offset
        }
        return nil
    }
}
