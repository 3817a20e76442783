/// What a lab shows, and how.
struct LabOptions: Equatable {
    enum Lab: Equatable {
        case pause
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
        }
    }
}
