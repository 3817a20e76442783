import PackagePlugin

@main
struct EmbedPrograms: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) async throws -> [Command] { [] }
}
