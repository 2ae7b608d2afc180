"""The same held-out images through several runs."""

from __future__ import annotations

import numpy as np
import torch
from PySide6.QtCore import QPoint
from pytestqt.qtbot import QtBot

from aestudio.core.data.dataset import to_float
from aestudio.core.ground.decibels import psnr
from aestudio.core.library.catalogue import Library
from aestudio.qt import theme
from aestudio.qt.pages.runs.page import RunsPage
from aestudio.qt.pages.runs.pictures import RunPictures
from aestudio.studio.runs.tried_run import SHOWN
from tests.many_runs import fill
from tests.present import present
from tests.trained_runs import train


def show(qtbot: QtBot, page: RunsPage, library: Library, numbers: list[int]) -> RunPictures:
    """The page's pictures by some runs, chosen one after the other, when all are computed or refused."""
    page.set_library(library)
    for count in range(1, len(numbers) + 1):
        page.table.choose(numbers[:count])
    page.details.tabs.setCurrentWidget(page.details.pictures)
    pictures = page.details.pictures
    qtbot.waitUntil(
        lambda: len(pictures.tried) + len(pictures.refused) == len(numbers) and not pictures.reader.busy,
    )
    return pictures


def titles(pictures: RunPictures) -> list[str]:
    return [strip.title for strip in pictures.grid.strips()]


def test_reconstructions_are_those_of_the_model_on_the_first_runs_held_out_images(
    qtbot: QtBot, runs_page: RunsPage, library: Library
) -> None:
    first, second = train(library, "First"), train(library, "Second", {"seed": 7})
    pictures = show(qtbot, runs_page, library, [first, second])
    strips = pictures.grid.strips()
    samples = library.samples(first)
    assert samples is not None
    originals = to_float(samples[:SHOWN])
    assert titles(pictures) == ["Original", f"#{first} First", f"#{second} Second"]
    np.testing.assert_array_equal(strips[0].images, originals.numpy())
    for number, strip in zip((first, second), strips[1:], strict=True):
        _, _, made = library.model(number).model().try_on(originals, library.summary(first).seed)
        torch.testing.assert_close(torch.from_numpy(strip.images), made, rtol=0, atol=0)
        assert strip.caption == f"{psnr(float((made - originals).square().mean())):.2f} dB"


def test_what_a_run_corrupts_is_shown_as_its_encoder_gets_it(
    qtbot: QtBot, runs_page: RunsPage, library: Library
) -> None:
    plain, noisy = train(library, "Plain"), train(library, "Noisy", {"corruption": "gaussian"})
    pictures = show(qtbot, runs_page, library, [plain, noisy])
    assert titles(pictures) == ["Original", f"#{plain} Plain", "Corrupted", f"#{noisy} Noisy"]
    strip = pictures.grid.strips()[2]
    assert strip.caption == f"for #{noisy}"
    originals = to_float(present(library.samples(plain))[:SHOWN])
    corrupted, _, _ = library.model(noisy).model().try_on(originals, library.summary(plain).seed)
    np.testing.assert_array_equal(strip.images, corrupted.numpy())
    assert strip.colour == theme.current().series[1]


def test_a_run_on_images_of_another_size_is_named_in_words(qtbot: QtBot, runs_page: RunsPage, library: Library) -> None:
    small, large = train(library, "Small"), train(library, "Large", shape=(3, 12, 10))
    pictures = show(qtbot, runs_page, library, [small, large])
    assert titles(pictures) == ["Original", f"#{small} Small"]
    assert pictures.problems() == ("“Large” takes images of 10 × 12 px, colour; these are 8 × 8 px, grey.")


def test_a_run_that_has_left_no_model_is_named_in_words(qtbot: QtBot, runs_page: RunsPage, library: Library) -> None:
    small = train(library, "Small")
    fill(library, 1)
    library.write([2], shape="[1, 8, 8]", title="Never saved")
    pictures = show(qtbot, runs_page, library, [small, 2])
    assert titles(pictures) == ["Original", f"#{small} Small"]
    assert "Never saved" in pictures.problems()
    assert "left no model" in pictures.problems()


def test_without_any_model_a_sentence_stands_in_for_the_pictures(
    qtbot: QtBot, runs_page: RunsPage, library: Library
) -> None:
    fill(library, 1)
    pictures = show(qtbot, runs_page, library, [1])
    assert pictures.said.text() == "There is no model to try"
    assert pictures.problems()


def test_pictures_are_computed_again_only_when_a_run_has_gone_on(
    qtbot: QtBot, runs_page: RunsPage, library: Library
) -> None:
    number = train(library)
    pictures = show(qtbot, runs_page, library, [number])
    tried = pictures.tried[number]
    library.annotate(number, "a note changes no picture")
    runs_page.refresh()
    assert pictures.asked
    assert not pictures.reader.busy
    assert pictures.tried[number] is tried
    library.write([number], step=99)
    runs_page.refresh()
    qtbot.waitUntil(lambda: pictures.tried[number] is not tried)


def test_titles_stay_in_sight_while_the_images_scroll(qtbot: QtBot, runs_page: RunsPage, library: Library) -> None:
    pictures = show(qtbot, runs_page, library, [train(library)])
    grid = pictures.grid
    runs_page.resize(1212, 500)
    head = grid.head() - 4
    before = grid.viewport().grab().toImage()
    assert grid.verticalScrollBar().maximum() > 0
    grid.verticalScrollBar().setValue(grid.verticalScrollBar().maximum())
    after = grid.viewport().grab().toImage()
    assert before.copy(0, 0, before.width(), head) == after.copy(0, 0, after.width(), head)
    assert before != after
    assert "Original" in grid.accessibleDescription()


def test_many_columns_scroll_sideways(qtbot: QtBot, runs_page: RunsPage, library: Library) -> None:
    numbers = [train(library, said={"seed": seed}) for seed in range(8)]
    pictures = show(qtbot, runs_page, library, numbers)
    assert len(pictures.grid.strips()) == 9
    assert pictures.grid.horizontalScrollBar().maximum() > 0
    pictures.grid.horizontalScrollBar().setValue(pictures.grid.horizontalScrollBar().maximum())
    assert f"#{numbers[-1]}" in pictures.grid.tip_at(pictures.grid.viewport().rect().topRight() - QPoint(20, 0))
