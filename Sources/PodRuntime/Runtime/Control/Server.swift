import PodLinux
import PodModel
import PodPlanning

/// Listens on agent.sock and gives each connection to a `RequestSession`. Only root may talk to it.
@MainActor
final class ControlServer {
    private let agent: Agent
    private let loop: EventLoop
    private let listener: UnixListener
    private var registration: EventLoop.Registration?
    private var sessions: [ObjectIdentifier: RequestSession] = [:]
    /// Above this, new connections wait in the listener's backlog.
    private static let sessionLimit = 512

    /// Somebody waits for an answer.
    var isBusy: Bool { !sessions.isEmpty }

    init(agent: Agent) throws {
        self.agent = agent
        loop = agent.host.loop
        listener = try UnixListener(path: "\(agent.host.paths.runDirectory)/agent.sock", kind: .stream)
    }

    /// From here on requests are answered; until then they wait.
    func open() {
        do {
            registration = try loop.watch(listener.raw, .readable) { [weak self] _ in self?.accept() }
        } catch {
            agent.host.log("answer requests: \(error)")
            loop.stop()
        }
    }

    func close() {
        if let registration { loop.unwatch(registration) }
        listener.remove()
        for session in Array(sessions.values) { session.close() }
    }

    /// Root of the host. A container's root is uid 0, too, and may have been given podrun's directory as a hostPath (attack
    /// B21). Who is gone already gets no answer.
    private func isTrusted(_ peer: PeerCredentials) -> Bool {
        guard peer.userID == 0 else { return false }
        guard let cgroup = try? FileBytes.read("/proc/\(peer.processID)/cgroup") else { return false }
        guard CgroupPlan.isOfPod(String(decoding: cgroup, as: UTF8.self)) else { return true }
        agent.host.log("refused to answer process \(peer.processID), which is a pod's")
        return false
    }

    private func accept() {
        do {
            while sessions.count < ControlServer.sessionLimit, let connection = try listener.accept() {
                guard isTrusted(try connection.peer()) else { continue }
                let session = try RequestSession(agent: agent, connection: connection)
                sessions[ObjectIdentifier(session)] = session
                session.onClose = { [weak self] session in
                    self?.sessions[ObjectIdentifier(session)] = nil
                    self?.accept()
                }
            }
        } catch {
            agent.host.log("accept a control connection: \(error)")
        }
    }
}
