"""The KL of every unit over a training, from moments in memory and from those that the library keeps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aestudio.core.ground import folders
from aestudio.core.ground.reports import unheard
from aestudio.core.library.keeping import fit_and_keep
from aestudio.core.library.moments import MomentFolder
from aestudio.core.run import recipes
from aestudio.core.run.events import Preview
from aestudio.core.training.moment import Moment
from aestudio.studio.inspect.examined import Examined, subject_of
from aestudio.studio.latent import unit_history
from aestudio.studio.latent.unit_history import MOMENTS, UnitHistory
from aestudio.studio.studio import Studio
from tests.core.probing import images
from tests.core.test_collapse import model_of, run_of
from tests.present import present
from tests.studio.heard import ready
from tests.studio.waiting import until

RUN = run_of()


def in_memory(silent: int, step: int) -> Preview:
    few, flat = np.zeros((1, 1, 8, 8), np.float32), np.zeros((1, 5), np.float32)
    return Preview(step, "end to end", few, few, few, flat, flat, 1, RUN, model_of(RUN, silent).module.snapshot())


def in_library(folder: MomentFolder, *steps: int, silent: int = 0, depth: int | None = None) -> None:
    for step in steps:
        folder.add(Moment(RUN, (1, 8, 8), step, "", model_of(RUN, silent).module.snapshot(), depth))


def looked_at(silent: int, *earlier: Preview, kept: MomentFolder | None = None) -> Examined:
    made = model_of(RUN, silent)
    few = images(40, (1, 8, 8))
    return Examined(RUN, made.shape, 1, 100, made.module.snapshot(), None, few, earlier=earlier, kept=kept)


def in_use(kl: np.ndarray) -> list[int]:
    return [int((one > 0.1).sum()) for one in kl]


def test_the_library_has_what_came_before_the_first_moment_in_memory(tmp_path: Path) -> None:
    folder = MomentFolder(tmp_path)
    in_library(folder, 10, 20, 60, 200)
    steps, kl = UnitHistory().of(looked_at(4, in_memory(2, 50), in_memory(3, 70), kept=folder), unheard)
    assert steps == (10, 20, 50, 70, 100)
    assert in_use(kl) == [5, 5, 3, 2, 1]


def test_the_last_is_of_the_same_images_as_those_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unit_history, "IMAGES", 3)
    _, kl = UnitHistory().of(looked_at(2, in_memory(2, 50)), unheard)
    np.testing.assert_allclose(kl[0], kl[1], rtol=1e-5)


def test_a_moment_that_is_damaged_gone_or_of_another_layer_is_passed_over(tmp_path: Path) -> None:
    folder = MomentFolder(tmp_path)
    in_library(folder, 10, 20)
    in_library(folder, 30, depth=3)
    folder.looked_at()[10].write_bytes(b"damaged")
    assert UnitHistory().of(looked_at(0, kept=folder), unheard)[0] == (20, 100)


def test_a_moment_is_measured_once_however_many_come_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def measured(_model: object, one: object, _images: object) -> np.ndarray:
        asked.append(one)
        return np.zeros(5)

    monkeypatch.setattr(unit_history, "_measured", measured)
    earlier = [in_memory(0, step) for step in range(90)]
    history = UnitHistory()
    for count in range(1, 91):
        steps, kl = history.of(looked_at(4, *earlier[:count]), unheard)
        assert len(steps) == len(kl) <= MOMENTS + 1
        assert list(steps) == sorted(steps)
    assert len(asked) <= 65


def test_a_run_that_is_opened_from_the_library_has_its_moments_and_the_step_that_it_ended_at(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aestudio.core.training.moment.AHEAD", 1e9)
    run = recipes.find("vae").run().with_value("data.kind", "digits").with_value("epochs", 1)
    for _ in fit_and_keep(run, run.data.load(), folder=folders.library()):
        pass
    ready(studio.document)
    studio.document.kept.open_run(1)
    until(lambda: studio.document.preview is not None, studio.document)
    subject = subject_of(present(studio.document.preview), studio.document.dataset, studio.document)
    steps, kl = UnitHistory().of(subject, unheard)
    assert steps[0] == 0
    assert steps[-1] == subject.ended == present(studio.document.timeline.step)
    assert len(steps) > 5
    assert np.isfinite(kl).all()
    assert UnitHistory().of(replace(subject, kept=None), unheard)[0] == (subject.ended,)
