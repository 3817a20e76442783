extension CommandLineParser {
    static func lab(_ parsed: ParsedArguments) throws(UsageError) -> LabOptions {
        let lab: LabOptions.Lab
        switch parsed.verb {
        default:
            try refuseOperands(parsed)
            lab = .pause
        }
        return LabOptions(lab: lab, isUnattended: parsed.isOn("yes"), isColoured: !parsed.isOn("no-color"))
    }
}
