"""The panel Collapse of the page Latent: what it shows of a collapsed code, over time, and what its buttons do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from aestudio.core.model.trained import Model
from aestudio.core.run.events import Preview
from aestudio.core.run.run import Run
from aestudio.qt.pages.latent.page import LatentPage
from aestudio.qt.pages.latent.panels.collapse import CollapsePanel
from aestudio.studio.inspect.examined import Examined
from tests.core.probing import images, model
from tests.core.test_collapse import model_of, run_of
from tests.qt.inspecting import subject
from tests.qt.listening import Alone

STRONG = run_of(40.0, loss={"kind": "cross-entropy"})


def closed(page: LatentPage) -> None:
    assert page.shut(60)


@pytest.fixture
def page(qtbot: QtBot) -> LatentPage:
    made = LatentPage(Alone())
    qtbot.addWidget(made, before_close_func=closed)
    made.resize(1100, 700)
    with qtbot.waitExposed(made):
        made.show()
    made.choose(CollapsePanel)
    return made


def moment(run: Run, silent: int, step: int) -> Preview:
    few = np.zeros((1, 1, 8, 8), np.float32)
    flat = np.zeros((1, 5), np.float32)
    weights = model_of(run, silent).module.snapshot()
    return Preview(step, "end to end", few, few, few, flat, flat, 1, run, weights)


def looked_at(silent: int, *earlier: Preview, run: Run = STRONG) -> Examined:
    return replace(subject(model_of(run, silent), images(40, (1, 8, 8)), step=100), earlier=earlier)


def shown(qtbot: QtBot, page: LatentPage, examined: Examined) -> CollapsePanel:
    page.set_subject(examined)
    qtbot.waitUntil(lambda: page.measured is not None and page.measured[1] is examined and not page.observer.busy)
    assert isinstance(page.panel, CollapsePanel)
    return page.panel


def test_a_collapsed_code_is_said_with_its_numbers_and_the_kl_of_every_unit_since_the_first_moment_kept(
    qtbot: QtBot, page: LatentPage
) -> None:
    panel = shown(qtbot, page, looked_at(4, moment(STRONG, 0, 10), moment(STRONG, 2, 50)))
    assert panel.sentence.text().startswith("4 of 5 units carry nothing: β is too strong")
    assert panel.active.value() == "1 of 5"
    assert panel.counts.value() == "40"
    assert panel.nats.value().endswith("nats")
    lines = panel.plot.lines()
    assert [list(line.x) for line in lines] == [[10, 50, 100]] * 5
    assert sorted(len(line.y[line.y > 0.1]) for line in lines) == [1, 1, 2, 2, 3]


def test_the_button_changes_the_setting_of_the_document_and_undo_takes_it_back(qtbot: QtBot, page: LatentPage) -> None:
    page.document.set_run(STRONG)
    panel = shown(qtbot, page, looked_at(4))
    first, second = panel.buttons
    assert (first.text(), second.isVisible()) == ("Set β to 1", True)
    qtbot.mouseClick(first, Qt.MouseButton.LeftButton)
    assert page.document.run.value("penalties.kl-to-prior.weight") == 1.0
    page.document.undo()
    assert page.document.run.value("penalties.kl-to-prior.weight") == 40.0


def test_while_training_only_what_may_change_then_can_be_pressed(qtbot: QtBot, page: LatentPage) -> None:
    panel = shown(qtbot, page, looked_at(4))
    page.set_running(True)
    assert [button.isEnabled() for button in panel.buttons] == [True, False]
    assert panel.buttons[1].toolTip() == "Only once the training has stopped"
    page.set_running(False)
    assert panel.buttons[1].isEnabled()


def test_a_code_in_use_has_no_buttons(qtbot: QtBot, page: LatentPage) -> None:
    panel = shown(qtbot, page, looked_at(0))
    assert not any(button.isVisible() for button in panel.buttons)


def test_a_code_without_a_prior_has_no_such_tab(qtbot: QtBot, page: LatentPage) -> None:
    plain: Model = model({"kind": "linear", "code_size": 4})
    assert not CollapsePanel.suits(subject(plain))
    assert CollapsePanel.suits(looked_at(1))
