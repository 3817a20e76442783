import Glibc
import PodLinux
import PodModel

extension Verbs {
    func describe(_ options: DescribeOptions) throws -> Int32 {
        if options.kind != .pod { return try describeObjects(options) }
        let answer = try fetch(
            namespace: options.namespace, names: options.names, labels: options.labels, events: options.events)
        let now = Timestamp.current
        let texts = answer.pods.map { pod in
            let events = answer.events.filter { $0.involvedObject.uid == pod.metadata.uid }
            return PodDescription(
                pod: pod, events: options.events ? events : nil, now: now, formatTime: LocalTime.rfc1123
            ).text
        }
        try Console.print(texts.joined(separator: "\n\n"))
        if let failure = answer.failure { throw failure }
        if answer.pods.isEmpty { reportNothing(in: options.namespace) }
        return 0
    }

    private func describeObjects(_ options: DescribeOptions) throws -> Int32 {
        let answer = try fetch(
            options.kind, namespace: options.namespace, names: options.names, labels: options.labels)
        let pods =
            options.kind == .persistentVolumeClaim ? try fetch(namespace: options.namespace, names: []).pods : []
        let texts = answer.stored.map { object in
            ObjectDescription(object: object, showsEvents: options.events, pods: pods).text
        }
        try Console.print(texts.joined(separator: "\n\n"))
        if let failure = answer.failure { throw failure }
        if answer.isEmpty { reportNothing(in: options.namespace) }
        return 0
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
