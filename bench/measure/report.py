"""The table: ratios first, then the bars, then every median."""

import statistics

from .parts import Measurements

#: words, numerator, denominator, bar, whether the ratio must be at least (else at most) the bar
RATIOS = (
    ("apply: podman / podrun", "podman.start", "podrun.start", 10, True),
    ("apply, in the agent: podrun / floor", "podrun.start.agent", "floor.start", 2, False),
    ("delete --now: podman / podrun", "podman.delete", "podrun.delete", 5, True),
    ("exec true: podman / podrun", "podman.exec", "podrun.exec", 5, True),
    ("pull of 5 layers: podrun / podman", "podrun.pull", "podman.pull", 0.5, False),
)


def limits(pods: int) -> tuple[tuple[str, str, float, str], ...]:
    """words, sample, greatest value, unit"""
    return (
        (f"{pods} pods one by one", "podrun.many", 1000 * pods / 50, "ms"),
        (f"get pods with {pods} pods", "podrun.list", 10, "ms"),
        (f"keeper + pause, PSS per pod of {pods}", f"podrun.pod.pss.{pods}", 200, "KiB"),
        (f"agent, RSS with {pods} pods", f"podrun.agent.rss.{pods}", 16 * 1024, "KiB"),
        ("installed binary", "podrun.size", 20, "MB"),
        ("all processes of a pull, PSS at its peak", "podrun.pull.pss", 64 * 1024, "KiB"),
        ("blobs asked for by a second pull", "podrun.pull.again.requests", 0, ""),
    )


def unit(name: str) -> str:
    return "KiB" if "ss" in name.split(".") or "pss" in name or "rss" in name else "MB" if name.endswith("size") else "ms"


def _bars(results: Measurements) -> tuple[list[str], int]:
    lines, missed = [], 0
    for words, above, below, bar, at_least in RATIOS:
        numerator, denominator = results.median(above), results.median(below)
        if numerator is None or not denominator:
            continue
        ratio = numerator / denominator
        met = ratio >= bar if at_least else ratio <= bar
        missed += not met
        sign = ">=" if at_least else "<="
        lines.append(f"{words:44} {ratio:9.2f}x      bar {sign} {bar}x{'':8} {'met' if met else 'MISSED'}")
    for words, sample, bar, kind in limits(results.pods):
        value = results.median(sample)
        if value is None:
            continue
        met = value <= bar
        missed += not met
        lines.append(f"{words:44} {value:9.1f} {kind:5} bar <= {bar:g} {kind:4}{'':3} {'met' if met else 'MISSED'}")
    return lines, missed


def table(results: Measurements) -> tuple[str, int]:
    """The text, and how many bars were missed."""
    bars, missed = _bars(results)
    lines = ["Ratios and bars", *bars, "", f"{'Medians':34} {'median':>10} {'min':>10} {'p90':>10}  samples"]
    for name, values in sorted(results.samples.items()):
        ordered = sorted(values)
        row = (statistics.median(ordered), ordered[0], ordered[min(len(ordered) - 1, len(ordered) * 9 // 10)])
        lines.append(f"{name:30} {unit(name):3} " + " ".join(f"{value:10.2f}" for value in row) + f"  {len(values)}")
    if results.podman:
        lines += ["", f"{results.podman.version}: " + "; ".join(results.podman.notes)]
    return "\n".join(lines), missed
