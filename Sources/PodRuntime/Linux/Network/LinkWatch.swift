import CShim
import Glibc

/// Tells when links are gone: the proof that a deleted pod's veth went with its namespace, without blocking the loop.
///
/// Subscribed to the kernel's link notifications only while somebody waits.
package final class LinkWatch {
    private let loop: EventLoop
    private var waiting: [String: [() -> Void]] = [:]
    private var subscription: (socket: DescriptorBox, registration: EventLoop.Registration)?

    package init(loop: EventLoop) {
        self.loop = loop
    }

    /// Calls `handler` from the loop once no link named `name` exists.
    package func whenGone(_ name: String, _ handler: @escaping () -> Void) throws(SyscallError) {
        // First listen, then look: nothing can fall between.
        if subscription == nil { try subscribe() }
        waiting[name, default: []].append(handler)
        if if_nametoindex(name) == 0 {
            loop.schedule(at: Clock.monotonic()) { [weak self] in self?.finish(name) }
        }
    }

    private func subscribe() throws(SyscallError) {
        let socket = DescriptorBox(
            Descriptor(
                try check("open route socket") { podrun_netlink_socket(PODRUN_NETLINK_ROUTE, 1 /* RTNLGRP_LINK */, 1) })
        )
        let registration = try loop.watch(socket.raw, .readable) { [weak self] _ in self?.drain() }
        subscription = (socket, registration)
    }

    private func drain() {
        var buffer = [UInt8](repeating: 0, count: 32768)
        var hasLost = false
        while let socket = subscription?.socket {
            do throws(SyscallError) {
                let count = try check("receive", unless: EAGAIN) { recv(socket.raw, &buffer, buffer.count, 0) }
                guard let count else { break }
                for message in NetlinkReader.messages(Array(buffer.prefix(count))) where message.type == RTM.deleteLink
                {
                    if let name = message.text(IFLA.name, after: 16), if_nametoindex(name) == 0 { finish(name) }
                }
            } catch {
                // ENOBUFS. Until the queue is empty the kernel drops more, without another error: look then, not now.
                hasLost = true
                if error.errno != ENOBUFS { break }
            }
        }
        if hasLost { for name in waiting.keys where if_nametoindex(name) == 0 { finish(name) } }
    }

    private func finish(_ name: String) {
        let handlers = waiting.removeValue(forKey: name) ?? []
        if waiting.isEmpty, let (socket, registration) = subscription {
            subscription = nil
            loop.unwatch(registration)
            socket.close()
        }
        for handler in handlers { handler() }
    }
}
