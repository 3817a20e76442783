import Glibc
import PodLinux
import PodModel
import PodRuntime

extension Verbs {
    func namespaces(_ options: NamespacesOptions) throws -> Int32 {
        let answer = try fetch(namespace: options.namespace, names: options.names)
        let pods = namespaces(of: answer.pods)
        if let failure = answer.failure { throw failure }
        if pods.isEmpty {
            reportNothing(in: options.namespace)
            return 0
        }
        if let path = options.picture {
            let picture = NamespacePicture(pods: pods).text
            guard path != "-" else {
                try Console.print(picture)
                return 0
            }
            let file = try Descriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
            try FileBytes.write(Array(picture.utf8), to: file, path: path)
            return 0
        }
        switch options.format {
        case .table: try Console.print(pods.map { NamespaceText(pod: $0).text }.joined(separator: "\n"))
        case .json:
            let isOne = options.names.count == 1
            let value = isOne ? pods[0].value : .object([("items", .array(pods.map(\.value)))])
            try Console.print(value.jsonText() + "\n")
        case .dot: try Console.print(NamespaceGraph(pods: pods).text)
        }
        return 0
    }

    func namespaces(of pods: [Pod]) -> [PodNamespaces] {
        let cgroups = CgroupTree(support: .detect())
        return pods.map { PodNamespaces(of: $0, cgroups: cgroups) }
    }
}
