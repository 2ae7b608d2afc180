"""Figures of speed: all take turns, what other programs disturb is left out, and every figure can be measured."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from aestudio import cli
from aestudio.core.bench.figure import Figure
from aestudio.core.bench.others import NAMES, Turns, left_out, others
from aestudio.core.bench.programs import starting
from aestudio.core.bench.running import Contender, Measured, Slice, interleaved, ratios
from aestudio.core.data.dataset import Dataset
from aestudio.core.ground import folders
from aestudio.core.ground.errors import StudioError
from aestudio.core.ground.texts import Text
from aestudio.core.parts.slots import options
from aestudio.core.run.run import Run
from tests.core.conftest import small_dataset


def test_all_take_turns_in_every_round_and_once_before_to_warm_up() -> None:
    calls: list[str] = []

    def contender(name: str) -> Contender:
        def go_on(seconds: float) -> float:
            calls.append(name)
            return 1.0

        return Contender(Text(name), go_on)

    *_, found = interleaved([contender("a"), contender("b")], rounds=3, seconds=0.0)
    assert calls == ["a", "b"] * 4
    assert [len(one.slices) for one in found] == [3, 3]


def turns(*rates: float, loud: tuple[int, ...] = ()) -> list[Slice]:
    return [Slice(rate, 1.0, number not in loud) for number, rate in enumerate(rates)]


def test_a_ratio_is_taken_round_by_round_so_that_a_machine_that_gets_slower_changes_nothing() -> None:
    slower = [Measured(Text("a"), turns(10, 5, 2, 1)), Measured(Text("b"), turns(20, 10, 4, 2))]
    made, quiet = ratios(slower)
    assert [one.median for one in made] == [1.0, 2.0]
    assert (made[1].low, made[1].high, made[1].rounds) == (2.0, 2.0, 4)
    assert quiet


def test_rounds_in_which_other_programs_were_busy_do_not_count_where_enough_are_left() -> None:
    disturbed = [Measured(Text("a"), turns(1, 1, 1, 1)), Measured(Text("b"), turns(3, 3, 3, 90, loud=(3,)))]
    made, quiet = ratios(disturbed)
    assert (made[1].median, made[1].rounds, quiet) == (3.0, 3, True)
    disturbed[1].slices = turns(3, 3, 90, 90, loud=(0, 1, 2))
    made, quiet = ratios(disturbed)
    assert (made[1].rounds, quiet) == (4, False)


WITH_PROGRAMS = dict.fromkeys(("watched", "processes"), pytest.mark.slow)
"""Figures that start several programs."""


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=WITH_PROGRAMS.get(kind, ())) for kind in options(Figure) if kind != "start"]
)
@pytest.mark.slow
def test_every_figure_is_measured_and_its_yardstick_has_the_ratio_one(
    kind: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    page = tmp_path / "bench.md"
    small = ["--rounds", "1", "--seconds", "0", "--size", "0.01"]
    assert cli.main(["bench", kind, *small, "--json", "-o", str(page)]) == 0
    found = json.loads(capsys.readouterr().out)["figures"][kind]["contenders"]
    assert found[0]["median"] == 1.0
    assert len(found) > 1
    assert all(one["rate"] > 0 for one in found)
    assert page.read_text(encoding="utf-8").count("\n| ") == len(found) + 1


def test_a_figure_that_does_not_exist_is_refused_with_the_one_that_may_be_meant(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["bench", "perceptron-smal"]) == 2
    assert "did you mean 'perceptron-small'?" in capsys.readouterr().err


def test_a_program_whose_start_is_measured_finds_nothing_of_the_person_and_leaves_nothing(tmp_path: Path) -> None:
    told = tmp_path / "told.json"
    source = f"""
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from aestudio.core.data.dataset import Dataset
from aestudio.core.ground import folders
from aestudio.core.ground.errors import StudioError
own = [folders.settings(), folders.library(), folders.log(), folders.rescued()[0]]
Path({str(told)!r}).write_text(json.dumps([str(one) for one in own]))
folders.settings().parent.mkdir(parents=True)
"""
    assert starting("-c", source)(0) == 1
    found = [Path(one) for one in json.loads(told.read_text())]
    for one, mine in zip(
        found, (folders.settings(), folders.library(), folders.log(), folders.rescued()[0]), strict=True
    ):
        assert one != mine
        assert not one.parent.exists()


def test_a_loop_that_is_not_ours_works_in_its_turns_and_rests_between_them() -> None:
    steps: list[int] = []

    def loop(_run: Run, _dataset: Dataset, tick: Callable[[int], None]) -> None:
        while True:
            steps.append(len(steps))
            tick(4)

    one = Turns(loop, Run(), small_dataset())
    assert one.go_on(0.0) == 4
    assert one.go_on(0.0) == 4
    assert steps == [0, 1]
    assert one.go_on(0.05) > 4


def test_a_loop_that_ends_says_why() -> None:
    def loop(_run: Run, _dataset: Dataset, _tick: Callable[[int], None]) -> None:
        raise ValueError("no images")

    with pytest.raises(StudioError, match="has ended: no images"):
        Turns(loop, Run(), small_dataset()).go_on(0.0)


def test_trainers_that_are_not_installed_are_left_out_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aestudio.core.bench.others.find_spec", lambda _name: None)
    assert others(Run(), small_dataset()) == []
    assert 'pip install "aestudio[bench]"' in str(left_out())


@pytest.mark.parametrize("name", NAMES)
def test_a_trainer_of_another_library_takes_its_turns(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip(name, reason='it takes turns with pip install "aestudio[bench]"')
    monkeypatch.setattr("aestudio.core.bench.others.NAMES", (name,))
    (one,) = others(Run(batch_size=16).with_value("network.widths", [8]), small_dataset())
    assert one.go_on(0.0) == 16
    assert one.go_on(0.1) > 16


@pytest.mark.slow
def test_two_processes_are_measured_on_the_cores_of_a_machine_with_one_gpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = "from torch.backends import mps\nmps.is_available = wraps(mps.is_available)(lambda: True)\n"
    (tmp_path / "sitecustomize.py").write_text(f"from functools import wraps\n{there}")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *sys.path]))
    _, two = options(Figure)["processes"]().contenders(0.05)
    assert two.go_on(0.0) > 0
