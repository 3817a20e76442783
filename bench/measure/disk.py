"""A disk of the run's own, for all peers: ext4 as Debian makes it, in a loop file.

ext4 without a journal, as some virtual machines have it, passes over every inode that was deleted in the last minutes whenever it makes
one; what earlier runs removed would be measured then.
"""

import os
import pathlib
import subprocess
import tempfile

from harness import paths

SIZE = 16 << 30  # bytes, sparse


def mount() -> None:
    """Mounts it over the directories that the peers write to; the end of the mount namespace takes it away."""
    descriptor, image = tempfile.mkstemp(prefix="podrun-bench.", suffix=".ext4", dir="/var/tmp")
    os.truncate(descriptor, SIZE)
    os.close(descriptor)
    top = pathlib.Path("/mnt")
    subprocess.run(["mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=1", image], check=True)
    subprocess.run(["mount", "-o", "loop", image, str(top)], check=True)
    os.unlink(image)
    own = (pathlib.Path("/tmp/podman-bench"), pathlib.Path("/tmp/podrun-bench-pull"), pathlib.Path("/var/tmp"))
    for number, target in enumerate((paths.DATA_DIRECTORY, paths.LOG_DIRECTORY, *own)):
        source = top / str(number)
        source.mkdir(mode=0o700)
        target.mkdir(parents=True, exist_ok=True)
        subprocess.run(["mount", "--bind", str(source), str(target)], check=True)
