"""The frame of the page Inspect: when it measures, what it says, and what it leaves alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from aestudio.core.ground.errors import ProbeError, TakesLong
from aestudio.core.ground.reports import Report
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.model.trained import Model
from aestudio.core.run.run import Run
from aestudio.qt import theme
from aestudio.qt.pages.inspect.page import InspectPage
from aestudio.qt.pages.inspect.panels import panels
from aestudio.qt.pages.inspect.panels.filters import FiltersPanel
from aestudio.qt.pages.inspect.panels.spectrum import SpectrumPanel
from aestudio.qt.panel import Measure, Panel
from aestudio.qt.widgets.basics import WIDEST_CARD, StatCard
from aestudio.qt.widgets.scrolled import Scrolled
from aestudio.qt.window import Window
from aestudio.studio.inspect import inspection
from aestudio.studio.inspect import vitals as vital_signs
from aestudio.studio.inspect.examined import Examined
from aestudio.studio.status import State
from tests.qt.inspecting import close, measured, opened, subject
from tests.qt.listening import Alone

SHAPE = (1, 8, 8)


def model(**settings: Any) -> Model:
    run = Run.from_settings({"network": {"kind": "mlp", "widths": [12]}, **settings})
    return Model(run, SHAPE, Autoencoder(run, SHAPE).snapshot())


def test_every_panel_has_a_title_a_tip_and_a_place_of_its_own() -> None:
    found = panels()
    assert len(found) >= 6
    assert len({kind.title for kind in found}) == len({kind.rank for kind in found}) == len(found)
    assert all(kind.tip for kind in found)


def test_without_a_model_the_page_says_what_to_do(qtbot: QtBot) -> None:
    page, _ = opened(qtbot, FiltersPanel)
    assert not page.again.isEnabled()
    for kind in panels():
        page.choose(kind)
        assert page.refusal() == str(inspection.NOTHING)
        assert not page.refused.remedy.isVisible()


def test_the_vital_signs_are_those_of_the_probes(qtbot: QtBot) -> None:
    page, _ = opened(qtbot, FiltersPanel)
    one = subject(model())
    measured(qtbot, page, one)
    found = vital_signs.vitals(one, lambda *_: None)
    assert page.vitals.dead.value() == f"{len(found.dead)} of 12"
    assert found.saturated is not None
    assert page.vitals.saturated.value() == f"{100 * found.saturated:.1f} %"
    assert page.vitals.norm.value() == f"{found.norm.mean:.3g}"


def test_an_unbounded_activation_has_no_saturated_units(qtbot: QtBot) -> None:
    page, _ = opened(qtbot, FiltersPanel)
    measured(qtbot, page, subject(model(network={"kind": "mlp", "widths": [12], "activation": "relu"})))
    assert page.vitals.saturated.value() == "– unbounded"


class Refusing(FiltersPanel):
    """Says no until something else is asked of it."""

    estimates = False

    def measure(self) -> Measure:
        measure = super().measure()

        def taken(subject: Examined, report: Report) -> object:
            if not self.estimates:
                raise TakesLong("That would take 3 days; estimate it instead.")
            return measure(subject, report)

        return taken

    def remedy(self) -> str:
        return "Estimate"

    def apply_remedy(self) -> None:
        self.estimates = True
        self.wanted.emit()


def test_a_refused_measure_explains_itself_and_offers_the_estimate(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aestudio.qt.pages.inspect.page.panels", lambda: [Refusing])
    page, panel = opened(qtbot, Refusing)
    page.set_subject(subject(model()))
    qtbot.waitUntil(lambda: "3 days" in page.refusal())
    assert page.refused.remedy.isVisible()
    page.refused.remedy.setFocus()
    page.refused.remedy.click()
    measured(qtbot, page)
    assert page.refusal() == ""
    assert not page.refused.remedy.isVisible()
    assert page.tabs.hasFocus()  # the keyboard goes to nothing that nobody meant
    assert isinstance(panel, Panel)


def test_a_slow_measure_can_be_cancelled_and_taken_again(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = True

    def endless(self: FiltersPanel) -> Measure:
        def taken(_subject: Examined, report: Report) -> object:
            while slow:
                report("Counting for ever", 0.5)
            raise ProbeError("Counted.")

        return taken

    monkeypatch.setattr(FiltersPanel, "measure", endless)
    page, _ = opened(qtbot, FiltersPanel)
    page.set_subject(subject(model()))
    qtbot.waitUntil(page.line.cancel.isVisible)
    following = QLineEdit(page)
    following.show()
    QWidget.setTabOrder(page.line.cancel, following)
    page.line.cancel.setFocus()
    page.line.cancel.click()
    qtbot.waitUntil(lambda: not page.observer.busy)
    assert page.tabs.hasFocus()
    assert page.refusal().startswith("Cancelled")
    assert page.line.said.text() == ""
    assert not page.line.cancel.isVisible()
    slow = False
    page.again.click()
    qtbot.waitUntil(lambda: page.refusal() == "Counted.")


def test_another_panel_is_measured_when_it_is_chosen(qtbot: QtBot) -> None:
    page, _ = opened(qtbot, FiltersPanel)
    measured(qtbot, page, subject(model()))
    page.choose(SpectrumPanel)
    measured(qtbot, page)
    assert page.measured is not None
    assert isinstance(page.measured[0], SpectrumPanel)


def test_another_panel_of_the_same_snapshot_does_not_take_the_vital_signs_again(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[Examined] = []
    vitals = vital_signs.vitals
    monkeypatch.setattr(vital_signs, "vitals", lambda subject, report: taken.append(subject) or vitals(subject, report))
    page, _ = opened(qtbot, FiltersPanel)
    first, second = subject(model(), step=1), subject(model(), step=2)
    measured(qtbot, page, first)
    page.choose(SpectrumPanel)
    measured(qtbot, page)
    assert taken == [first]
    page.set_subject(second)
    qtbot.waitUntil(lambda: page.measured is not None and page.measured[1] is second)
    assert taken == [first, second]


def test_the_footer_says_whose_model_it_is_and_why_a_slow_one_does_not_follow(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, _ = opened(qtbot, FiltersPanel)
    one = subject(model(title="Mine"))
    measured(qtbot, page, one)
    assert page.line.said.text().startswith("“Mine” · measured at step 1 in ")
    assert "too slow" not in page.line.said.text()
    opened_one = replace(one, step=0, opened=True)
    measured(qtbot, page, opened_one)
    assert page.line.said.text().startswith("“Mine” · measured as opened in ")
    monkeypatch.setattr(inspection, "CHEAP", -1)
    page.set_running(True)
    page.measure()
    qtbot.waitUntil(lambda: "too slow to follow the training" in page.line.said.text())


def test_a_page_that_is_not_shown_measures_nothing(qtbot: QtBot) -> None:
    page, _ = opened(qtbot, FiltersPanel)
    page.hide()
    page.set_subject(subject(model()))
    assert not page.observer.busy
    page.show()
    measured(qtbot, page)


def test_without_live_a_running_training_is_measured_once_and_then_by_hand(qtbot: QtBot) -> None:
    page, _ = opened(qtbot, FiltersPanel)
    page.live.setChecked(False)
    page.set_running(True)
    first, second = subject(model(), step=1), subject(model(), step=2)
    measured(qtbot, page, first)
    page.set_subject(second)
    page.due.timeout.emit()
    assert not page.observer.busy
    page.again.click()
    qtbot.waitUntil(lambda: page.measured is not None and page.measured[1] is second)


def test_the_page_follows_a_training_and_shows_its_end(window: Window, qtbot: QtBot) -> None:
    session, page = window.document, window.page(InspectPage)
    window.show_page(page)
    session.set_value("epochs", 3)
    session.train()
    qtbot.waitUntil(lambda: page.measured is not None)
    qtbot.waitUntil(lambda: session.status.state is State.READY)
    last = session.preview
    assert last is not None
    qtbot.waitUntil(
        lambda: page.measured is not None and page.measured[1].step == last.step and not page.observer.busy,
    )
    session.choose_recipe("linear")
    qtbot.waitUntil(lambda: session.status.can_train)


def test_cards_of_numbers_stay_narrow_in_a_wide_window(qtbot: QtBot) -> None:
    page, _panel = opened(qtbot, FiltersPanel, width=2400)
    cards = page.vitals.findChildren(StatCard)
    assert {card.width() for card in cards} == {theme.px(WIDEST_CARD)}
    assert [card.x() for card in cards] == [place * (WIDEST_CARD + theme.GRID) for place in range(len(cards))]


def test_every_panel_is_seen_without_scrolling_on_a_small_screen(qtbot: QtBot) -> None:
    page = InspectPage(Alone())
    scrolled = Scrolled(page)
    qtbot.addWidget(scrolled, before_close_func=lambda _: close(page))
    scrolled.resize(1210, 660)  # what a window of 1280×720 leaves
    with qtbot.waitExposed(scrolled):
        scrolled.show()
    for panel in page.panels:
        page.choose(type(panel))
        qtbot.waitUntil(lambda: scrolled.verticalScrollBar().maximum() == 0)
