import Glibc
import PodLinux
import PodModel

extension Verbs {
    func describe(_ options: DescribeOptions) throws -> Int32 {
        var texts: [String] = []
        var failures: [String] = []
        for group in options.groups {
            let answer = try described(group, options)
            texts += try group.kind == .pod ? pods(answer, options) : objects(answer, options)
            if let failure = answer.failure { failures.append(failure.message) }
        }
        try Console.print(texts.joined(separator: "\n\n"))
        guard failures.isEmpty else { throw CommandFailure(failures.joined(separator: "\n")) }
        if texts.isEmpty { reportNothing(in: options.namespace) }
        return 0
    }

    /// As kubectl: one name that no object has means those that begin with it.
    private func described(_ group: ObjectGroup, _ options: DescribeOptions) throws -> Listing {
        func fetched(_ names: [String]) throws -> Listing {
            try fetch(
                group.kind, namespace: options.namespace, names: names, labels: options.labels,
                events: group.kind == .pod && options.events)
        }
        let answer = try fetched(group.names)
        guard answer.isEmpty, answer.failure != nil, options.groups.count == 1, group.names.count == 1 else {
            return answer
        }
        var all = try fetched([])
        all.objects.removeAll { !$0.metadata.name.hasPrefix(group.names[0]) }
        return all.objects.isEmpty ? answer : all
    }

    private func pods(_ answer: Listing, _ options: DescribeOptions) throws -> [String] {
        let now = Timestamp.current
        return answer.pods.map { pod in
            let events = answer.events.filter { $0.involvedObject.uid == pod.metadata.uid }
            return PodDescription(
                pod: pod, events: options.events ? events : nil, now: now, formatTime: LocalTime.rfc1123
            ).text
                + (options.showsNamespaces
                    ? "\n" + namespaces(of: [pod]).map { NamespaceText(pod: $0).text }.joined() : "")
        }
    }

    private func objects(_ answer: Listing, _ options: DescribeOptions) throws -> [String] {
        let hasClaims = answer.stored.contains { $0.kind == .persistentVolumeClaim }
        let pods = hasClaims ? try fetch(namespace: options.namespace, names: []).pods : []
        return answer.stored.map { object in
            ObjectDescription(object: object, showsEvents: options.events, pods: pods).text
        }
    }
}

enum LocalTime {
    /// `Mon, 02 Jan 2006 15:04:05 -0700` in the zone of the host.
    static func rfc1123(_ time: Timestamp) -> String {
        var seconds = time_t(time.seconds)
        var fields = tm()
        localtime_r(&seconds, &fields)
        return rfc1123(time, zoneSeconds: fields.tm_gmtoff)
    }

    /// Not strftime: day and month names are English whatever the locale.
    static func rfc1123(_ time: Timestamp, zoneSeconds: Int) -> String {
        var seconds = time_t(time.seconds) + zoneSeconds
        var fields = tm()
        gmtime_r(&seconds, &fields)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let zone = abs(zoneSeconds) / 60
        let clock = [fields.tm_hour, fields.tm_min, fields.tm_sec].map { twoDigits(Int($0)) }.joined(separator: ":")
        return "\(days[Int(fields.tm_wday) % 7]), \(twoDigits(Int(fields.tm_mday))) \(months[Int(fields.tm_mon) % 12]) "
            + "\(Int(fields.tm_year) + 1900) \(clock) \(zoneSeconds < 0 ? "-" : "+")\(twoDigits(zone / 60))"
            + twoDigits(zone % 60)
    }

    private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
