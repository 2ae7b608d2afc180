"""Back in time: moments in memory and in the library are shown, and a training leaves itself at one of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aestudio.core.ground import folders
from aestudio.core.library.keeping import fit_and_keep
from aestudio.core.library.moments import MomentFolder
from aestudio.core.run import recipes
from aestudio.core.run.events import Finished, Preview, Progress, Started
from aestudio.core.run.run import Run
from aestudio.core.training.controls import Controls
from aestudio.studio.document import Document
from aestudio.studio.events import Branching, MomentShown, Notice
from aestudio.studio.notice import Failed, Noted
from aestudio.studio.status import State
from aestudio.studio.studio import Studio
from aestudio.studio.timeline import Timeline
from tests.studio.heard import Heard, ready, rest
from tests.studio.waiting import until


def short() -> Run:
    return recipes.find("sparse-kl").run().with_value("network.widths", [8]).with_value("epochs", 2)


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run 1 of the library: 44 steps, with every moment that is wanted, however slow the disk is."""
    monkeypatch.setattr("aestudio.core.training.moment.AHEAD", 1e9)
    run = short()
    for event in fit_and_keep(run, run.data.load(), folder=folders.library()):
        assert not isinstance(event, Finished) or event.reason == "completed"


def opened(studio: Studio) -> Heard:
    """With run 1 opened."""
    heard = ready(studio.document)
    studio.document.kept.open_run(1)
    until(lambda: studio.document.preview is not None, studio.document)
    return heard


def line(studio: Studio) -> Timeline:
    return studio.document.timeline


def step_of(document: Document) -> int:
    assert document.preview is not None
    return document.preview.step


def bits(preview: Preview) -> dict[str, bytes]:
    return {name: tensor.numpy().tobytes() for name, tensor in preview.weights.items()}


def test_a_document_without_a_model_has_no_moments(studio: Studio) -> None:
    ready(studio.document)
    assert line(studio).steps == ()
    assert line(studio).step is None
    assert not line(studio).can_branch
    line(studio).go(3)
    line(studio).play()
    assert not line(studio).playing


@pytest.mark.usefixtures("kept")
def test_a_kept_run_is_gone_through_from_its_first_to_its_newest_moment(studio: Studio) -> None:
    heard = opened(studio)
    document, kept = studio.document, line(studio)
    assert kept.steps[0] == 0
    assert kept.steps[-1] == 44
    assert kept.is_newest
    newest = document.preview
    assert newest is not None
    kept.go(0)
    assert document.preview is not newest
    assert document.preview is not None
    assert step_of(document) == 0
    assert heard.of(MomentShown)[-1].moment is not None
    kept.by(1)
    assert step_of(document) == kept.steps[1] == kept.step
    kept.go(len(kept.steps) - 1)
    assert kept.is_newest
    assert document.preview is newest
    assert heard.of(MomentShown)[-1].moment is None


@pytest.mark.usefixtures("kept")
def test_a_moment_of_the_library_has_its_weights_settings_and_scores(studio: Studio) -> None:
    opened(studio)
    document = studio.document
    place = line(studio).steps.index(22)
    line(studio).go(place)
    library = studio.shelf.library
    assert library is not None
    found = MomentFolder(library.files(1)).read(22)
    assert document.preview is not None
    assert bits(document.preview) == {name: one.numpy().tobytes() for name, one in found.weights.items()}
    assert document.preview.run == found.run
    assert document.shown.scores == library.curves(1).scores_at(22)
    assert document.shown.scores
    file = document.shown.file()
    assert file is not None
    assert file.curves.steps[-1] == 22


def test_the_moments_of_a_training_under_way_are_gone_through_while_it_goes_on(studio: Studio) -> None:
    document = studio.document
    ready(document)
    document.train()
    until(lambda: len(line(studio).steps) > 3, document)
    line(studio).go(1)
    shown = step_of(document)
    reached = line(studio).steps[-1]
    until(lambda: line(studio).steps[-1] > reached, document)
    assert step_of(document) == shown
    assert document.status.state is State.TRAINING
    line(studio).follow()
    assert line(studio).is_newest
    rest(document)
    assert line(studio).steps[0] == 0
    assert line(studio).steps[1] == 1  # the library has kept more of the first than memory has


