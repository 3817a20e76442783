extension CommandLineParser {
    static func lab(_ parsed: ParsedArguments) throws(UsageError) -> LabOptions {
        let lab: LabOptions.Lab
        if parsed.verb != "lab trace" { try refuseOperands(parsed) }
        switch parsed.verb {
        case "lab trace":
            let files = try files(parsed)
            guard files.count == 1 else {
                throw UsageError("lab trace takes one FILE, but got \(files.count)", verb: parsed.verb)
            }
            lab = .trace(file: files[0], namespace: try namespace(parsed), keeps: parsed.isOn("keep"))
        case "lab limits": lab = .limits
        case "lab probes": lab = .probes
        default: lab = .pause
        }
        return LabOptions(lab: lab, isUnattended: parsed.isOn("yes"), isColoured: !parsed.isOn("no-color"))
    }
}
