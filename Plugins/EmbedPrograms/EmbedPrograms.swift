import Foundation
import PackagePlugin

/// Builds the static C programs (keeper, pause, guard, copier, exhibit) and turns them into one Swift file of base64
/// text, again whenever one of their sources changes. A string literal compiles at once; an array literal of the same
/// bytes takes minutes.
@main
struct EmbedPrograms: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) async throws -> [Command] {
        let root = context.package.directoryURL
        let script = root.appending(path: "scripts/embed-programs")
        let output = context.pluginWorkDirectoryURL.appending(path: "EmbeddedProgramBytes.swift")
        let headers = ["podrun_copy.h", "podrun_keeper.h", "podrun_program.h"].map {
            root.appending(path: "Sources/CShim/include/\($0)")
        }
        let builder = root.appending(path: "scripts/build-keeper")
        let sources = ["Sources/Copier", "Sources/Exhibit", "Sources/Keeper"].flatMap { folder in
            (try? FileManager.default.contentsOfDirectory(
                at: root.appending(path: folder), includingPropertiesForKeys: nil)) ?? []
        }
        let inputs = [script, builder] + headers + sources.sorted { $0.path < $1.path }
        return [
            .buildCommand(
                displayName: "Embedding the static C programs",
                executable: URL(fileURLWithPath: "/bin/sh"),
                arguments: [script.path(percentEncoded: false), output.path(percentEncoded: false)],
                inputFiles: inputs.filter { FileManager.default.fileExists(atPath: $0.path(percentEncoded: false)) },
                outputFiles: [output])
        ]
    }
}
