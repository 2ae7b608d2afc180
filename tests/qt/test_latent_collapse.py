"""The panel Collapse of the page Latent: what it shows of a collapsed code, over time, and what its buttons do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from aestudio.core.library.moments import MomentFolder
from aestudio.core.model.trained import Model
from aestudio.core.run.events import Preview
from aestudio.core.run.run import Run
from aestudio.core.training.moment import Moment
from aestudio.qt.pages.latent.page import LatentPage
from aestudio.qt.pages.latent.panels.collapse import CollapsePanel
from aestudio.studio.inspect.examined import Examined
from tests.core.probing import images, model
from tests.core.test_collapse import model_of, run_of
from tests.qt.inspecting import subject
from tests.qt.test_latent_page import opened

STRONG = run_of(40.0, loss={"kind": "cross-entropy"})


@pytest.fixture
def page(qtbot: QtBot) -> LatentPage:
    made = opened(qtbot)
    made.choose(CollapsePanel)
    made.document.set_run(STRONG)
    made.document.listen(made.read)
    made.attach(made.document)
    return made


def moment(run: Run, silent: int, step: int) -> Preview:
    few = np.zeros((1, 1, 8, 8), np.float32)
    flat = np.zeros((1, 5), np.float32)
    weights = model_of(run, silent).module.snapshot()
    return Preview(step, "end to end", few, few, few, flat, flat, 1, run, weights)


def kept(run: Run, silent: int, step: int) -> Moment:
    return Moment(run, (1, 8, 8), step, "end to end", model_of(run, silent).module.snapshot())


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
    panel = shown(qtbot, page, looked_at(4))
    first, second = panel.buttons
    assert (first.text(), second.isVisible()) == ("Set β to 1", True)
    qtbot.mouseClick(first, Qt.MouseButton.LeftButton)
    assert page.document.run.value("penalties.kl-to-prior.weight") == 1.0
    assert page.studio.news() == ["The setting is changed; train again to see what it does."]  # type: ignore[attr-defined]
    assert first.toolTip() == "It is set so already"
    assert not first.isEnabled()
    page.document.undo()
    assert page.document.run.value("penalties.kl-to-prior.weight") == 40.0
    assert first.isEnabled()


def test_what_the_document_refuses_is_not_said_to_be_changed(
    qtbot: QtBot, page: LatentPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = shown(qtbot, page, looked_at(4))
    monkeypatch.setattr(page.document, "set_value", lambda _path, _value: None)
    qtbot.mouseClick(panel.buttons[0], Qt.MouseButton.LeftButton)
    assert page.studio.news() == []  # type: ignore[attr-defined]


def test_settings_without_the_penalty_have_no_button_and_those_with_it_have(qtbot: QtBot, page: LatentPage) -> None:
    panel = shown(qtbot, page, looked_at(4))
    page.document.set_run(Run.from_settings({"network": {"kind": "mlp", "widths": [4]}}))
    assert not any(button.isVisible() for button in panel.buttons)
    page.document.set_run(STRONG)
    assert all(button.isVisible() for button in panel.buttons)


def test_while_training_only_what_may_change_then_can_be_pressed(qtbot: QtBot, page: LatentPage) -> None:
    panel = shown(qtbot, page, looked_at(4))
    page.set_running(True)
    assert [button.isEnabled() for button in panel.buttons] == [True, False]
    assert panel.buttons[1].toolTip() == "Only once the training has stopped"
    page.set_running(False)
    assert panel.buttons[1].isEnabled()


def test_of_a_single_moment_units_stand_beside_each_other(qtbot: QtBot, page: LatentPage) -> None:
    panel = shown(qtbot, page, replace(looked_at(4), opened=True, step=0))
    assert panel.sentence.text().startswith("4 of 5 units carry nothing: β is too strong")
    assert panel.plot.axes.bottom == "unit"
    assert sorted((line.role, *line.x.tolist()) for line in panel.plot.lines()) == [
        (str(unit), float(unit)) for unit in range(5)
    ]
    shown(qtbot, page, looked_at(4, moment(STRONG, 0, 10)))
    assert panel.plot.axes.bottom == "step"


def test_a_kept_run_shows_the_kl_since_its_first_moment(qtbot: QtBot, page: LatentPage, tmp_path: Path) -> None:
    folder = MomentFolder(tmp_path)
    for step in (10, 50):
        folder.add(kept(STRONG, silent=0, step=step))
    panel = shown(qtbot, page, replace(looked_at(4), opened=True, step=0, ended=100, kept=folder))
    assert panel.plot.axes.bottom == "step"
    assert [list(line.x) for line in panel.plot.lines()] == [[10, 50, 100]] * 5
    assert panel.caption.text().endswith("above 0.01.")


def test_why_there_is_a_single_moment_is_said(qtbot: QtBot, page: LatentPage, tmp_path: Path) -> None:
    file = replace(looked_at(4), opened=True, step=0, ended=100)
    assert "A model file keeps no earlier moments" in shown(qtbot, page, file).caption.text()
    run = replace(file, kept=MomentFolder(tmp_path))
    assert "No earlier moment of this training is kept" in shown(qtbot, page, run).caption.text()
    untrained = replace(looked_at(4), step=0)
    assert shown(qtbot, page, untrained).caption.text().endswith("above 0.01.")


def test_next_to_nothing_is_drawn_as_next_to_nothing(qtbot: QtBot, page: LatentPage) -> None:
    panel = shown(qtbot, page, looked_at(5))
    assert max(float(line.y.max()) for line in panel.plot.lines()) < 0.01
    assert panel.plot.view_range()[3] == pytest.approx(0.1)


def test_before_the_first_step_of_a_training_nothing_is_blamed(qtbot: QtBot, page: LatentPage) -> None:
    panel = shown(qtbot, page, replace(looked_at(4), step=0))
    assert panel.sentence.text() == "Nothing is trained yet: what units carry now is by chance."
    assert not any(button.isVisible() for button in panel.buttons)


def test_a_code_in_use_has_no_buttons(qtbot: QtBot, page: LatentPage) -> None:
    panel = shown(qtbot, page, looked_at(0))
    assert not any(button.isVisible() for button in panel.buttons)


def test_a_code_without_a_prior_has_no_such_tab(qtbot: QtBot, page: LatentPage) -> None:
    plain: Model = model({"kind": "linear", "code_size": 4})
    assert not CollapsePanel.suits(subject(plain))
    assert CollapsePanel.suits(looked_at(1))
