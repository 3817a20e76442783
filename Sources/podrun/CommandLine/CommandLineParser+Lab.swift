extension CommandLineParser {
    static func lab(_ parsed: ParsedArguments) throws(UsageError) -> LabOptions {
        let lab: LabOptions.Lab
        try refuseOperands(parsed)
        switch parsed.verb {
        case "lab limits": lab = .limits
        case "lab probes": lab = .probes
        default: lab = .pause
        }
        return LabOptions(lab: lab, isUnattended: parsed.isOn("yes"), isColoured: !parsed.isOn("no-color"))
    }
}
