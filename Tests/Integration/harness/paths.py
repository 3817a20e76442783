"""Where things are."""

import os
import pathlib

REPOSITORY = pathlib.Path(__file__).resolve().parents[3]
FIXTURES = REPOSITORY / "Tests" / "Fixtures"
PROBE_SOURCES = REPOSITORY / "Tests" / "Probe"
IMAGES = pathlib.Path(os.environ.get("PODRUN_IMAGES", REPOSITORY / ".cache" / "images"))
#: The probe and the tests' own images: below .cache/images, because scripts/vm takes that along.
CACHE = REPOSITORY / ".cache" / "images" / "podrun-test"

RUN_DIRECTORY = pathlib.Path("/run/podrun")
DATA_DIRECTORY = pathlib.Path("/var/lib/podrun")
LOG_DIRECTORY = pathlib.Path("/var/log/pods")


def binary() -> pathlib.Path:
    """The podrun under test; it need not exist (`--list` works without)."""
    named = os.environ.get("PODRUN")
    if named:
        return pathlib.Path(named).resolve()
    for place in ("bin", ".build/debug"):
        built = REPOSITORY / place / "podrun"
        if built.exists():
            return built.resolve()
    return REPOSITORY / "bin" / "podrun"


def cgroup_root() -> pathlib.Path | None:
    """Where cgroup v2 is mounted: /sys/fs/cgroup, or a directory below it on a hybrid host."""
    with open("/proc/self/mounts", encoding="ascii", errors="replace") as mounts:
        for line in mounts:
            _, target, kind, *_ = line.split()
            if kind == "cgroup2":
                return pathlib.Path(target)
    return None


def controllers() -> set[str]:
    root = cgroup_root()
    return set((root / "cgroup.controllers").read_text().split()) if root else set()
