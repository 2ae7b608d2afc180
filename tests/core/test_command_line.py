"""The command line as a whole: what --help says, pipes, JSON, names that are nearly right, completion in shells."""

from __future__ import annotations

import csv
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from aestudio.cli import main
from aestudio.commands.arguments import ADD, parser
from aestudio.commands.completion import bash, fish, zsh
from aestudio.commands.explained import EXPLAINED
from aestudio.commands.recipes import range_of, settings
from aestudio.commands.runs import IN_FILES
from aestudio.commands.shared_arguments import DEVICES, FIGURES, FORMATS, PARTS, WAYS
from aestudio.core.bench.figure import Figure
from aestudio.core.denoise.way import Way
from aestudio.core.export.format import Format
from aestudio.core.export.pieces import PIECES
from aestudio.core.ground import compute, folders, texts
from aestudio.core.library.catalogue import Library
from aestudio.core.parts.slots import options
from aestudio.core.run import recipes
from aestudio.studio.runs.sheet import csv_of
from tests.core.test_asking import SUMMARY
from tests.core.test_cli import QUICK, refused
from tests.core.trainings import RUN, keep


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What a command prints; it ends well and complains of nothing."""
    assert main(arguments) == 0
    out = capsys.readouterr()
    assert out.err == ""
    return out.out


def help_of(name: str) -> str:
    return parser().commands()[name].format_help()


# -- help --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXPLAINED)
def test_every_help_has_an_introduction_and_examples_that_can_be_typed(name: str) -> None:
    told = help_of(name)
    assert str(EXPLAINED[name].about) in told
    for example in EXPLAINED[name].examples:
        assert f"  {example}\n" in f"{told}\n"
        called = next(part for part in re.split(r"\$\(|[)|]| >+ (?=[\w~./]+$)", example) if "aestudio " in part)
        words = shlex.split(called)
        assert words[:2] == ["aestudio", name]
        assert parser().parse_args(words[1:]).command == name
    assert ADD.keys() == EXPLAINED.keys()


def test_the_variables_of_the_environment_are_in_the_help_and_in_the_readme() -> None:
    helped = parser().format_help()
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    for name in ("AESTUDIO_LIBRARY", "AESTUDIO_DATA", "AESTUDIO_LANGUAGE"):
        assert name in helped
        assert name in readme


def test_what_a_help_names_is_what_there_is() -> None:
    assert set(FORMATS) == set(options(Format))
    assert set(WAYS) - {"model"} <= set(options(Way)) | {"photo"}
    assert set(PARTS) == set(PIECES)
    assert tuple(options(Figure)) == FIGURES
    assert DEVICES == compute.DEVICES


def test_no_line_is_broken_in_a_pipe(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    lines = said(capsys, "recipes").splitlines()
    assert len(lines) == 1 + len(recipes.everything())
    assert any(len(line.rstrip()) > 80 for line in said(capsys, "recipes", "sparse-kl").splitlines())
    assert str(EXPLAINED["runs"].about) in help_of("runs").splitlines()
    monkeypatch.setenv("COLUMNS", "60")
    assert all(len(line) <= 60 for line in help_of("runs").splitlines() if not line.startswith("  aestudio"))


# -- recipes, info and runs --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", recipes.everything())
def test_every_setting_of_a_recipe_is_told_by_the_path_that_set_takes(name: str) -> None:
    run = recipes.find(name).run()
    told = settings(run)
    assert {"network", "optimiser.learning_rate", "epochs", "seed"} <= {path for path, _, _ in told}
    for path, knob, value in told:
        assert knob is None or run.value(path) == value
        if knob is not None:
            assert run.with_value(path, value) == run
        range_of(path, knob, run)


def test_a_recipe_is_told_with_ranges(capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, "recipes", "sparse-kl").splitlines()
    (target,) = (line for line in lines if line.startswith("kl-sparsity.target"))
    assert "0.001 to 0.5" in target
    assert "may change" in target
    told = json.loads(said(capsys, "recipes", "sparse-kl", "--json"))
    by_path = {one["path"]: one for one in told["settings"]}
    assert (by_path["kl-sparsity.target"]["low"], by_path["kl-sparsity.target"]["high"]) == (0.001, 0.5)
    assert "mlp" in by_path["network"]["choices"]


def test_recipes_are_told_as_json_lines(capsys: pytest.CaptureFixture[str]) -> None:
    told = [json.loads(line) for line in said(capsys, "recipes", "--json").splitlines()]
    assert [one["name"] for one in told] == list(recipes.everything())


def test_info_is_told_as_json_and_asks_torch_only_for_the_device(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = json.loads(said(capsys, "info", "--json"))
    assert told["library"] == str(folders.library())
    assert "device" not in told
    assert json.loads(said(capsys, "info", "--device", "--json"))["device"].startswith(("CPU", "CUDA", "Apple"))


def test_runs_are_listed_with_any_setting_and_told_apart(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AESTUDIO_LIBRARY", str(tmp_path / "library"))
    for epochs in (1, 2):
        keep(tmp_path / "library", RUN.with_value("epochs", epochs))
    with Library() as library:
        library.tag({1: ("first",)})
    table = said(capsys, "runs", "--columns", "learning_rate")
    assert "epochs = 1" in table
    assert "epochs = 2" in table
    assert "learning_rate" in table
    heading, *rows = csv.reader(said(capsys, "runs", "tag:first", "--columns", "epochs", "--csv").splitlines())
    assert [dict(zip(heading, row, strict=True))["epochs"] for row in rows] == ["1"]
    (one,) = said(capsys, "runs", "tag:first", "--columns", "learning_rate", "--json").splitlines()
    assert json.loads(one)["tags"] == ["first"]
    assert json.loads(one)["settings"] == {"optimiser.learning_rate": [RUN.optimiser.learning_rate]}
    assert "did you mean 'learning_rate'?" in refused(capsys, "runs", "--columns", "learning_rat")
    assert "'psnrr' in these runs; did you mean 'psnr'?" in refused(capsys, "runs", "epochs > 0 and psnrr > 3")
    assert "No run in the library fits" in said(capsys, "runs", "epochs > 1000")
    assert "No run in the library fits" in said(capsys, "runs", "kl-sparsity.target < 0.1")


def test_a_table_of_runs_in_korean_has_korean_words_under_headings_that_stay() -> None:
    one = replace(SUMMARY, title="Linear autoencoder", data="Digits 8×8", variant="KL sparsity, L2 on weights")
    with texts.in_language("ko"):
        (row,) = csv.DictReader(csv_of([one], IN_FILES, (), lambda _run: {}).splitlines())
    assert [row[name] for name in ("data", "variant")] == ["숫자 8×8", "KL 희소성, 가중치의 L2"]
    assert row["state"] == one.state


def test_a_quiet_training_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, *QUICK, "--quiet") == ""
    assert "not allowed with argument" in refused(capsys, *QUICK, "--quiet", "--json")


# -- names that are nearly right ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["trian"], "did you mean 'train'?"),
        (["train", "linear", "--epoks", "3"], "there is no option --epoks; did you mean '--epochs'?"),
        (["recipes", "sparse-k"], "did you mean 'sparse-kl'?"),
        ([*QUICK, "--device", "cdua"], "did you mean 'cuda'?"),
        ([*QUICK, "--set", "optimiser.learning_rat=1"], "did you mean 'optimiser.learning_rate'?"),
        ([*QUICK, "--set", "epoch=1"], "did you mean 'epochs'?"),
        (["export", "1", "--to", "onx", "-o", "x"], "did you mean 'onnx'?"),
        (["bench", "tran"], "figure 'tran'"),
    ],
)
def test_a_name_that_is_nearly_right_is_told(
    arguments: list[str],
    words: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert words in refused(capsys, *arguments)


# -- completion --------------------------------------------------------------------------------------------------------


def completed(tmp_path: Path, *words: str) -> set[str]:
    """What bash offers for the last of these words."""
    program = tmp_path / "aestudio"
    if not program.exists():
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -m aestudio "$@"\n')
        program.chmod(0o755)
    typed = " ".join(f"'{word}'" for word in words)
    script = (
        f'{bash()}\nCOMP_WORDS=({typed}); COMP_CWORD={len(words) - 1}; _aestudio; printf "%s\\n" "${{COMPREPLY[@]}}"'
    )
    path = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(Path(__file__).parents[2])}
    ended = subprocess.run(
        ["bash", "-c", script], env={**os.environ, **path}, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert ended.stderr == ""
    return set(ended.stdout.splitlines()) - {""}


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_bash_completes_commands_options_and_names(tmp_path: Path) -> None:
    assert completed(tmp_path, "aestudio", "tr") == {"train"}
    assert completed(tmp_path, "aestudio", "train", "--ep") == {"--epochs"}
    assert completed(tmp_path, "aestudio", "export", "1", "--to", "on") == {"onnx"}
    assert completed(tmp_path, "aestudio", "train", "sparse-") == {
        "sparse-l1",
        "sparse-kl",
        "sparse-denoising-contractive",
    }
    (tmp_path / "model.safetensors").touch()
    assert completed(tmp_path, "aestudio", "pca", "mo") == {"model.safetensors"}
    assert completed(tmp_path, "aestudio", "train", "linear", "--epochs", "") == set()


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_bash_completes_files_whose_names_hold_spaces(tmp_path: Path) -> None:
    (tmp_path / "my model.safetensors").touch()
    assert completed(tmp_path, "aestudio", "my") == {"my model.safetensors"}
    assert completed(tmp_path, "aestudio", "pca", "my") == {"my model.safetensors"}
    assert completed(tmp_path, "aestudio", "export", "my") == {"my model.safetensors"}


@pytest.mark.parametrize(("shell", "script"), [("zsh", zsh), ("fish", fish)])
def test_the_scripts_for_other_shells_name_every_command_and_can_be_read(shell: str, script: object) -> None:
    assert callable(script)
    text = script()
    assert all(name in text for name in EXPLAINED)
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    subprocess.run([shell, "-n"], input=text, text=True, check=True)
