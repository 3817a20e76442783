import Glibc

/// What the C library says about `error`, in the lower case of all podrun messages ("no such file or directory").
package func errorText(_ error: Int32) -> String {
    guard let text = strerror(error) else { return "error \(error)" }
    return String(cString: text).lowercased()
}
