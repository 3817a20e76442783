extension CommandLineParser {
    static func copy(_ parsed: ParsedArguments) throws(UsageError) -> CopyOptions {
        guard parsed.operands.count == 2 else { throw UsageError("source and destination are required", verb: "cp") }
        let source = try CopyOperand(parsed.operands[0])
        let destination = try CopyOperand(parsed.operands[1])
        guard source.pod == nil || destination.pod == nil else {
            throw UsageError("one of src or dest must be a local file specification", verb: "cp")
        }
        guard let remote = source.pod != nil ? source : destination.pod != nil ? destination : nil, let pod = remote.pod
        else { throw UsageError("one of src or dest must be a remote file specification", verb: "cp") }
        guard !source.path.isEmpty, !destination.path.isEmpty else {
            throw UsageError("filepath can not be empty", verb: "cp")
        }
        guard ObjectName.isSubdomain(pod) else {
            throw UsageError("invalid pod name \(ObjectName.quoted(pod)): \(ObjectName.subdomainRule)", verb: "cp")
        }
        if let name = remote.namespace, !ObjectName.isLabel(name) {
            throw UsageError("invalid namespace \(ObjectName.quoted(name)): \(ObjectName.labelRule)", verb: "cp")
        }
        let named = try namespace(parsed)
        return CopyOptions(
            namespace: remote.namespace ?? named ?? "default", pod: pod,
            container: try containerName(parsed),
            direction: source.pod != nil
                ? .fromPod(path: source.path, to: destination.path) : .toPod(source.path, path: destination.path),
            preserve: !parsed.isOn("no-preserve"), retries: try parsed.number("retries", atLeast: Int.min) ?? 0)
    }
}
