"""For every test: Qt draws off the screen, and a warning from Qt fails the test that caused it.

A folder of tests runs on all cores, a file or two in this process, which is sooner ready; `-n 0` or `-n 2` says
otherwise.
"""

from __future__ import annotations

import gc
import os
import re
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests import ready

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("AESTUDIO_LANGUAGE", "en")  # what tests compare is English
os.environ.pop("COLUMNS", None)  # pytest-xdist says 80 to its workers, and lines would be broken as on a terminal
# Before torch is imported, and for programs that tests start: two that compute beside each other would fight for the
# cores, and a test computes the same to the last bit however many run.
os.environ.setdefault("OMP_NUM_THREADS", "1")

MOST_WORKERS = 4
"""Each holds torch, Qt and what it trains: up to 1.5 GB."""


class BesideEachOther(LoadScopeScheduling):  # type: ignore[misc]
    """The tests of a file share what is made once for them, and so one process; those of tests/window the mouse."""

    def _split_scope(self, nodeid: str) -> str:
        return _together(nodeid)


def _together(nodeid: str) -> str:
    file = nodeid.split("::", 1)[0]
    return "tests/window" if file.startswith("tests/window/") else file


@pytest.hookimpl(tryfirst=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    config.option.loadscopereorder = False  # it would begin with those that hold most tests
    return BesideEachOther(config, log)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    if all(Path(name.split("::", 1)[0]).is_file() for name in config.args) and len(config.args) <= 2:
        return 0
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MOST_WORKERS)


@pytest.fixture
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Gone after the test. pytest's own way to make one looks through all that there are."""
    place = Path(tempfile.mkdtemp(dir=tmp_path_factory.getbasetemp()))
    yield place
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture(autouse=True)
def _a_library_of_its_own(_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test writes into the person's library, nor beside it. What a test puts in the place of the system's functions
    is taken back before its folders are removed, which are asked for first.
    """
    for variable, name in (("XDG_DATA_HOME", "data"), ("XDG_STATE_HOME", "state")):
        (_home / name).mkdir()
        monkeypatch.setenv(variable, str(_home / name))
    monkeypatch.setenv("AESTUDIO_LIBRARY", str(_home / "library"))


@pytest.fixture
def two_threads() -> Iterator[None]:
    """As torch has on a machine of two cores; tests have one."""
    import torch

    torch.set_num_threads(2)
    yield
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def ready_python() -> Iterator[None]:
    """Every Python that a test of the module starts has imported torch already."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subprocess, "Popen", ready.Popen)
        yield


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is made meanwhile stays until the end, modules and tests: the collector of garbage need not look at it."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


LAST_WORDS = "AESTUDIO_TESTS_STDERR"
"""Names the file that standard error goes to, where somebody keeps it back."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What a process wrote as it crashed or was ended for hanging stands in no report: it could not make one."""
    kept = Path(os.environ.get(LAST_WORDS, ""))
    text = kept.read_text(encoding="utf-8", errors="replace") if kept.is_file() else ""
    for said in re.finditer(r"Fatal Python error|Timeout \(", text):
        terminalreporter.section("the last words of a process")
        terminalreporter.write_line("\n".join(text[said.start() :].splitlines()[:LINES]))


LINES = 150
SLOW = 20
"""Ordinary tests that take about as long as one that is marked as slow."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take longest begin first, so that no process is left alone with one of them at the end.

    Those count that are run: -m has taken the others out before.
    """
    long: Counter[str] = Counter()
    for item in items:
        long[_together(item.nodeid)] += SLOW if item.get_closest_marker("slow") else 1
    items.sort(key=lambda item: -long[_together(item.nodeid)])
    for item in items:
        if "qtbot" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.qt_log_level_fail("WARNING"))
            item.add_marker(pytest.mark.qt_log_ignore("propagateSizeHints", extend=True))
