import PodLinux
import PodPlanning

/// A pod with a container that is held back: the kubelet syncs it every 10 to 15 s (pod_workers.go, backOffPeriod) and tells
/// each time that the container waits. Nothing of the pod changes by that, so nothing is written but the event.
extension PodRunner {
    func tellBackOffs() {
        guard backOffTimer == nil, !machine.backOffEvents.isEmpty else { return }
        let delay = Int64.random(in: .seconds(10)...(.seconds(15)))
        backOffTimer = host.loop.schedule(at: Clock.monotonic().advanced(byNanoseconds: delay)) { [weak self] in
            guard let self else { return }
            self.backOffTimer = nil
            for event in self.machine.backOffEvents { self.record(event) }
            self.tellBackOffs()
        }
    }
}
