/// core/v1 Probe: ProbeHandler is inlined, as in the JSON form. All times are whole seconds.
package struct Probe: Codable, Sendable, Equatable {
    package var exec: ExecAction?
    package var httpGet: HTTPGetAction?
    package var tcpSocket: TCPSocketAction?
    package var grpc: GRPCAction?
    package var initialDelaySeconds: Int32
    package var timeoutSeconds: Int32
    package var periodSeconds: Int32
    package var successThreshold: Int32
    package var failureThreshold: Int32
    package var terminationGracePeriodSeconds: Int64?

    package init(
        exec: ExecAction? = nil, httpGet: HTTPGetAction? = nil, tcpSocket: TCPSocketAction? = nil,
        grpc: GRPCAction? = nil, initialDelaySeconds: Int32 = 0, timeoutSeconds: Int32 = 0, periodSeconds: Int32 = 0,
        successThreshold: Int32 = 0, failureThreshold: Int32 = 0, terminationGracePeriodSeconds: Int64? = nil
    ) {
        self.exec = exec
        self.httpGet = httpGet
        self.tcpSocket = tcpSocket
        self.grpc = grpc
        self.initialDelaySeconds = initialDelaySeconds
        self.timeoutSeconds = timeoutSeconds
        self.periodSeconds = periodSeconds
        self.successThreshold = successThreshold
        self.failureThreshold = failureThreshold
        self.terminationGracePeriodSeconds = terminationGracePeriodSeconds
    }
}

/// core/v1 Lifecycle.
package struct Lifecycle: Codable, Sendable, Equatable {
    package var postStart: LifecycleHandler?
    package var preStop: LifecycleHandler?
    package var stopSignal: String?

    package init(postStart: LifecycleHandler? = nil, preStop: LifecycleHandler? = nil, stopSignal: String? = nil) {
        self.postStart = postStart
        self.preStop = preStop
        self.stopSignal = stopSignal
    }
}

/// core/v1 LifecycleHandler; exactly one field is set.
package struct LifecycleHandler: Codable, Sendable, Equatable {
    package var exec: ExecAction?
    package var httpGet: HTTPGetAction?
    package var tcpSocket: TCPSocketAction?
    package var sleep: SleepAction?

    package init(
        exec: ExecAction? = nil, httpGet: HTTPGetAction? = nil, tcpSocket: TCPSocketAction? = nil,
        sleep: SleepAction? = nil
    ) {
        self.exec = exec
        self.httpGet = httpGet
        self.tcpSocket = tcpSocket
        self.sleep = sleep
    }
}

/// core/v1 ExecAction.
package struct ExecAction: Codable, Sendable, Equatable {
    package var command: [String]

    package init(command: [String] = []) {
        self.command = command
    }
}

/// core/v1 HTTPGetAction.
package struct HTTPGetAction: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var path: String
    package var port: IntOrString
    package var host: String
    package var scheme: String
    package var httpHeaders: [HTTPHeader]

    package static var keptWhenEmpty: [String] { ["port"] }

    package init(
        path: String = "", port: IntOrString = IntOrString(), host: String = "", scheme: String = "",
        httpHeaders: [HTTPHeader] = []
    ) {
        self.path = path
        self.port = port
        self.host = host
        self.scheme = scheme
        self.httpHeaders = httpHeaders
    }
}

/// core/v1 HTTPHeader.
package struct HTTPHeader: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var name: String
    package var value: String

    package static var keptWhenEmpty: [String] { ["name", "value"] }

    package init(name: String = "", value: String = "") {
        self.name = name
        self.value = value
    }
}

/// core/v1 TCPSocketAction.
package struct TCPSocketAction: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var port: IntOrString
    package var host: String

    package static var keptWhenEmpty: [String] { ["port"] }

    package init(port: IntOrString = IntOrString(), host: String = "") {
        self.port = port
        self.host = host
    }
}

/// core/v1 GRPCAction.
package struct GRPCAction: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var port: Int32
    package var service: String?

    package static var keptWhenEmpty: [String] { ["port"] }

    package init(port: Int32 = 0, service: String? = nil) {
        self.port = port
        self.service = service
    }
}

/// core/v1 SleepAction.
package struct SleepAction: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var seconds: Int64

    package static var keptWhenEmpty: [String] { ["seconds"] }

    package init(seconds: Int64 = 0) {
        self.seconds = seconds
    }
}
