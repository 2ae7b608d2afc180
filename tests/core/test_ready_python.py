"""A program that is forked from a process with torch in it does what a program does that is started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import ready

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="elsewhere each program starts as it does for people"),
    pytest.mark.usefixtures("ready_python"),
]


def python(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, timeout=120, **options)


def test_it_has_torch_and_nothing_of_the_program() -> None:
    code = "import sys; print('torch' in sys.modules, any(name.startswith('aestudio') for name in sys.modules))"
    assert python("-c", code).stdout == "True False\n"


def test_it_has_its_own_arguments_folder_environment_and_input(tmp_path: Path) -> None:
    (tmp_path / "said.py").write_text(
        "import os, sys; print(sys.argv[1:], os.getcwd(), os.environ.get('ONLY'), input())"
    )
    for how in (["said.py"], ["-m", "said"], ["-B", "-c", "import said"]):
        done = python(*how, "a b", cwd=tmp_path, env=os.environ | {"ONLY": "this"}, input="heard")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == f"['a b'] {tmp_path} this heard\n"


@pytest.mark.parametrize(
    ("code", "returned", "said"),
    [
        ("raise SystemExit", 0, ""),
        ("raise SystemExit(7)", 7, ""),
        ("raise SystemExit('no')", 1, "no\n"),
        ("import os; os._exit(5)", 5, ""),
        ("import os; os.kill(os.getpid(), 9)", -9, ""),
        ("import atexit, sys; atexit.register(sys.stderr.write, 'bye')", 0, "bye"),
    ],
)
def test_it_ends_as_it_says(code: str, returned: int, said: str) -> None:
    done = python("-c", code)
    assert (done.returncode, done.stderr) == (returned, said)


def test_what_it_stumbles_on_is_said_and_code_1() -> None:
    done = python("-c", "1 / 0")
    assert done.returncode == 1
    assert done.stderr.endswith("ZeroDivisionError: division by zero\n")


def test_a_signal_reaches_it_and_it_can_be_waited_for() -> None:
    code = "import threading; print('on', flush=True); threading.Event().wait()"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"on\n"
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(60) in (-signal.SIGINT, 128 + signal.SIGINT)


def test_a_python_that_is_named_or_told_to_start_otherwise_is_a_new_one() -> None:
    code = "import sys; print('torch' in sys.modules)"
    assert python("-c", code, executable=sys.executable).stdout == "False\n"
    assert python("-E", "-c", code).stdout == "False\n"
    assert python("-c", code, env={"PYTHONUTF8": "0"}).stdout == "False\n"
    assert python("-c", code, umask=0o22).stdout == "False\n"
    assert python("-c", code, process_group=0).stdout == "False\n"


def test_each_draws_numbers_of_its_own() -> None:
    code = "import random, numpy; print(random.random(), numpy.random.random())"
    first, second = (python("-c", code).stdout.split() for _ in range(2))
    assert not set(first) & set(second)


@pytest.mark.slow
def test_it_is_ready_where_libraries_are_to_take_several_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """The finding: OpenBLAS had started them, and nothing was forked."""
    several = dict.fromkeys(ready.ONE_THREAD, "2")
    for name, value in several.items():
        monkeypatch.setenv(name, value)
    server = ready.Server()
    monkeypatch.setattr(ready, "_server", lambda: server)
    try:
        code = f"import os, sys; print('torch' in sys.modules, {several} == {{n: os.environ[n] for n in {[*several]}}})"
        assert python("-c", code).stdout == "True True\n"
    finally:
        server.end()
