"""What is installed: by `make install`, and by the Debian package, which Debian's own checker has nothing against."""

import os
import pathlib
import shutil
import subprocess

from harness import paths
from harness.case import PodTestCase

#: Below the prefix.
INSTALLED = ("bin/podrun", "share/man/man1/podrun.1", "share/man/man1/podrun-image-ls.1", "share/bash-completion/completions/podrun")
#: What AppArmor's RuntimeDefault is.
PROFILE = paths.REPOSITORY / "packaging" / "apparmor" / "podrun-default"


class PackagingTests(PodTestCase):
    in_vm = False
    checks_leaks = False

    def needs(self, *programs: str) -> None:
        missing = [program for program in programs if shutil.which(program) is None]
        if missing:
            self.skipTest(f"no {', '.join(missing)}: run scripts/setup --test")

    def call(self, *arguments: str) -> str:
        done = subprocess.run(arguments, capture_output=True, text=True, check=False, cwd=paths.REPOSITORY, timeout=100)
        self.assertEqual(0, done.returncode, f"{arguments}:\n{done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def test_make_install_and_uninstall(self) -> None:
        """Nothing is left of it; the unit calls the program where it is."""
        places = ("make", "-s", f"BINARY={self.podrun.binary}", f"DESTDIR={self.directory}", "PREFIX=/opt/podrun")
        self.call(*places, "install")
        for name in INSTALLED:
            self.assertTrue((self.directory / "opt/podrun" / name).is_file(), name)
        unit = (self.directory / "etc/systemd/system/podrun.service").read_text()
        self.assertIn("ExecStart=/opt/podrun/bin/podrun agent\n", unit)
        self.assertEqual(PROFILE.read_text(), (self.directory / "etc/apparmor.d/podrun-default").read_text())
        self.call(*places, "uninstall")
        self.assertEqual([], [path for path in self.directory.rglob("*") if path.is_file()])

    def test_manual_pages_are_what_man_expects(self) -> None:
        self.needs("groff")
        self.podrun.ok("help", "--man", str(self.directory))
        pages = sorted(str(path) for path in self.directory.iterdir())
        self.assertIn(f"{self.directory}/podrun-get.1", pages)
        for page in pages:
            text = self.call("groff", "-ww", "-man", "-Tutf8", "-P-cbou", page)
            self.assertNotIn("warning", text)
            name = pathlib.Path(page).stem
            self.assertIn(f" {name} - ", " ".join(text.split()))
        text = self.call("groff", "-man", "-Tutf8", "-P-cbou", f"{self.directory}/podrun-get.1")
        self.assertIn("podrun get pods -o jsonpath='{.items[*].status.podIP}'\n", text)

    def test_debian_package(self) -> None:
        self.needs("dh", "lintian", "dpkg-deb")
        self.call("packaging/deb", str(self.podrun.binary), str(self.directory))
        [package] = self.directory.glob("*.deb")
        version = self.call("dpkg-deb", "-f", str(package), "Version").strip()
        self.assertEqual(f"podrun {version}\n", self.podrun.ok("version").out)
        root = self.directory / "root"
        for name in ("info", "updates", "triggers"):
            (root / "var/lib/dpkg" / name).mkdir(parents=True)
        (root / "var/lib/dpkg/status").touch()
        self.call("dpkg", f"--root={root}", "--force-depends", "--force-script-chrootless", "--unpack", str(package))
        wanted = {f"/usr/{name}" + (".gz" if "/man" in name else "") for name in INSTALLED} | {
            "/lib/systemd/system/podrun.service",
            "/usr/share/zsh/vendor-completions/_podrun",
            "/usr/share/fish/vendor_completions.d/podrun.fish",
        }
        there = {"/" + str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
        self.assertEqual(set(), wanted - there)
        installed = subprocess.run([str(root / "usr/bin/podrun"), "version"], capture_output=True, text=True, check=True)
        self.assertEqual(f"podrun {version}\n", installed.stdout)
        self.assertEqual("/etc/apparmor.d/podrun-default\n", self.call("dpkg-deb", "--info", str(package), "conffiles"))
        # dpkg puts it there when it configures the package.
        self.assertEqual(PROFILE.read_text(), (root / "etc/apparmor.d/podrun-default.dpkg-new").read_text())
        self.check_loading(root / "var/lib/dpkg/info/podrun.postinst")
        tags = ["--suppress-tags", "custom-library-search-path"] if "debug" in os.fspath(self.podrun.binary) else []
        self.call("lintian", "--allow-root", "--fail-on", "error,warning", *tags, str(package))

    def check_loading(self, script: pathlib.Path) -> None:
        """The profile is loaded where AppArmor is on; where it is off or not installed, or the kernel refuses, all goes on."""
        calls = self.directory / "calls"

        def loaded(**answers: int) -> list[str]:
            programs = self.directory / f"programs-{len(list(self.directory.glob('programs-*')))}"
            programs.mkdir()
            # The host is not to be changed.
            for name, answer in {**answers, "deb-systemd-helper": 0, "deb-systemd-invoke": 0, "systemctl": 0}.items():
                program = programs / name.replace("aa_", "aa-")
                program.write_text(f'#!/bin/sh\necho "$0 $*" >>{calls}\nexit {answer}\n')
                program.chmod(0o755)
            calls.write_text("")
            environment = {**os.environ, "PATH": str(programs), "DPKG_MAINTSCRIPT_PACKAGE": "podrun"}
            subprocess.run([str(script), "configure", ""], env=environment, check=True, timeout=30)
            return [line.rpartition(" ")[2] for line in calls.read_text().splitlines() if "/apparmor_parser " in line]

        profile = ["/etc/apparmor.d/podrun-default"]
        self.assertEqual(profile, loaded(aa_enabled=0, apparmor_parser=0))
        self.assertEqual(profile, loaded(aa_enabled=0, apparmor_parser=1))
        self.assertEqual([], loaded(aa_enabled=1, apparmor_parser=0))
        self.assertEqual([], loaded())
