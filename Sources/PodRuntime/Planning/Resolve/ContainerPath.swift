/// Lexical cleaning of an absolute path: no empty, `.` or `..` parts (`..` at the root stays there), no final slash.
func cleanedPath(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/") {
        switch part {
        case ".": continue
        case "..": _ = parts.popLast()
        default: parts.append(part)
        }
    }
    return "/" + parts.joined(separator: "/")
}

/// Number of parts of a cleaned path; 0 for the root.
func partCount(_ path: String) -> Int {
    path.split(separator: "/").count
}

/// `path` is `directory` or below it; both cleaned.
func isPath(_ path: String, atOrBelow directory: String) -> Bool {
    path == directory || path.hasPrefix(directory == "/" ? "/" : directory + "/")
}
