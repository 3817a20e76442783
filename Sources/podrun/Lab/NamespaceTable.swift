/// Who shares which namespace with whom: a row for each kind, a column for each process, the first of which is the host's.
/// The numbers are inodes: two processes with the same one are in the same namespace.
struct NamespaceTable {
    struct Column: Equatable {
        var name: String
        /// By kind: `net`, `ipc`, ...
        var inodes: [String: UInt64]
    }

    static let kinds = ["net", "ipc", "uts", "pid", "mnt", "cgroup", "user"]
    static let legend = "● shared in the pod   ○ its own   no mark: the host's"

    var columns: [Column]

    func lines(_ ink: Ink) -> [String] {
        let header = [LabTable.Cell("")] + columns.map { LabTable.Cell($0.name, .bold) }
        let rows = Self.kinds.map { kind in [LabTable.Cell(kind)] + columns.indices.map { cell(kind, $0) } }
        return LabTable([header] + rows).lines(ink) + [ink(.dim, Self.legend)]
    }

    private func cell(_ kind: String, _ index: Int) -> LabTable.Cell {
        guard let inode = columns[index].inodes[kind] else { return LabTable.Cell("-", .dim) }
        if columns.first?.inodes[kind] == inode { return LabTable.Cell("\(inode)", .dim) }
        let isShared = columns.indices.contains { $0 != index && columns[$0].inodes[kind] == inode }
        return isShared ? LabTable.Cell("\(inode) ●", .green) : LabTable.Cell("\(inode) ○", .yellow)
    }
}
