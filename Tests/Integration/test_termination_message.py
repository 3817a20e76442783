"""What a container says at its end, and what it gets nobody to read or write (attack E3)."""

import pathlib

from harness.case import PodTestCase
from harness.manifest import container, pod, states
from harness.podrun import text

LIMIT = 4096


class TerminationMessage(PodTestCase):
    in_vm = frozenset({"test_how_much_is_shown"})

    def message(self, name: str, script: str, **fields: str) -> str:
        """Of a container that ends with 1 after the script."""
        self.stage = name
        done = self.finished(pod(name, container("app", "sh", "-c", f"{script}; exit 1", **fields), restartPolicy="Never"))
        terminated = states(done)["app"]["state"]["terminated"]
        self.assertEqual(("Error", 1), (terminated["reason"], terminated["exitCode"]), done)
        return terminated.get("message", "")

    def test_how_much_is_shown(self) -> None:
        """The end of the file: 4096 bytes of it, however long it is."""
        numbers = "".join(f"{number:07}\n" for number in range(1250))
        long = "i=0; while [ $i -lt 1250 ]; do printf '%07d\\n' $i; i=$((i+1)); done > /dev/termination-log"
        self.assertEqual(numbers[-LIMIT:], self.message("long", long))
        sparse = "dd if=/dev/null of=/dev/termination-log bs=1048576 seek=1048576"
        self.assertLessEqual(len(self.message("sparse", sparse)), LIMIT)
        broken = "printf 'a\\377\\376b' > /dev/termination-log"
        self.assertEqual("a\ufffd\ufffdb", self.message("broken", broken))

    def test_the_file_can_not_be_replaced(self) -> None:
        """Neither on the tmpfs that it is on by default, nor in the container's own root."""
        canary = self.canary()
        for path in ("/dev/termination-log", "/log/message"):
            for name, script in (
                ("link", "rm -f {path}; ln -s {canary} {path}"),
                ("fifo", "rm -f {path}; busybox mkfifo {path}"),
                ("directory", "rm -f {path}; mkdir {path}"),
                ("moved", "busybox mv {path} /other; ln -s {canary} {path}"),
                ("moved-directory", "busybox mv /log /other; mkdir /log; ln -s {canary} {path}"),
            ):
                script = script.format(canary=canary, path=path)
                said = self.message(f"{name}-{len(path)}", f"({script}) 2>/dev/null", terminationMessagePath=path)
                self.assertEqual("", said)
                self.assertEqual("canary\n", canary.read_text())

    def test_paths_that_lead_elsewhere(self) -> None:
        """terminationMessagePath names something that an init container put into a volume: the host's file is what is mounted."""
        canary = self.canary()
        for name, script in (
            ("to-the-host", f"ln -s {canary} /v/log"), ("up", f"ln -s ../../../../../../..{canary} /v/log"),
            ("dangling", f"ln -s {canary.parent}/made /v/log"), ("fifo-before", "busybox mkfifo /v/log"),
        ):
            step = container("step", "sh", "-c", script, volumeMounts=[{"name": "v", "mountPath": "/v"}])
            manifest = pod(
                name,
                container(
                    "app", "sh", "-c", "printf words > /v/log; exit 1", terminationMessagePath="/v/log",
                    volumeMounts=[{"name": "v", "mountPath": "/v"}],
                ),
                initContainers=[step], restartPolicy="Never", volumes=[{"name": "v", "emptyDir": {}}],
            )  # fmt: skip
            self.stage = name
            self.podrun.run("apply", "-", input=text(manifest))
            done = self.podrun.wait_phase(name, "Failed", "Pending")
            state = states(done)["app"]["state"]
            self.assertIn(state.get("terminated", {}).get("message", ""), ("", "words"), state)
            self.assertEqual("canary\n", canary.read_text())
            self.assertEqual([canary], list(canary.parent.iterdir()))

    def test_all_containers_share_12_kibibytes(self) -> None:
        script = f"busybox head -c {LIMIT} /dev/zero | busybox tr '\\0' x > /dev/termination-log"
        containers = [container(f"c{number}", "sh", "-c", script) for number in range(6)]
        done = self.finished(pod("many", *containers, restartPolicy="Never"))
        messages = [states(done)[f"c{number}"]["state"]["terminated"]["message"] for number in range(6)]
        self.assertEqual([2048] * 6, [len(message) for message in messages])

    def canary(self) -> pathlib.Path:
        directory = self.directory / "canary"
        directory.mkdir(exist_ok=True)
        (directory / "file").write_text("canary\n")
        return directory / "file"
