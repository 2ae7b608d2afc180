"""What to look at: rows of words that are there from the first, and figures that come with the scores."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from aestudio.core.run.events import Evaluated, Preview, Started
from aestudio.core.run.history import Curves
from aestudio.core.run.recipes import find
from aestudio.core.run.run import Run
from aestudio.studio.claims import Claims
from aestudio.studio.events import CurvesShown, MomentShown, RunChanged
from aestudio.studio.snapshots import Snapshot
from aestudio.studio.studio import Studio
from tests.studio.waiting import until

GAIN = {
    "sentence": "It takes noise off.",
    "score": "psnr",
    "comparison": "psnr_corrupted",
    "by": "difference",
    "at_least": 3,
    "look": "images",
}
SPARSE = {"sentence": "It is sparse.", "score": "sparseness", "at_least": 0.6, "look": "histogram"}


def run(*claims: dict[str, Any], **settings: Any) -> Run:
    return Run.from_settings({"claims": claims, **settings})


def scored(**scores: float) -> Evaluated:
    return Evaluated(22, 1, "held-out", "end to end", {}, {}, 0.0, scores)


def started(of: Run, resumed_at: int = 0) -> Started:
    return Started(of, "CPU", 1, 1, 1, (1, 8, 8), 1, ("end to end",), (), resumed_at)


def test_rows_stand_before_anything_was_measured() -> None:
    claims = Claims(run(GAIN, SPARSE))
    assert [str(row.sentence) for row in claims.rows] == ["It takes noise off.", "It is sparse."]
    assert [str(row.now) for row in claims.rows] == ["–", "–"]
    assert [row.reached for row in claims.rows] == [None, None]
    assert [str(row.beside) for row in claims.rows] == ["PSNR of the corrupted images: –", "at least 0.60"]


@pytest.mark.parametrize(
    ("bound", "value", "now"),
    [({"at_least": 0.6}, 0.598, "0.59"), ({"at_least": 0.6}, 0.6, "0.60"), ({"at_most": 0.6}, 0.604, "0.61")],
)
def test_what_is_not_reached_is_not_rounded_to_its_bound(bound: dict[str, float], value: float, now: str) -> None:
    claims = Claims(run({"sentence": "It is sparse.", "score": "sparseness", **bound}))
    claims.read(scored(sparseness=value))
    (row,) = claims.rows
    assert (str(row.now), row.reached) == (now, now == "0.60")


def test_figures_come_with_the_scores_and_stay_where_the_next_scores_lack_them() -> None:
    claims = Claims(run(GAIN, SPARSE))
    assert claims.read(scored(psnr=21.5, psnr_corrupted=14.25, sparseness=0.41))
    gain, sparse = claims.rows
    assert (str(gain.now), gain.reached) == ("21.50 dB", True)
    assert str(gain.beside) == "PSNR of the corrupted images: 14.25 dB"
    assert (str(sparse.now), sparse.reached) == ("0.41", False)
    assert str(claims.summary) == "1 of 2 reached"
    assert claims.read(scored(psnr=22.0))
    assert [str(row.now) for row in claims.rows] == ["22.00 dB", "0.41"]


def test_another_recipe_a_new_training_and_an_opened_model_each_begin_anew() -> None:
    claims = Claims(run(SPARSE))
    claims.read(scored(sparseness=0.7))
    claims.read(RunChanged(run(SPARSE, epochs=7)))
    assert [row.reached for row in claims.rows] == [True]  # the same claims: the model that is shown has not changed
    claims.read(started(run(SPARSE), resumed_at=22))
    assert [row.reached for row in claims.rows] == [True]
    claims.read(started(run(SPARSE)))
    assert [row.reached for row in claims.rows] == [None]
    claims.read(CurvesShown(Curves(evaluations=(scored(sparseness=0.2), scored(sparseness=0.8)))))
    assert [row.reached for row in claims.rows] == [True]
    claims.read(RunChanged(run(GAIN)))
    assert [str(row.now) for row in claims.rows] == ["–"]


def test_what_is_measured_and_what_is_wanted_is_said_in_words() -> None:
    gain, sparse = Claims(run(GAIN, SPARSE)).rows
    assert str(gain.why).endswith("wanted: at least 3.00 dB more")
    assert "one image only" in str(sparse.why)


def test_each_figure_says_after_which_step_it_was_measured() -> None:
    claims = Claims(run(GAIN, SPARSE))
    claims.read(replace(scored(psnr=21.5, psnr_corrupted=14.25, sparseness=0.41), step=281))
    claims.read(replace(scored(psnr=22.0), step=1539))
    assert [str(row.why).splitlines()[-1] for row in claims.rows] == [
        "measured after step 1,539",
        "measured after step 281",
    ]


@pytest.mark.parametrize("name", ["linear", "top-k"])
def test_a_training_of_a_recipe_fills_its_rows(name: str) -> None:
    studio = Studio(device="cpu")
    document = studio.document
    document.choose_recipe(name)
    until(lambda: document.status.can_train, document)
    document.set_value("epochs", 2)
    claims = Claims(document.run)
    heard = []
    document.listen(lambda event: heard.append(claims.read(event)))
    document.train()
    until(lambda: not document.status.running, document)
    assert [row.reached is None for row in claims.rows] == [False] * len(find(name).run().claims)
    assert studio.close(60)


def test_an_older_moment_shows_the_figures_of_its_time() -> None:
    claims, none = Claims(run(SPARSE)), np.zeros((1, 1, 1, 1), np.float32)
    for step, value in ((22, 0.1), (44, 0.5), (66, 0.7)):
        claims.read(Evaluated(step, step // 22, "held-out", "end to end", {}, {}, 0.0, {"sparseness": value}))
    for step, shown in ((50, "0.50"), (10, "–"), (66, "0.70")):
        older = Snapshot(Preview(step, "end to end", none, none, none, none, none, 1, run(SPARSE), {}))
        assert claims.read(MomentShown(older))
        assert [str(row.now) for row in claims.rows] == [shown]
    claims.read(MomentShown(None))
    assert [str(row.now) for row in claims.rows] == ["0.70"]
