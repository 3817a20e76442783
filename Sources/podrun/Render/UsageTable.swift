import PodLinux
import PodModel
import PodPlanning

/// A cgroup's usage at one moment.
struct Measurement: Equatable {
    var usage: CgroupUsage
    /// CLOCK_MONOTONIC.
    var nanoseconds: Int64
}

/// What a pod's containers use.
struct PodUsage: Equatable {
    struct Amounts: Equatable {
        /// Thousandths of a CPU, rounded up: a little is not nothing.
        var milliCPU: Int64 = 0
        var memoryBytes: Int64 = 0

        static func + (a: Self, b: Self) -> Self {
            Self(milliCPU: a.milliCPU + b.milliCPU, memoryBytes: a.memoryBytes + b.memoryBytes)
        }
    }

    struct Part: Equatable {
        var name: String
        var amounts: Amounts
        var pressure: [CgroupUsage.Pressure: String]
    }

    var namespace: String
    var name: String
    var containers: [Part]

    var total: Amounts { containers.map(\.amounts).reduce(Amounts(), +) }

    /// - Parameters:
    ///   - start: by container; one that is in only one of the two was not there all the time and is left out.
    init(pod: Pod, from start: [String: Measurement], to end: [String: Measurement]) {
        namespace = pod.metadata.namespace
        name = pod.metadata.name
        containers = end.keys.sorted().compactMap { name in
            guard let first = start[name], let last = end[name], last.nanoseconds > first.nanoseconds else {
                return nil
            }
            let used = max(0, last.usage.cpuMicroseconds - first.usage.cpuMicroseconds)
            let time = last.nanoseconds - first.nanoseconds
            return Part(
                name: name,
                amounts: Amounts(
                    milliCPU: (used * 1_000_000 + time - 1) / time, memoryBytes: last.usage.memoryBytes),
                pressure: last.usage.pressure)
        }
    }
}

/// kubectl's tables of `top`.
struct UsageTable {
    private let options: TopPodOptions
    private let pods: [PodUsage]

    init(pods: [PodUsage], _ options: TopPodOptions) {
        self.options = options
        let running = pods.filter { !$0.containers.isEmpty }
        func key(_ pod: PodUsage) -> (String, String) { (options.namespace.isEmpty ? pod.namespace : "", pod.name) }
        self.pods = running.sorted { a, b in
            options.sortBy.map { a.total.of($0) == b.total.of($0) ? key(a) < key(b) : a.total.of($0) > b.total.of($0) }
                ?? (key(a) < key(b))
        }
    }

    var isEmpty: Bool { pods.isEmpty }

    var text: String {
        let isWide = options.wide
        var header = (options.namespace.isEmpty ? ["NAMESPACE"] : []) + (options.containers ? ["POD"] : [])
        header += ["NAME", "CPU(cores)", "MEMORY(bytes)"]
        let own = header.count
        if isWide { header += CgroupUsage.Pressure.allCases.map { "\($0.rawValue.uppercased())-PRESSURE" } }
        var table = Table(header)
        for pod in pods {
            let start = (options.namespace.isEmpty ? [pod.namespace] : []) + (options.containers ? [pod.name] : [])
            let parts =
                options.containers
                ? pod.containers.sorted { a, b in
                    options.sortBy.map { a.amounts.of($0) > b.amounts.of($0) } ?? (a.name < b.name)
                }
                : [.init(name: pod.name, amounts: pod.total, pressure: pod.highestPressure)]
            for part in parts {
                table.rows.append(
                    start + [part.name] + part.amounts.cells
                        + (isWide ? CgroupUsage.Pressure.allCases.map { part.cell($0) } : []))
            }
        }
        if options.sum {
            let empty = Array(repeating: "", count: own - 2)
            let rest = Array(repeating: "", count: header.count - own)
            table.rows.append(empty + ["________", "________"] + rest)
            table.rows.append(empty + pods.map(\.total).reduce(.init(), +).cells + rest)
        }
        return table.text(showsHeader: options.headers)
    }

    /// Of the host, beside all that it has.
    static func node(_ node: NodeFacts, from start: HostUsage, to end: HostUsage) -> Table {
        let time = max(1, end.ticks - start.ticks)
        let milliCPU = Int64(node.cpuCount) * 1000 * max(0, end.busyTicks - start.busyTicks) / time
        let amounts = PodUsage.Amounts(milliCPU: milliCPU, memoryBytes: end.memoryBytes)
        let shares = [
            "\(milliCPU / (10 * Int64(node.cpuCount)))%", "\(end.memoryBytes * 100 / max(1, node.memoryBytes))%",
        ]
        return Table(
            ["NAME", "CPU(cores)", "CPU(%)", "MEMORY(bytes)", "MEMORY(%)"],
            rows: [[node.hostName, amounts.cells[0], shares[0], amounts.cells[1], shares[1]]])
    }
}

extension PodUsage.Amounts {
    fileprivate var cells: [String] { ["\(milliCPU)m", "\(memoryBytes >> 20)Mi"] }

    fileprivate func of(_ order: TopOrder) -> Int64 { order == .cpu ? milliCPU : memoryBytes }
}

extension PodUsage.Part {
    fileprivate func cell(_ resource: CgroupUsage.Pressure) -> String {
        pressure[resource].map { "\($0)%" } ?? "<none>"
    }
}

extension PodUsage {
    /// Of each resource that of the container that waits most.
    fileprivate var highestPressure: [CgroupUsage.Pressure: String] {
        containers.map(\.pressure).reduce(into: [:]) { highest, pressure in
            highest.merge(pressure) { (Double($0) ?? 0) >= (Double($1) ?? 0) ? $0 : $1 }
        }
    }
}
