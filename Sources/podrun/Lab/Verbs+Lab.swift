/// What a lab shows, and how.
struct LabOptions: Equatable {
    enum Lab: Equatable {
        case pause, limits, probes
        /// A manifest, or `-`; its pod's namespace.
        case trace(file: String, namespace: String?, keeps: Bool)
    }

    var lab: Lab
    /// Nobody is there to press Enter.
    var isUnattended = false
    var isColoured = true
}

extension Verbs {
    func lab(_ options: LabOptions) throws -> Int32 {
        switch options.lab {
        case .pause:
            return try LabSession(verbs: self, options: options, steps: PauseLab.stepCount).run { session in
                var lab = PauseLab(session: session)
                try lab.run()
            }
        case .trace(let file, let namespace, let keeps):
            let pods = try readManifests([file], namespace: namespace).compactMap {
                if case .pod(let manifest) = $0 { manifest.pod } else { nil }
            }
            guard let pod = pods.first, pods.count == 1 else {
                throw CommandFailure("lab trace takes one pod, but there are \(pods.count)")
            }
            return try LabSession(verbs: self, options: options, steps: 0).run { session in
                try TraceLab(session: session, pod: pod, keeps: keeps).run()
            }
        case .limits:
            try LimitsLab.checkHost()
            return try LabSession(verbs: self, options: options, steps: LimitsLab.stepCount).run { session in
                try LimitsLab(session: session).run()
            }
        case .probes:
            return try LabSession(verbs: self, options: options, steps: ProbesLab.stepCount).run { session in
                var lab = ProbesLab(session: session)
                try lab.run()
            }
        }
    }
}
