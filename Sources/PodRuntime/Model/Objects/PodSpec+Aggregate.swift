extension PodSpec {
    /// What all containers need at the most demanding moment, by resource: regular containers and sidecars run together,
    /// each init container runs with the sidecars declared before it (component-helpers/resource,
    /// AggregateContainerRequests).
    package func aggregate(_ amounts: (Container) -> [String: Quantity]) -> [String: Quantity] {
        var sidecars: [String: Quantity] = [:]
        var peak: [String: Quantity] = [:]
        for container in initContainers {
            let together = sidecars.merging(amounts(container), uniquingKeysWith: +)
            if container.restartPolicy == "Always" { sidecars = together }
            peak.merge(together, uniquingKeysWith: max)
        }
        return containers.reduce(sidecars) { $0.merging(amounts($1), uniquingKeysWith: +) }
            .merging(peak, uniquingKeysWith: max)
    }
}

extension String {
    /// Of a resource that may be limited and requested for the pod as a whole.
    package var isPodLevelResource: Bool { self == "cpu" || self == "memory" || isHugePages }
}

extension PodSpec {
    /// Sizes of huge pages that its containers, or all of them together, may have, by the resource's name.
    package var hugePages: Set<String> {
        let resources = (containers + initContainers).map(\.resources) + (resources.map { [$0] } ?? [])
        return Set(resources.flatMap(\.requests.keys).filter(\.isHugePages))
    }
}

extension EmptyDirVolumeSource {
    /// The resource that its pages are of (`hugepages-2Mi`); nil: the pod's containers have none such.
    package func pageResource(in spec: PodSpec) -> String? {
        guard medium != "HugePages" else { return spec.hugePages.count == 1 ? spec.hugePages.first : nil }
        let resource = "hugepages-\(medium.dropFirst("HugePages-".count))"
        return spec.hugePages.contains(resource) ? resource : nil
    }

    /// Bytes of one of its pages; nil: of ordinary ones.
    package func pageBytes(in spec: PodSpec) -> Int64? {
        guard isOfHugePages, let resource = pageResource(in: spec) else { return nil }
        return (try? Quantity(String(resource.dropFirst("hugepages-".count))))?.value
    }
}
