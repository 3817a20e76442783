/// A header of a probe or hook.
package struct HTTPHeader: Codable, Sendable, Equatable {
    package var name = ""
    package var value = ""

    package init(name: String = "", value: String = "") {
        self.name = name
        self.value = value
    }
}

/// An HTTP request.
package struct HTTPGetAction: Codable, Sendable, Equatable {
    package var path = ""
    package var port = IntOrString()
    package var host = ""
    package var scheme = ""
    package var httpHeaders: [HTTPHeader] = []

    package init() {}
}

/// A connect.
package struct TCPSocketAction: Codable, Sendable, Equatable {
    package var port = IntOrString()
    package var host = ""

    package init(port: IntOrString = IntOrString(), host: String = "") {
        self.port = port
        self.host = host
    }
}

/// A call of the gRPC health service.
package struct GRPCAction: Codable, Sendable, Equatable {
    package var port: Int32 = 0
    package var service: String? = nil

    package init(port: Int32 = 0, service: String? = nil) {
        self.port = port
        self.service = service
    }
}

/// A command in the container.
package struct ExecAction: Codable, Sendable, Equatable {
    package var command: [String] = []

    package init(command: [String] = []) {
        self.command = command
    }
}

/// A pause, seconds.
package struct SleepAction: Codable, Sendable, Equatable {
    package var seconds: Int64 = 0

    package init(seconds: Int64 = 0) {
        self.seconds = seconds
    }
}

/// A health check. Times in seconds.
package struct Probe: Codable, Sendable, Equatable {
    package var exec: ExecAction? = nil
    package var httpGet: HTTPGetAction? = nil
    package var tcpSocket: TCPSocketAction? = nil
    package var grpc: GRPCAction? = nil
    package var initialDelaySeconds: Int32 = 0
    package var timeoutSeconds: Int32 = 0
    package var periodSeconds: Int32 = 0
    package var successThreshold: Int32 = 0
    package var failureThreshold: Int32 = 0
    package var terminationGracePeriodSeconds: Int64? = nil

    package init() {}
}

/// What a hook does.
package struct LifecycleHandler: Codable, Sendable, Equatable {
    package var exec: ExecAction? = nil
    package var httpGet: HTTPGetAction? = nil
    package var tcpSocket: TCPSocketAction? = nil
    package var sleep: SleepAction? = nil

    package init(
        exec: ExecAction? = nil, httpGet: HTTPGetAction? = nil, tcpSocket: TCPSocketAction? = nil, sleep: SleepAction? = nil
    ) {
        self.exec = exec
        self.httpGet = httpGet
        self.tcpSocket = tcpSocket
        self.sleep = sleep
    }
}

/// Hooks and the stop signal.
package struct Lifecycle: Codable, Sendable, Equatable {
    package var postStart: LifecycleHandler? = nil
    package var preStop: LifecycleHandler? = nil
    package var stopSignal: String? = nil

    package init(postStart: LifecycleHandler? = nil, preStop: LifecycleHandler? = nil, stopSignal: String? = nil) {
        self.postStart = postStart
        self.preStop = preStop
        self.stopSignal = stopSignal
    }
}
