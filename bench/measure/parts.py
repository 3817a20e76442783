"""What is measured. Every part alternates between the peers, so that a busy host slows all of them alike."""

import statistics
from collections.abc import Callable
from typing import Any

from . import peers

WARM_UP_ROUNDS = 2


class Measurements:
    """Samples by name: `podrun.start` in milliseconds, `podrun.pod.pss` in KiB, ..."""

    def __init__(
        self, podrun: peers.Podrun | None, podman: peers.Podman | None, floor: peers.Floor | None, rounds: int, pods: int
    ) -> None:
        self.podrun, self.podman, self.floor = podrun, podman, floor
        self.rounds, self.pods = rounds, pods
        self.samples: dict[str, list[float]] = {}

    def add(self, name: str, value: float) -> None:
        self.samples.setdefault(name, []).append(value)

    def median(self, name: str) -> float | None:
        values = self.samples.get(name)
        return statistics.median(values) if values else None

    @property
    def peers(self) -> list[tuple[str, Any]]:
        return [(name, peer) for name, peer in (("podrun", self.podrun), ("podman", self.podman)) if peer is not None]

    def as_json(self) -> dict[str, Any]:
        return {
            "rounds": self.rounds,
            "pods": self.pods,
            "podman": {"version": self.podman.version, "notes": self.podman.notes} if self.podman else None,
            "samples": {name: [round(value, 4) for value in values] for name, values in self.samples.items()},
        }

    def close(self) -> None:
        if self.podrun:
            self.podrun.delete_all()
        if self.podman:
            self.podman.close()


def start_and_delete(results: Measurements) -> None:
    for round_number in range(-WARM_UP_ROUNDS, results.rounds):
        for name, peer in results.peers:
            started, deleted = peer.start("bench"), peer.delete("bench")
            if round_number >= 0:
                results.add(f"{name}.start", started)
                results.add(f"{name}.delete", deleted)
        if results.podrun:
            inside = results.podrun.start_by_socket("bench")
            results.podrun.delete("bench")
            if round_number >= 0:
                results.add("podrun.start.agent", inside)
        if results.floor and round_number >= 0:
            floor = results.floor.measure(3)
            results.add("floor.start", floor["start_us"]["median"] / 1000)
            results.add("floor.delete", floor["teardown_us"]["median"] / 1000)


def exec_true(results: Measurements) -> None:
    for _, peer in results.peers:
        peer.start("bench")
    for round_number in range(-WARM_UP_ROUNDS, results.rounds):
        for name, peer in results.peers:
            elapsed = peer.exec("bench")
            if round_number >= 0:
                results.add(f"{name}.exec", elapsed)
    for _, peer in results.peers:
        peer.delete("bench")


def memory(results: Measurements, name: str, peer: Any) -> None:
    """PSS of what runs beside the containers, for each pod; RSS of the agent."""
    helpers = peer.helpers()
    pods = len(helpers) // {"podrun": 2, "podman": 4}[name]
    if pods > 0:
        results.add(f"{name}.pod.pss.{pods}", sum(peers.memory_kib(pid, "Pss") for pid in helpers) / pods)
        results.add(f"{name}.pod.rss.{pods}", sum(peers.memory_kib(pid, "Rss") for pid in helpers) / pods)
    agent = peer.agent() if name == "podrun" else None
    if agent is not None:
        results.add(f"podrun.agent.rss.{pods}", peers.memory_kib(agent, "Rss"))
        results.add(f"podrun.agent.pss.{pods}", peers.memory_kib(agent, "Pss"))


def many(results: Measurements) -> None:
    """The parts that need many pods: they are started once for all of them."""
    for name, peer in results.peers:
        total = 0.0
        for number in range(results.pods):
            total += peer.start(f"bench-{number}")
            if number == 0:
                memory(results, name, peer)
        results.add(f"{name}.many", total)
        for _ in range(max(results.rounds, 5)):
            results.add(f"{name}.list", peer.list_pods())
        memory(results, name, peer)
        peer.delete_all()


def size(results: Measurements) -> None:
    if results.podrun:
        results.add("podrun.size", results.podrun.binary.stat().st_size / 1e6)
        for _ in range(results.rounds):
            results.add("podrun.version", results.podrun.version())


ALL: dict[str, Callable[[Measurements], None]] = {"start": start_and_delete, "exec": exec_true, "many": many, "size": size}
