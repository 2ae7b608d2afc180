"""torch's compiler takes a second to import, and nothing here compiles."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

IMPORTED = "import sys; print([name for name in ('torch._dynamo', 'sympy') if name in sys.modules])"


def said(code: str, folder: Path) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True, timeout=300
    ).stdout.splitlines()[-1]


@pytest.mark.parametrize("recipe", ["undercomplete", "sparse-kl", "contractive", "denoising-masking"])
@pytest.mark.slow
def test_a_dense_network_is_trained_kept_and_scored_without_the_compiler(recipe: str, tmp_path: Path) -> None:
    typed = ["train", recipe, "--epochs", "1", "--no-library", "--out", str(tmp_path)]
    assert said(f"from aestudio.cli import main; assert main({typed}) == 0; {IMPORTED}", tmp_path) == "[]"


def test_what_sizes_need_is_imported_ahead_of_the_first_large_run(tmp_path: Path) -> None:
    code = "import sys; from aestudio.core.parts.trying import import_what_sizes_need; import_what_sizes_need(); "
    code += "before = set(sys.modules); from aestudio.core.run.run import Run; Run().check((1, 8, 8)); "
    code += "print([name for name in set(sys.modules) - before if name.startswith(('torch', 'sympy'))])"
    assert said(code, tmp_path) == "[]"
