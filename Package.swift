// swift-tools-version: 6.0
import PackageDescription

let swiftRules: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .unsafeFlags(["-warnings-as-errors"]),
    // Regular expressions' library would be linked for a few searches: 1.3 MB (PodModel/Text has them).
    .unsafeFlags(["-Xfrontend", "-disable-implicit-string-processing-module-import"]),
]

/// Every page of code that runs counts as the agent's memory. Only the layers where a pod's start
/// computes are built for speed: planning and the kernel's interfaces.
let smallRules = swiftRules + [.unsafeFlags(["-Osize"], .when(configuration: .release))]

/// Libraries are linked from Debian's static archives: a dynamic libarchive or libcrypto would cost every command
/// milliseconds in the loader (docs/decisions/0005-static-libraries.md).
func archives(_ names: String...) -> [LinkerSetting] {
    [.unsafeFlags(names.flatMap { ["-Xlinker", "-l:lib\($0).a"] })]
}

let package = Package(
    name: "podrun",
    products: [.executable(name: "podrun", targets: ["podrun"])],
    targets: [
        .systemLibrary(name: "CYAML", path: "Sources/SystemLibraries/CYAML", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(
            name: "CSeccomp", path: "Sources/SystemLibraries/CSeccomp", providers: [.apt(["libseccomp-dev"])]),
        .systemLibrary(
            name: "CArchive", path: "Sources/SystemLibraries/CArchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "CCrypto", path: "Sources/SystemLibraries/CCrypto", providers: [.apt(["libssl-dev"])]),
        .target(name: "CShim", path: "Sources/CShim", cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])]),
        .target(
            name: "CTransfer", path: "Sources/CTransfer",
            cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])]),
        .target(
            name: "CInflate", path: "Sources/CInflate", cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])]),
        .plugin(name: "EmbedPrograms", capability: .buildTool()),
        .target(
            name: "PodModel", dependencies: ["CYAML"], path: "Sources/PodRuntime/Model",
            swiftSettings: smallRules, linkerSettings: archives("yaml")),
        .target(
            name: "PodPlanning", dependencies: ["PodModel"], path: "Sources/PodRuntime/Planning",
            swiftSettings: swiftRules),
        .target(
            name: "PodLinux", dependencies: ["CShim", "CSeccomp", "CTransfer", "PodModel", "PodPlanning"],
            path: "Sources/PodRuntime/Linux", swiftSettings: swiftRules,
            linkerSettings: archives("seccomp"), plugins: ["EmbedPrograms"]),
        .target(
            name: "PodImages",
            dependencies: [
                "CArchive", "CCrypto", "CInflate", "CShim", "CTransfer", "PodModel", "PodPlanning", "PodLinux",
            ],
            path: "Sources/PodRuntime/Images", swiftSettings: smallRules,
            linkerSettings: archives("archive", "z", "zstd", "lzma", "crypto")),
        .target(
            name: "PodRuntime", dependencies: ["PodModel", "PodPlanning", "PodLinux", "PodImages", "CShim"],
            path: "Sources/PodRuntime/Runtime", swiftSettings: smallRules),
        .executableTarget(
            name: "podrun", dependencies: ["PodRuntime", "PodModel", "PodPlanning", "PodLinux", "PodImages", "CShim"],
            path: "Sources/podrun", swiftSettings: smallRules,
            linkerSettings: [
                // The C++ library and the unwinder that Swift's own runtime needs: as archives too (with
                // --static-swift-stdlib; otherwise libswiftCore.so brings them). lld packs relocations (scripts/build).
                .unsafeFlags([
                    "-L", "\(Context.packageDirectory)/Sources/SystemLibraries/Static", "-Xclang-linker",
                    "-static-libgcc", "-use-ld=lld",
                ])
            ]),
        .target(name: "ProgramCheck", path: "Tests/ProgramCheck"),
        .target(name: "Fuzzing", path: "Tests/Fuzzing", swiftSettings: swiftRules),
        .testTarget(name: "PodModelTests", dependencies: ["PodModel", "Fuzzing"], swiftSettings: swiftRules),
        .testTarget(
            name: "PodPlanningTests", dependencies: ["PodPlanning", "PodModel", "CShim", "ProgramCheck"],
            swiftSettings: swiftRules),
        .testTarget(name: "PodLinuxTests", dependencies: ["PodLinux", "CShim"], swiftSettings: swiftRules),
        .testTarget(
            name: "PodImagesTests",
            dependencies: ["PodImages", "PodModel", "PodPlanning", "PodLinux", "CShim", "Fuzzing"],
            swiftSettings: swiftRules),
        .testTarget(
            name: "PodRuntimeTests", dependencies: ["PodRuntime", "PodModel", "PodLinux", "CShim", "Fuzzing"],
            swiftSettings: swiftRules),
        .testTarget(
            name: "PodrunTests", dependencies: ["podrun", "PodImages", "PodModel", "PodPlanning"],
            swiftSettings: swiftRules),
    ]
)
