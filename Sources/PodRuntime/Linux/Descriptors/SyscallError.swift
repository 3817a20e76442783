import Glibc

/// A failed system call: what was called, on what, and why.
package struct SyscallError: Error, Equatable, CustomStringConvertible {
    /// The words before the subject: a call's name (`open`) or a verb and an object (`open lock file`).
    package var call: String
    /// Path, interface or process the call was about; empty where there is none.
    package var subject: String
    package var errno: Int32

    package init(call: String, subject: String, errno: Int32) {
        self.call = call
        self.subject = subject
        self.errno = errno
    }

    /// `open "/run/podrun/lock": permission denied`.
    package var description: String {
        subject.isEmpty ? "\(call): \(cause)" : "\(call) \"\(subject)\": \(cause)"
    }

    /// The errno's text in lower case, as Go and Kubernetes print it.
    package var cause: String { Self.text(of: errno) }

    package static func text(of errno: Int32) -> String {
        guard let text = strerror(errno) else { return "errno \(errno)" }
        let words = String(cString: text)
        let second = words.dropFirst().first
        guard let first = words.first, second?.isUppercase != true else { return words }
        return first.lowercased() + words.dropFirst()
    }
}

/// Runs one system call that reports failure as -1: the only place that reads errno. Interrupted calls are made again.
@inline(never) @discardableResult
package func check<Result: SignedInteger>(
    _ call: @autoclosure () -> String, _ subject: @autoclosure () -> String = "", _ body: () -> Result
) throws(SyscallError) -> Result {
    while true {
        let result = body()
        if result >= 0 { return result }
        let error = errno
        if error != EINTR { throw SyscallError(call: call(), subject: subject(), errno: error) }
    }
}

/// As ``check(_:_:_:)`` for calls whose failure may be an answer: `nil` when errno is one of `expected`.
@inline(never) @discardableResult
package func check<Result: SignedInteger>(
    _ call: @autoclosure () -> String, _ subject: @autoclosure () -> String = "", unless expected: Int32...,
    body: () -> Result
) throws(SyscallError) -> Result? {
    while true {
        let result = body()
        if result >= 0 { return result }
        let error = errno
        if expected.contains(error) { return nil }
        if error != EINTR { throw SyscallError(call: call(), subject: subject(), errno: error) }
    }
}
