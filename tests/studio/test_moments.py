"""Older moments of a training are shown while it goes on."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aestudio.core.run.events import Finished, Preview, Started
from aestudio.core.training.every import Every
from aestudio.studio import trial
from aestudio.studio.document import Document
from aestudio.studio.events import ImagesTried, MomentShown, SnapshotsChanged
from aestudio.studio.keeping import Keeping
from aestudio.studio.notice import Failed
from aestudio.studio.own_images import OwnImage
from aestudio.studio.snapshots import Snapshot
from aestudio.studio.status import State
from aestudio.studio.studio import Studio
from tests.studio.heard import Heard, ready, rest
from tests.studio.waiting import until


def kept(document: Document) -> tuple[Snapshot, ...]:
    return document.shown.snapshots.kept


def newest(document: Document) -> Preview:
    assert document.shown.newest is not None
    return document.shown.newest


def begin(document: Document, *others: Document, snapshots: int = 4) -> None:
    """Trains until there are so many snapshots."""
    for one in (document, *others):
        one.train()
    until(lambda: all(len(kept(one)) >= snapshots for one in (document, *others)), document, *others)


@pytest.fixture
def heard(studio: Studio) -> Heard:
    return ready(studio.document)


@pytest.fixture
def document(studio: Studio, heard: Heard) -> Document:
    return studio.document


def test_an_older_moment_is_shown_while_the_training_goes_on(document: Document, heard: Heard) -> None:
    begin(document)
    moment = kept(document)[1]
    document.show(moment)
    told = len(heard)
    reached = newest(document).step
    until(lambda: newest(document).step > reached and len(kept(document)) > 6, document)
    assert document.status.state is State.TRAINING
    assert document.preview is moment.preview
    assert not [event for event in heard[told:] if isinstance(event, Preview)]
    assert [event for event in heard[told:] if isinstance(event, SnapshotsChanged)]
    rest(document)
    assert document.preview is moment.preview  # the end of the training does not take it away
    assert heard.of(Finished)


def test_readers_are_told_the_older_moment_and_then_the_newest_again(document: Document, heard: Heard) -> None:
    begin(document)
    moment = kept(document)[0]
    document.show(moment)
    assert heard.of(MomentShown)[-1].moment is moment
    assert heard.of(Preview)[-1] is moment.preview
    assert heard.index(heard.of(MomentShown)[-1]) < len(heard) - 1 - heard[::-1].index(moment.preview)
    until(lambda: newest(document).step > kept(document)[3].step, document)
    document.follow()
    assert heard.of(MomentShown)[-1].moment is None
    assert heard.of(Preview)[-1] is newest(document) is document.preview
    reached = newest(document).step
    until(lambda: heard.of(Preview)[-1].step > reached, document)
    rest(document)


def test_two_documents_train_at_once_and_one_shows_an_older_moment(studio: Studio) -> None:
    first, second = studio.document, studio.add()
    ready(first)
    ready(second)
    begin(first, second)
    moment = kept(first)[1]
    first.show(moment)
    reached = [newest(first).step, newest(second).step]
    until(
        lambda: newest(first).step > reached[0] and newest(second).step > reached[1],
        first,
        second,
    )
    assert first.preview is moment.preview
    assert second.preview is newest(second)
    assert first.status.state is second.status.state is State.TRAINING
    first.follow()
    assert first.preview is newest(first)
    assert {id(one) for one in kept(first)}.isdisjoint(id(one) for one in kept(second))
    for document in (first, second):
        rest(document)


def test_what_an_older_moment_does_is_that_of_its_step_to_the_last_bit(studio: Studio, tmp_path: Path) -> None:
    first = studio.document
    ready(first)
    begin(first)
    moment = kept(first)[2]
    first.show(moment)
    reached = newest(first).step
    until(lambda: newest(first).step > reached, first)
    first.kept.save(tmp_path / "older.safetensors")
    rest(first)
    second = studio.add()
    assert second.kept.open(tmp_path / "older.safetensors")
    until(lambda: second.dataset is not None and second.preview is not None, second)
    assert second.preview is not None
    for name in ("original", "corrupted", "reconstructed", "hidden", "code"):
        assert getattr(second.preview, name).tobytes() == getattr(moment.preview, name).tobytes(), name
    assert second.shown.scores == moment.scores
    assert second.shown.curves.steps[-1] == moment.step  # and nothing of what came later


def test_of_several_images_a_large_network_takes_as_many_as_a_window_can_wait_for(
    document: Document, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(document)
    rest(document)
    own = [OwnImage(f"{grey}", np.full((8, 8, 1), grey / 4, np.float32)) for grey in range(4)]
    document.shown.try_images(own)
    assert len(heard.of(ImagesTried)[-1].images) == 4
    monkeypatch.setattr(trial, "WORK", 2.5 * document.shown._trial.model(newest(document)).module.work())
    document.shown.try_again()
    tried = heard.of(ImagesTried)[-1].images
    assert [one.name for one in tried] == ["0", "1"]
    assert tried[0].fitted == "2 of 4 images, as the network is large"
    assert document.shown.own_shown == 2


def test_own_images_go_through_each_model_of_a_training_in_the_background(
    document: Document, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(document)
    document.shown.try_images([OwnImage("grey", np.full((8, 8, 1), 0.5, np.float32))])
    threads: list[threading.Thread] = []
    honest = trial.Trial.images

    def images(self: trial.Trial, *given: Any) -> Any:
        threads.append(threading.current_thread())
        return honest(self, *given)

    monkeypatch.setattr(trial.Trial, "images", images)
    told = len(heard.of(ImagesTried))
    until(lambda: len(heard.of(ImagesTried)) >= told + 3, document)
    assert threading.main_thread() not in threads
    first, last = heard.of(ImagesTried)[told], heard.of(ImagesTried)[-1]
    assert first.images[0].code is not None
    assert last.images[0].code is not None
    assert not np.array_equal(first.images[0].code, last.images[0].code)
    rest(document)


def test_images_that_are_put_away_while_they_go_through_a_model_are_not_shown(
    document: Document, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(document)
    document.shown.try_images([OwnImage("grey", np.full((8, 8, 1), 0.5, np.float32))])
    went, go_on = threading.Event(), threading.Event()
    honest = trial.Trial.images

    def images(self: trial.Trial, *given: Any) -> Any:
        went.set()
        assert go_on.wait(60)
        return honest(self, *given)

    monkeypatch.setattr(trial.Trial, "images", images)
    until(went.is_set, document)
    document.shown.put_images_away()
    go_on.set()
    until(lambda: not document.shown.busy, document)
    assert heard.of(ImagesTried)[-1].images == ()
    rest(document)


def test_of_a_large_own_image_no_more_is_kept_than_models_need() -> None:
    rows, columns = np.mgrid[:1100, :1300]
    pixels = np.stack([rows / 1100, columns / 1300, rows * columns / 1_430_000], axis=2).astype(np.float32)
    own = OwnImage("large", pixels)
    first = own.fitted((3, 32, 32))
    assert own.pixels.shape == (1024, 1210, 3)
    assert (own.height, own.width) == (1100, 1300)
    whole = OwnImage("whole", pixels)
    assert np.array_equal(first, whole.fitted((3, 32, 32)))
    later = own.fitted((3, 48, 48))
    assert np.abs(later.numpy() - OwnImage("again", pixels).fitted((3, 48, 48)).numpy()).max() <= 2 / 255


def test_an_own_image_is_fitted_once_for_each_of_two_models() -> None:
    own = OwnImage("grey", np.full((20, 20, 1), 0.5, np.float32))
    first, other = own.fitted((1, 8, 8)), own.fitted((3, 12, 12))
    assert own.fitted((1, 8, 8)) is first
    assert own.fitted((3, 12, 12)) is other


def test_images_are_tried_and_decoded_by_the_moment_that_is_shown(document: Document, heard: Heard) -> None:
    begin(document)
    document.shown.try_images([OwnImage("grey", np.full((8, 8, 1), 0.5, np.float32))])
    rest(document)
    (by_newest,) = heard.of(ImagesTried)[-1].images
    code = newest(document).code[0]
    image = document.shown.decode(code)
    document.show(kept(document)[0])
    (by_older,) = heard.of(ImagesTried)[-1].images
    assert by_newest.code is not None
    assert by_older.code is not None
    assert not np.array_equal(by_newest.code, by_older.code)
    older = document.shown.decode(code)
    document.follow()
    again = document.shown.decode(code)
    assert image is not None
    assert older is not None
    assert again is not None
    assert image.tobytes() == again.tobytes() != older.tobytes()


def test_the_budget_of_memory_holds_while_a_training_goes_on(studio: Studio, heard: Heard) -> None:
    document = studio.document
    begin(document)
    each = kept(document)[0].size
    studio.keeping = Keeping(snapshots=5 * each)
    told, reached = len(heard), newest(document).step
    until(lambda: newest(document).step > 4 * reached and len(heard) > told + 30, document)
    rest(document)
    sizes = [sum(one.size for one in event.kept) for event in heard[told:] if isinstance(event, SnapshotsChanged)]
    assert max(sizes) <= 5 * each
    assert 2 <= len(kept(document)) <= 5
    assert kept(document)[-1].preview.step == newest(document).step


def test_a_new_training_begins_with_no_older_moments(document: Document, heard: Heard) -> None:
    begin(document)
    document.show(kept(document)[0])
    rest(document)
    document.train()
    assert not kept(document)
    assert document.shown.moment is None
    assert heard.of(MomentShown)[-1].moment is None
    until(lambda: document.preview is not None, document)
    rest(document)


def test_a_training_that_goes_on_keeps_the_moments_before(document: Document, heard: Heard) -> None:
    begin(document)
    rest(document)
    before = kept(document)
    document.kept.continue_run(1)
    until(lambda: len(heard.of(Started)) == 2, document)
    until(lambda: newest(document).step > before[-1].step + 3 if document.shown.newest else False, document)
    assert [one.step for one in before] == [one.step for one in kept(document)][: len(before)]
    rest(document)


def test_a_moment_that_is_not_kept_any_more_is_refused_in_words(document: Document, heard: Heard) -> None:
    begin(document)
    rest(document)
    gone = kept(document)[1]
    document.train()
    until(lambda: document.preview is not None, document)
    document.show(gone)
    assert "not kept in memory" in heard.of(Failed)[-1].sentence
    assert document.preview is document.shown.newest
    rest(document)


def test_units_are_not_drawn_anew_where_an_older_moment_is_looked_at(document: Document, heard: Heard) -> None:
    begin(document)
    document.show(kept(document)[0])
    document.resample([0])
    assert "older moment" in heard.of(Failed)[-1].sentence
    rest(document)


def test_a_new_document_keeps_its_trainings_as_the_others_do(studio: Studio) -> None:
    studio.keeping = Keeping(every=Every(0, 2), snapshots=1000)
    made = studio.add()
    assert made.keeping == studio.document.keeping == studio.keeping
    assert made.shown.snapshots.budget == studio.document.shown.snapshots.budget == 1000
