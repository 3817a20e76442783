/// What a lab shows, and how.
struct LabOptions: Equatable {
    enum Lab: Equatable {
        case pause, limits, probes
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
