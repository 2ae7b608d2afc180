"""What the page Studies knows, without a window: values as a person types them, and how far a study is."""

from __future__ import annotations

import pytest

from aestudio.core.ground.errors import RunError
from aestudio.core.ground.texts import Text
from aestudio.core.run.run import Run
from aestudio.core.theory.knobs import CODE_SIZE
from aestudio.core.theory.trains import HERE
from aestudio.studio.studies.knob_values import numbers, read_values, title_of, usual
from aestudio.studio.studies.progress import duration, how_far
from aestudio.studio.studies.under_way import UnderWay

RUN = Run.from_settings({"network": {"kind": "mlp", "widths": [12]}})


@pytest.mark.parametrize("text", ["4, 8, 16", "4 8 16", " 4;8 , 16, ", "4, 8, 8, 16, 4"])
def test_values_are_read_however_they_are_separated_and_each_once(text: str) -> None:
    assert read_values(text, RUN, CODE_SIZE) == (4, 8, 16)


@pytest.mark.parametrize(
    ("text", "said"), [("", "Write some values"), ("4, many", "'many' is not a number"), ("2.5", "whole number")]
)
def test_values_that_cannot_be_are_refused_in_words(text: str, said: str) -> None:
    with pytest.raises(RunError, match=said):
        read_values(text, RUN, CODE_SIZE)


@pytest.mark.parametrize("path", numbers(RUN))
def test_the_values_that_are_offered_are_values_that_can_be_typed(path: str) -> None:
    offered = usual(RUN, path, 64)
    assert read_values(", ".join(f"{value:g}" for value in offered), RUN, path) == pytest.approx(offered, rel=1e-5)
    assert title_of(RUN, path)


@pytest.mark.parametrize(
    ("done", "passed", "said"),
    [
        (0.25, 1, "25 % done"),
        (0.0, 60, "0 % done"),
        (0.25, 10, "25 % done · about 30 s left"),
        (0.5, 600, "50 % done · about 10 min left"),
    ],
)
def test_how_long_a_study_takes_is_said_once_it_is_known(done: float, passed: float, said: str) -> None:
    assert str(how_far(done, passed)) == said


def test_a_duration_has_the_unit_that_suits_it() -> None:
    assert [str(duration(seconds)) for seconds in (89, 600, 7200)] == ["89 s", "10 min", "2.0 h"]


@pytest.mark.parametrize(
    ("kept", "end"), [(True, "Completed “Mine” in 40 s. The runs are on the Runs page."), (False, "“Mine” took 40 s.")]
)
def test_a_study_says_how_far_it_is_which_run_is_trained_and_where_its_runs_are(kept: bool, end: str) -> None:
    times = iter([0.0, 10.0, 40.0])
    study = UnderWay("Mine", HERE, kept=kept, clock=lambda: next(times))
    assert str(study.how_far(0.25, Text("Run 2 of 4"))) == "Run 2 of 4. Together: 25 % done · about 30 s left"
    assert str(study.completed()) == end
    assert str(study.stopped()) == "Stopped. The results of “Mine” so far stay here."
