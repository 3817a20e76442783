import Glibc
import PodLinux
import PodModel
import PodRuntime

struct SystemCheckOptions: Equatable {
    var repairs = false
    var json = false
}

extension CommandLineParser {
    static func systemCheck(_ parsed: ParsedArguments) throws(UsageError) -> SystemCheckOptions {
        try refuseOperands(parsed)
        let format = try OutputFormat.read(parsed, allowed: ["json"])
        return SystemCheckOptions(repairs: parsed.isOn("repair"), json: format != nil)
    }
}

extension Verbs {
    /// One row of `podrun system check`.
    private struct Finding {
        enum State: String {
            case ok = "OK"
            /// Some pods can't run.
            case warning = "WARN"
            case failure = "FAIL"
        }

        var name: String
        var state = State.ok
        var found: String
        /// What to do; empty where nothing is to be done.
        var fix = ""

        var value: Value {
            .object([
                ("check", .string(name)), ("state", .string(state.rawValue)), ("found", .string(found)),
                ("fix", .string(fix)),
            ])
        }
    }

    /// - Returns: 1 when something fails, or is left of pods that are gone.
    func systemCheck(_ options: SystemCheckOptions) throws -> Int32 {
        var findings = HostCheck.rows().map { row in
            Finding(
                name: row.name, state: row.verdict == .ok ? .ok : row.verdict == .limited ? .warning : .failure,
                found: row.found, fix: row.remedy)
        }
        findings += directories(repairs: options.repairs)
        findings += damages("Leftovers", options) { try Leftovers(paths: paths).damages() }
        // What went with the leftovers is not told twice.
        findings += damages("Pods' network", options) { try NetworkCheck(paths: paths).damages() }
        findings += damages("Image store", options) { try ImageStoreCheck.damages(in: paths.imagesDirectory) }
        if options.json {
            try Console.print(Value.array(findings.map(\.value)).jsonText() + "\n")
        } else {
            let rows = findings.map { [$0.state.rawValue, $0.name, $0.found, $0.fix] }
            try Console.print(Table(["STATE", "CHECK", "FOUND", "FIX"], rows: rows).text())
        }
        return findings.contains { $0.state == .failure } ? 1 : 0
    }

    private static let repair = "podrun system check --repair"

    /// They are root's, and nobody else may look into them.
    private func directories(repairs: Bool) -> [Finding] {
        [
            paths.runDirectory, paths.podsRunDirectory, paths.memoryDirectory, paths.dataDirectory,
            paths.podsDataDirectory,
            paths.objectsDirectory, paths.imagesDirectory, paths.volumesDirectory, paths.trashDirectory,
        ].compactMap { path in
            var status = stat()
            guard lstat(path, &status) == 0 else { return nil }
            let mode = status.st_mode & 0o7777
            var finding = Finding(name: "Directory", found: "\(path) 0\(String(mode, radix: 8)), uid \(status.st_uid)")
            guard status.st_uid != 0 || mode & 0o077 != 0 || status.st_mode & S_IFMT != S_IFDIR else { return finding }
            (finding.state, finding.fix) = (.failure, Self.repair)
            if repairs, status.st_mode & S_IFMT == S_IFDIR, chown(path, 0, 0) == 0, chmod(path, 0o700) == 0 {
                (finding.state, finding.fix) = (.ok, "repaired")
            }
            return finding
        }
    }

    private func damages(
        _ what: String, _ options: SystemCheckOptions, _ find: () throws -> [Damage]
    ) -> [Finding] {
        guard geteuid() == 0 else { return [Finding(name: what, found: "only root can tell")] }
        do {
            let found = try find()
            if found.isEmpty { return [Finding(name: what, found: "nothing wrong")] }
            return found.map { damage in
                var finding = Finding(
                    name: damage.check, state: .failure, found: damage.found,
                    fix: damage.repair == nil ? damage.remedy : Self.repair)
                guard options.repairs, let repair = damage.repair else { return finding }
                do {
                    try repair()
                    (finding.state, finding.fix) = (.ok, "repaired")
                } catch {
                    finding.fix = "\(error)"
                }
                return finding
            }
        } catch {
            return [Finding(name: what, state: .failure, found: "\(error)")]
        }
    }
}
