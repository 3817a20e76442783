import Glibc

/// Arrays of C strings for argv and envp.
package enum CStrings {
    /// Calls `body` with a NULL-terminated array that lives as long as the call.
    package static func with<Result>(
        _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let copies = strings.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return body(copies + [nil])
    }
}
