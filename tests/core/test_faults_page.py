"""The page about faults names a test for each, and each is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from aestudio.core.ground.resources import resource

PAGE = resource("docs", "faults.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (\d+) \|", PAGE.partition("## Exit codes")[0], re.MULTILINE)
NAMED = re.findall(r"^(\d+)\. `(\S+)::(\S+)`$", PAGE, re.MULTILINE)


def test_every_fault_names_one_test_and_every_test_is_of_a_fault() -> None:
    assert ROWS == [number for number, _, _ in NAMED] == [str(number + 1) for number in range(len(ROWS))]
    assert len(ROWS) > 30


def test_every_test_that_the_page_names_is_there() -> None:
    tests = Path(__file__).parents[1]
    for _, file, test in NAMED:
        tree = ast.parse((tests / file).read_text(encoding="utf-8"))
        assert test in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, f"{file}::{test}"
