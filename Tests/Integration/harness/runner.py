"""Finds, runs and counts the tests; prints one line for each."""

import pathlib
import signal
import sys
import time
import traceback
import unittest
from collections.abc import Iterator
from typing import Any

TESTS = pathlib.Path(__file__).resolve().parents[1]


class TestTookTooLong(Exception):
    """Not an AssertionError: no test may catch it by mistake."""


class Report(unittest.TestResult):
    def __init__(self) -> None:
        super().__init__()
        self.passed = 0
        self.began = 0.0

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        self.began = time.monotonic()
        self.broken = False
        signal.signal(signal.SIGALRM, self._too_long)
        signal.alarm(getattr(test, "timeout_seconds", 120))

    def stopTest(self, test: unittest.TestCase) -> None:
        signal.alarm(0)
        super().stopTest(test)

    def _too_long(self, *_: Any) -> None:
        raise TestTookTooLong

    def _print(self, word: str, test: unittest.TestCase, detail: str = "") -> None:
        seconds = time.monotonic() - self.began
        print(f"{word:4} {test.id()} ({seconds:.1f} s){detail}", flush=True)

    def addSuccess(self, test: unittest.TestCase) -> None:
        self.passed += 1
        self._print("ok", test)

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        super().addSkip(test, reason)
        self._print("skip", test, f": {reason}")

    def addFailure(self, test: unittest.TestCase, error: Any) -> None:
        self._broken(test, error, self.failures)

    def addError(self, test: unittest.TestCase, error: Any) -> None:
        self._broken(test, error, self.errors)

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, error: Any) -> None:
        if error is not None:
            self._broken(subtest, error, self.failures)

    def _broken(self, test: unittest.TestCase, error: Any, kind: list[tuple[unittest.TestCase, str]]) -> None:
        detail = _trace(error)
        if not self.broken:  # a failing test whose pods then leak too is one failed test
            kind.append((test, detail))
        self.broken = True
        if self.failfast:
            self.stop()
        stage = getattr(test, "stage", "")
        self._print("FAIL", test, (f" at {stage!r}" if stage else "") + "\n" + "".join(f"     {line}\n" for line in detail.splitlines()))


def _trace(error: Any) -> str:
    """What went wrong, then the lines of the tests and of the harness that led there, the last call first."""
    _, exception, trace = error
    frames = [frame for frame in traceback.extract_tb(trace) if frame.filename.startswith(str(TESTS))]
    calls = "".join(f"\nin {pathlib.Path(frame.filename).name}:{frame.lineno} {frame.line}" for frame in reversed(frames))
    return "".join(traceback.format_exception_only(exception)).strip() + calls


def _all(suite: unittest.TestSuite) -> Iterator[unittest.TestCase]:
    for entry in suite:
        if isinstance(entry, unittest.TestSuite):
            yield from _all(entry)
        else:
            yield entry


def _selected(filters: list[str]) -> list[unittest.TestCase]:
    sys.path.insert(0, str(TESTS))
    found = _all(unittest.TestLoader().discover(str(TESTS), pattern="test_*.py", top_level_dir=str(TESTS)))
    return [test for test in found if not filters or any(name in test.id() for name in filters)]


def list_tests(filters: list[str]) -> int:
    for test in _selected(filters):
        print(test.id())
    return 0


def run_tests(filters: list[str], fail_fast: bool) -> int:
    report = Report()
    report.failfast = fail_fast
    unittest.TestSuite(_selected(filters)).run(report)
    failed = len(report.failures) + len(report.errors)
    for test, detail in report.failures + report.errors:
        print(f"FAIL {test.id()}: {detail[:1000]}")
    print(f"{report.passed} passed, {failed} failed, {len(report.skipped)} skipped", flush=True)
    return 1 if failed else 0