@pytest.mark.usefixtures("kept")
def test_a_film_shows_every_moment_once_and_stops_at_the_newest(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aestudio.studio.timeline.FRAME_SECONDS", 0.0)
    heard = opened(studio)
    heard.clear()
    line(studio).play()
    assert line(studio).playing
    assert studio.document.busy
    until(lambda: not line(studio).playing, studio.document)
    shown = [event.moment.step for event in heard.of(MomentShown) if event.moment is not None]
    assert sorted(set(shown)) == [*line(studio).steps[:-1]]
    assert shown == sorted(shown)
    assert line(studio).is_newest


@pytest.mark.usefixtures("kept")
def test_a_film_is_stopped_where_it_is(studio: Studio) -> None:
    opened(studio)
    line(studio).play()
    line(studio).by(5)
    line(studio).play()
    assert not line(studio).playing
    assert line(studio).step == line(studio).steps[5]


@pytest.mark.usefixtures("kept")
def test_a_moment_that_is_gone_from_the_disk_is_told_in_words(studio: Studio) -> None:
    heard = opened(studio)
    library = studio.shelf.library
    assert library is not None
    (MomentFolder(library.files(1)).path / "step-000000005.moment").unlink()
    told: list[object] = []
    studio.listen(told.append)
    line(studio).go(line(studio).steps.index(5))
    assert [one for one in told if isinstance(one, Failed) and "cannot be read" in one.sentence]
    assert line(studio).is_newest
    assert heard


# -- branches ----------------------------------------------------------------------------------------------------------


def branched(studio: Studio, heard: Heard) -> int:
    """Branches at the moment that is shown, and waits until the branch is opened."""
    line(studio).branch()
    until(lambda: not line(studio).branching, studio.document)
    assert [event for event in heard.of(Noted) if "Branched at step" in event.sentence], heard.of(Failed)
    number = studio.document.shown.number
    assert number is not None
    return number


@pytest.mark.usefixtures("kept")
def test_a_branch_of_a_kept_run_is_opened_and_goes_on_with_what_is_changed(studio: Studio) -> None:
    heard = opened(studio)
    document, run = studio.document, short().with_value("kl-sparsity.weight", 3.0)
    line(studio).go(line(studio).steps.index(13))
    number = branched(studio, heard)
    assert number == 2
    assert line(studio).steps == tuple(range(14))
    assert line(studio).is_newest
    assert heard.of(Branching)[-1].step is None
    document.set_value("kl-sparsity.weight", 3.0)
    assert document.status.can_continue
    document.kept.continue_run(number)
    until(lambda: bool(heard.of(Started)), document)
    until(lambda: document.status.state is State.READY, document)
    (begun,) = heard.of(Started)
    assert begun.resumed_at == 13
    assert document.shown.newest is not None
    assert bits(document.shown.newest) == directly(run, 13)


def directly(run: Run, step: int) -> dict[str, bytes]:
    """The weights at the end of a training that took another way after so many steps."""
    controls = Controls(paused=True)
    for _ in range(step):
        controls.step()
    end: Finished | None = None
    for event in fit_and_keep(short(), run.data.load(), controls, folder=folders.library()):
        if isinstance(event, Progress) and event.first_step + len(event.terms) - 1 == step:
            controls.use(run)
            controls.resume()
        end = event if isinstance(event, Finished) else end
    assert end is not None
    assert end.weights is not None
    return {name: tensor.numpy().tobytes() for name, tensor in end.weights.items()}


def test_a_branch_of_a_training_under_way_ends_that_and_leaves_it_in_the_library(studio: Studio) -> None:
    document = studio.document
    heard = ready(document)
    document.train()
    until(lambda: len(line(studio).steps) > 4, document)
    line(studio).go(2)
    step = step_of(document)
    assert branched(studio, heard) == 2
    assert document.status.state is State.READY
    library = studio.shelf.library
    assert library is not None
    first, second = library.summary(1), library.summary(2)
    assert (first.state, second.state) == ("stopped", "stopped")
    assert second.step == step
    assert first.step > step


@pytest.mark.usefixtures("kept")
def test_a_branch_that_is_given_up_leaves_what_was_shown(studio: Studio) -> None:
    heard = opened(studio)
    line(studio).go(3)
    line(studio).branch()
    line(studio).cancel()
    until(lambda: not line(studio).branching, studio.document)
    assert heard.of(Branching)[-1].step is None
    assert not heard.of(Failed)
    assert studio.document.shown.number == 1


def test_nothing_can_be_branched_where_nothing_is_kept(studio: Studio) -> None:
    heard = ready(studio.document)
    line(studio).branch()
    assert "no moment of a kept run" in heard.of(Failed)[-1].sentence


def test_a_training_goes_on_where_no_checkpoint_is_left_to_branch_from(studio: Studio) -> None:
    document = studio.document
    ready(document)
    document.train()
    until(lambda: len(line(studio).steps) > 3 and document.shown.number is not None, document)
    line(studio).go(1)
    library, number = studio.shelf.library, document.shown.number
    assert library is not None
    assert number is not None
    for file in library.files(number).rglob("*.checkpoint"):
        file.unlink()
    told: list[Notice] = []
    studio.listen(told.append)
    line(studio).branch()
    assert "keeps no checkpoint of step" in told[-1].sentence
    assert not line(studio).branching
    assert document.status.state is State.TRAINING


@pytest.mark.usefixtures("kept")
def test_a_moment_that_is_gone_is_told_once_and_passed_over(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aestudio.studio.timeline.FRAME_SECONDS", 0.0)
    opened(studio)
    told: list[Notice] = []
    studio.listen(told.append)
    library = studio.shelf.library
    assert library is not None
    gone = line(studio).steps[3]
    MomentFolder(library.files(1))._file(gone, ".moment").unlink()
    line(studio).play()
    until(lambda: not line(studio).playing, studio.document)
    assert line(studio).is_newest
    assert gone not in line(studio).steps
    assert len(told) == 1


@pytest.mark.usefixtures("kept")
def test_a_model_that_is_saved_at_its_first_moment_says_so(studio: Studio) -> None:
    opened(studio)
    line(studio).go(0)
    file = studio.document.shown.file()
    assert file is not None
    assert file.facts["steps"] == "0"


# -- a film ------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("kept")
def test_a_film_is_written_with_a_frame_for_each_moment(studio: Studio, tmp_path: Path) -> None:
    heard = opened(studio)
    line(studio).save_film(tmp_path / "film.gif")
    assert not line(studio).can_save_film
    until(lambda: not line(studio).busy, studio.document)
    assert [event for event in heard.of(Noted) if "frames" in event.sentence], heard.of(Failed)
    with Image.open(tmp_path / "film.gif") as film:
        assert film.n_frames == 45  # type: ignore[attr-defined]
        first = np.asarray(film.convert("RGB"))
        film.seek(44)
        assert not np.array_equal(first, np.asarray(film.convert("RGB")))


def test_without_moments_there_is_no_film(studio: Studio, tmp_path: Path) -> None:
    heard = ready(studio.document)
    line(studio).save_film(tmp_path / "film.gif")
    assert "no moments of a kept run" in heard.of(Failed)[-1].sentence
    assert not list(tmp_path.glob("*.gif"))


@pytest.mark.usefixtures("kept")
def test_a_film_that_cannot_be_written_is_told(studio: Studio, tmp_path: Path) -> None:
    heard = opened(studio)
    line(studio).save_film(tmp_path / "nowhere" / "film.gif")
    until(lambda: not line(studio).busy, studio.document)
    assert "could not be written" in heard.of(Failed)[-1].sentence
