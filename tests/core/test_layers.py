"""The arrows between the rooms, tried out: the core and the commands live without Qt, listing recipes without torch."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
QT = ("PySide6", "shiboken6", "pyqtgraph")


def python(code: str, *arguments: str, config: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Runs code in a fresh interpreter that knows this source tree."""
    env = os.environ | {"PYTHONPATH": str(ROOT)} | ({"XDG_CONFIG_HOME": str(config)} if config else {})
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, encoding="utf-8", env=env, timeout=120
    )


BLOCK = "import sys; sys.modules.update(dict.fromkeys(sys.argv.pop(1).split()))\n"
"""A module that is None in sys.modules cannot be imported."""

IMPORT_EVERYTHING = """
import importlib, json, pkgutil
seen = []
for name in ("aestudio.core", "aestudio.commands"):
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(package.__path__, name + "."):
        importlib.import_module(module.name)
        seen.append(module.name)
print(json.dumps(seen))
"""

RUN_PROGRAM = """
import json, runpy, sys
sys.argv = ["aestudio", *sys.argv[1:]]
try:
    runpy.run_module("aestudio", run_name="__main__", alter_sys=True)
except SystemExit as end:
    code = end.code
print()
print(json.dumps({"code": code, "modules": sorted({name.partition(".")[0] for name in sys.modules})}))
"""


def test_every_module_of_the_core_and_the_commands_imports_where_there_is_no_qt() -> None:
    done = python(BLOCK + IMPORT_EVERYTHING, " ".join(QT))
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert {
        "aestudio.core.training.fit",
        "aestudio.core.parts.penalties.contractive",
        "aestudio.commands.train",
    } <= set(seen)


def test_the_block_would_catch_an_import_of_qt() -> None:
    done = python(BLOCK + "import aestudio.qt.app", " ".join(QT))
    assert done.returncode == 1
    assert "PySide6" in done.stderr


def test_recipes_are_listed_where_there_is_no_torch(tmp_path: Path) -> None:
    done = python(BLOCK + RUN_PROGRAM, " ".join((*QT, "torch", "torchvision")), "recipes", config=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "sparse-kl" in done.stdout


@pytest.mark.parametrize(
    "command", ["--help", "--version", "recipes", "info", "train linear --epochs 1 --device cpu", "train --help"]
)
def test_a_command_never_imports_qt(command: str, tmp_path: Path) -> None:
    done = python(RUN_PROGRAM, *command.split(), config=tmp_path)
    assert done.returncode == 0, done.stderr
    end = json.loads(done.stdout.splitlines()[-1])
    assert end["code"] == 0
    assert not {*QT, "superqt", "ziamath"} & set(end["modules"])


@pytest.mark.parametrize("command", ["--help", "--version", "recipes", "train --help"])
def test_what_needs_no_torch_does_not_wait_for_it(command: str, tmp_path: Path) -> None:
    done = python(RUN_PROGRAM, *command.split(), config=tmp_path)
    assert "torch" not in json.loads(done.stdout.splitlines()[-1])["modules"]
