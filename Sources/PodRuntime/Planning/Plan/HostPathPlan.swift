import PodModel

/// What a hostPath volume's type asks of its path, to be checked (and made) before the pod's first container starts.
package struct HostPathPlan: Sendable, Equatable {
    package enum Kind: String, Sendable, Equatable, CaseIterable {
        /// No check; where nothing is, a directory is made (containerd's way).
        case any = ""
        case directoryOrCreate = "DirectoryOrCreate"
        case directory = "Directory"
        case fileOrCreate = "FileOrCreate"
        case file = "File"
        case socket = "Socket"
        case characterDevice = "CharDevice"
        case blockDevice = "BlockDevice"
    }

    /// What `stat` says of the path, links followed.
    package enum Found: Sendable, Equatable {
        case nothing, directory, file, socket, characterDevice, blockDevice, other
    }

    package enum Action: Sendable, Equatable {
        case use
        /// With mode 0755, owner root; its parents too.
        case makeDirectory
        /// Empty, with mode 0644, owner root; its parent must exist.
        case makeFile
        /// The pod waits with a FailedMount event of this text.
        case refuse(String)
    }

    package var volume: String
    package var path: String
    package var kind: Kind

    /// All hostPath volumes of a pod, in its order. Existing paths are never changed: not their mode, not their owner.
    package static func all(in pod: Pod) -> [HostPathPlan] {
        pod.spec.volumes.compactMap { volume in
            volume.hostPath.map {
                HostPathPlan(
                    volume: volume.name, path: cleanedPath($0.path), kind: Kind(rawValue: $0.type ?? "") ?? .any)
            }
        }
    }

    package func action(found: Found) -> Action {
        switch (kind, found) {
        case (.any, .nothing), (.directoryOrCreate, .nothing): return .makeDirectory
        case (.fileOrCreate, .nothing): return .makeFile
        case (.any, _), (.directoryOrCreate, .directory), (.directory, .directory), (.fileOrCreate, .file),
            (.file, .file), (.socket, .socket), (.characterDevice, .characterDevice), (.blockDevice, .blockDevice):
            return .use
        case (.directoryOrCreate, _), (.directory, _): return refuse("a directory")
        case (.fileOrCreate, _), (.file, _): return refuse("a file")
        case (.socket, _): return refuse("a socket file")
        case (.characterDevice, _): return refuse("a character device")
        case (.blockDevice, _): return refuse("a block device")
        }
    }

    /// The kubelet's words.
    private func refuse(_ wanted: String) -> Action {
        .refuse("hostPath type check failed: \(path) is not \(wanted)")
    }
}
