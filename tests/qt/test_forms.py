"""Forms made from knobs."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, TypeVar

import pytest
from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QKeySequence, QShortcut, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDoubleSpinBox, QLineEdit, QSpinBox, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from aestudio.core.data.source import Data
from aestudio.core.data.sources.digits import Digits
from aestudio.core.denoise.ways.model import TrainedModel
from aestudio.core.ground import texts
from aestudio.core.parts.corruptions.gaussian import GaussianNoise
from aestudio.core.parts.families.corruption import Corruption
from aestudio.core.parts.slots import Slot, knob, knobs, options
from aestudio.qt import forms
from aestudio.qt.forms import FamilyForm, ManyForm, RunForm, SlotForm
from aestudio.qt.widgets.editors import CHROME, Choice, PathBox, Switch, TextBox
from aestudio.qt.widgets.number_boxes import FloatBox, IntBox, float_text
from tests.present import present
from tests.translated import Q, everything, quoted, translations

__all__ = ["everything", "translations"]  # fixtures

Box = TypeVar("Box", bound=QWidget)


class Sauce(Slot):
    family: ClassVar[str] = "sauces"
    noun: ClassVar[str] = "sauce"
    default: ClassVar[str] = "plain"
    field: ClassVar[str] = "sauce"
    label: ClassVar[str] = "Sauce"


class Plain(Sauce):
    """Nothing added."""

    kind: ClassVar[str] = "plain"
    title: ClassVar[str] = "Plain"
    about: ClassVar[str] = "Nothing added."
    source: ClassVar[str] = "a cook"


class Hot(Sauce):
    """Peppers."""

    kind: ClassVar[str] = "hot"
    title: ClassVar[str] = "Hot"
    about: ClassVar[str] = "Peppers."
    source: ClassVar[str] = "a cook"
    equation: ClassVar[str] = r"x + \sigma"

    heat: float = knob(0.1, "Heat", low=0, high=1, unit="dB", live=True, tip="How hot it is.")
    peppers: int = knob(3, "Peppers", low=1, high=9)
    seeds: bool = knob(True, "With seeds")
    cut: Literal["fine", "coarse"] = knob("fine", "Cut")
    layers: tuple[Annotated[int, Field(ge=1)], ...] = knob((256, 64), "Layers")
    rate: float = knob(1e-4, "Rate", low=0, high=100, log=True, live=True)
    folder: Path | None = knob(None, "Folder")
    motto: str = knob("", "Motto")


class Salt(Slot):
    family: ClassVar[str] = "salts"
    noun: ClassVar[str] = "salt"
    label_of_one: ClassVar[str] = "Salt"
    field: ClassVar[str] = "salts"
    label: ClassVar[str] = "Salts"
    many: ClassVar[bool] = True
    weight: float = knob(1.0, "Weight λ", low=0, high=10, live=True)


class Sea(Salt):
    """From the sea."""

    kind: ClassVar[str] = "sea-salt"
    title: ClassVar[str] = "Sea salt"
    about: ClassVar[str] = "From the sea."
    source: ClassVar[str] = "the sea"


class Rock(Salt):
    """From below."""

    kind: ClassVar[str] = "rock-salt"
    title: ClassVar[str] = "Rock salt"
    about: ClassVar[str] = "From below."
    source: ClassVar[str] = "a mine"
    grain: int = knob(2, "Grain", low=1, high=5)


class Dish(BaseModel):
    model_config = ConfigDict(frozen=True)
    title: str = "untitled"
    sauce: SerializeAsAny[Any] = Hot()
    salts: tuple[SerializeAsAny[Any], ...] = ()
    portions: int = knob(4, "Portions", low=1, high=100)


MEMBERS: dict[type[Slot], dict[str, type[Slot]]] = {
    Sauce: {"plain": Plain, "hot": Hot},
    Salt: {"sea-salt": Sea, "rock-salt": Rock},
}


@pytest.fixture
def form(qtbot: QtBot) -> SlotForm:
    made = SlotForm(Hot)
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def run_form(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> RunForm:
    monkeypatch.setattr(forms, "options", MEMBERS.__getitem__)
    made = RunForm([Sauce, Salt])
    qtbot.addWidget(made)
    made.resize(360, 800)
    made.set_run(Dish())
    with qtbot.waitExposed(made):
        made.show()
    return made


def typed(qtbot: QtBot, box: QWidget, text: str) -> None:
    box.setFocus()
    box.selectAll()  # type: ignore[attr-defined]
    qtbot.keyClicks(box, text)
    qtbot.keyClick(box, Qt.Key.Key_Return)


def box_of(form: SlotForm, name: str, kind: type[Box]) -> Box:
    box = form.editor(name)
    assert isinstance(box, kind)
    return box


def sauce_of(form: RunForm) -> FamilyForm:
    found = form.family("sauce")
    assert isinstance(found, FamilyForm)
    return found


def salts_of(form: RunForm) -> ManyForm:
    found = form.family("salts")
    assert isinstance(found, ManyForm)
    return found


def test_every_kind_of_knob_gets_an_editor_with_its_default(form: SlotForm) -> None:
    assert form.values() == {
        "heat": pytest.approx(0.1),
        "peppers": 3,
        "seeds": True,
        "cut": "fine",
        "layers": (256, 64),
        "rate": pytest.approx(1e-4),
        "folder": None,
        "motto": "",
    }


def test_showing_a_slot_is_silent(form: SlotForm, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(form.changed):
        form.set_values(Hot(heat=0.7, peppers=5, seeds=False, cut="coarse", layers=(8,), rate=0.5, motto="ah"))
    assert form.values()["heat"] == pytest.approx(0.7)
    assert form.values()["layers"] == (8,)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("heat", "0.25", 0.25),
        ("peppers", "7", 7),
        ("layers", "128, 32", (128, 32)),
        ("layers", "16", (16,)),
        ("rate", "3e-5", 3e-5),
        ("motto", "hot!", "hot!"),
    ],
)
def test_a_typed_value_is_told_once_it_is_committed(
    form: SlotForm, qtbot: QtBot, name: str, text: str, value: object
) -> None:
    with qtbot.waitSignal(form.changed) as changed:
        typed(qtbot, form.editor(name), text)
    assert changed.args[0] == name
    assert changed.args[1] == (pytest.approx(value) if isinstance(value, float) else value)


@pytest.mark.parametrize(
    ("name", "text"), [("heat", "0.25"), ("peppers", "7"), ("layers", "128, 32"), ("folder", "here"), ("motto", "hot!")]
)
def test_what_is_committed_is_undone_by_the_window_and_what_is_being_typed_by_its_field(
    form: SlotForm, qtbot: QtBot, name: str, text: str
) -> None:
    asked = []
    for key in (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo):
        QShortcut(QKeySequence(key), form).activated.connect(lambda key=key: asked.append(key))
    form.activateWindow()
    qtbot.waitUntil(form.isActiveWindow)
    box = form.editor(name)
    box = box.text if isinstance(box, PathBox) else box
    typed(qtbot, box, text)
    assert isinstance(box, QLineEdit | QSpinBox | QDoubleSpinBox)
    QTest.keySequence(box, QKeySequence.StandardKey.Undo)
    QTest.keySequence(box, QKeySequence.StandardKey.Redo)
    assert asked == [QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo]
    assert box.text() == text

    qtbot.keyClicks(box, "1")
    QTest.keySequence(box, QKeySequence.StandardKey.Undo)
    assert len(asked) == 2
    assert box.text() == text


def test_a_switch_and_a_choice_tell_their_value(form: SlotForm, qtbot: QtBot) -> None:
    with qtbot.waitSignal(form.changed) as changed:
        box_of(form, "seeds", Switch).click()
    assert changed.args == ["seeds", False]
    with qtbot.waitSignal(form.changed) as changed:
        box_of(form, "cut", Choice).setCurrentIndex(1)
    assert changed.args == ["cut", "coarse"]


@pytest.mark.parametrize("text", ["128, x", "0, 4"])
def test_a_list_that_does_not_fit_is_marked_and_not_told(form: SlotForm, qtbot: QtBot, text: str) -> None:
    box = form.editor("layers")
    assert isinstance(box, TextBox)
    with qtbot.assertNotEmitted(form.changed):
        typed(qtbot, box, text)
    assert box.mistake()
    assert box.property("invalid") is True
    assert box.value() == (256, 64)
    form.set_values(Hot(layers=(9,)))
    assert not box.mistake()
    assert box.text() == "9"


def test_what_is_being_typed_survives_an_update_of_the_rest(form: SlotForm, qtbot: QtBot) -> None:
    box = box_of(form, "layers", TextBox)
    box.activateWindow()
    box.setFocus()
    qtbot.waitUntil(box.hasFocus)
    box.selectAll()
    qtbot.keyClicks(box, "512, ")
    form.set_values(Hot(heat=0.9))
    assert box.text() == "512, "
    assert form.values()["heat"] == pytest.approx(0.9)


def test_while_training_only_live_knobs_can_be_changed(form: SlotForm) -> None:
    form.set_training(True)
    assert {name for name in form.values() if form.editor(name).isEnabled()} == {"heat", "rate"}
    form.set_training(False)
    assert all(form.editor(name).isEnabled() for name in form.values())


def test_tooltips_tell_tip_range_and_liveness(form: SlotForm) -> None:
    tip = form.editor("heat").toolTip()
    assert "How hot it is." in tip
    assert "0 – 1 dB" in tip
    assert "while training" in tip
    assert "while training" not in form.editor("peppers").toolTip()
    assert form.editor("heat").accessibleName() == "Heat (dB)"


def test_a_logarithmic_number_steps_through_the_decades(form: SlotForm) -> None:
    box = form.editor("rate")
    assert isinstance(box, FloatBox)
    seen = []
    for _ in range(4):
        box.stepBy(1)
        seen.append(box.value())
    assert seen == pytest.approx([2e-4, 5e-4, 1e-3, 2e-3])
    box.stepBy(-5)
    assert box.value() == pytest.approx(5e-5)
    for _ in range(20):
        box.stepBy(-1)
    assert box.value() == 0
    box.stepBy(1)
    assert box.value() > 0


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0001, "0.0001"), (1e-5, "1e-5"), (0.3, "0.3"), (250.0, "250"), (0.0, "0"), (2.5e-7, "2.5e-7")],
)
def test_a_number_is_written_as_short_as_can_be(value: float, text: str) -> None:
    assert float_text(value) == text


def test_numbers_stay_in_range(form: SlotForm, qtbot: QtBot) -> None:
    heat, peppers = form.editor("heat"), form.editor("peppers")
    assert isinstance(heat, FloatBox)
    assert isinstance(peppers, IntBox)
    heat.stepBy(1000)
    peppers.stepBy(1000)
    assert (heat.value(), peppers.value()) == (1, 9)


@pytest.mark.qt_log_ignore("This plugin does not support")
@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("heat", "1e12", "1e12 is outside of 0 – 1, so 0.1 stays."),
        ("heat", "-3", "-3 is outside of 0 – 1, so 0.1 stays."),
        ("peppers", "1000000", "1000000 is outside of 1 – 9, so 3 stays."),
    ],
)
def test_a_number_outside_the_range_is_red_while_it_is_typed_and_taken_back_in_words(
    form: SlotForm, qtbot: QtBot, name: str, typed: str, said: str
) -> None:
    box = form.editor(name)
    assert isinstance(box, FloatBox | IntBox)
    before = box.value()
    form.show()
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, typed)
    assert box.property("invalid")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert QToolTip.text() == said
    assert box.value() == before
    assert not box.property("invalid")


def test_a_number_outside_the_range_is_forgotten_where_a_step_is_taken_instead(form: SlotForm, qtbot: QtBot) -> None:
    box = form.editor("heat")
    assert isinstance(box, FloatBox)
    form.show()
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, "50")
    qtbot.keyClick(box, Qt.Key.Key_Up)
    assert not box.property("invalid")


@pytest.mark.parametrize(
    ("name", "typed", "key", "after"),
    [
        ("heat", "50", Qt.Key.Key_Up, 0.12),
        ("heat", "0.5", Qt.Key.Key_Up, 0.52),
        ("peppers", "50", Qt.Key.Key_Up, 4),
        ("peppers", "50", Qt.Key.Key_Down, 2),
        ("peppers", "5", Qt.Key.Key_Up, 6),
    ],
)
def test_the_first_step_goes_on_from_what_was_typed_or_from_the_number_before_where_that_was_outside(
    form: SlotForm, qtbot: QtBot, name: str, typed: str, key: Qt.Key, after: float
) -> None:
    box = form.editor(name)
    assert isinstance(box, FloatBox | IntBox)
    form.show()
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, typed)
    qtbot.keyClick(box, key)
    assert box.value() == pytest.approx(after)


@pytest.mark.parametrize(("typed", "after"), [("5", 10), ("99", 8)])
def test_a_whole_number_that_doubles_steps_from_what_was_typed(qtbot: QtBot, typed: str, after: int) -> None:
    box = IntBox(replace(knobs(Hot)["peppers"], low=1, high=64, log=True))
    qtbot.addWidget(box)
    box.set_value(4)
    box.show()
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, typed)
    qtbot.keyClick(box, Qt.Key.Key_Up)
    assert box.value() == after


@pytest.mark.parametrize("steps", [100_000, -100_000])
@pytest.mark.parametrize("log", [True, False])
@pytest.mark.parametrize("low", [None, 0.0])
def test_any_number_of_steps_ends_at_the_end_of_the_range(
    steps: int, log: bool, low: float | None, qtbot: QtBot
) -> None:
    box = FloatBox(replace(knobs(Hot)["rate"], low=low, high=None, log=log))
    qtbot.addWidget(box)
    box.set_value(0.01)
    box.stepBy(steps)
    assert box.minimum() <= box.value() <= box.maximum()
    assert box.value() != pytest.approx(0.01)


def test_the_wheel_scrolls_past_a_box_that_has_no_focus(form: SlotForm, qtbot: QtBot) -> None:
    for name in ("heat", "peppers", "cut"):
        box = form.editor(name)
        box.clearFocus()
        before = form.values()[name]
        event = QWheelEvent(
            QPointF(5, 5),
            QPointF(5, 5),
            QPoint(),
            QPoint(0, -120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(box, event)
        assert form.values()[name] == before


def test_a_path_can_be_typed_and_emptied(form: SlotForm, qtbot: QtBot, tmp_path: Path) -> None:
    box = form.editor("folder")
    assert isinstance(box, PathBox)
    with qtbot.waitSignal(form.changed) as changed:
        typed(qtbot, box.text, str(tmp_path))
    assert changed.args == ["folder", tmp_path]
    with qtbot.waitSignal(form.changed) as changed:
        box.text.clear()
        qtbot.keyClick(box.text, Qt.Key.Key_Return)
    assert changed.args == ["folder", None]


def test_a_real_slot_gets_a_form(qtbot: QtBot) -> None:
    made = SlotForm(Digits)
    qtbot.addWidget(made)
    made.set_values(Digits(held_out=0.5))
    assert made.values() == {"binarise": "no", "held_out": pytest.approx(0.5)}


# -- a whole run -------------------------------------------------------------------------------------------------------


def test_a_run_is_shown_in_silence(run_form: RunForm, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(run_form.path_changed):
        run_form.set_run(Dish(sauce=Plain(), salts=(Rock(weight=2, grain=5),), portions=9))
    assert sauce_of(run_form).kind() == "plain"
    salts = salts_of(run_form)
    assert salts.switch("rock-salt").isChecked()
    assert not salts.switch("sea-salt").isChecked()
    assert salts.form("rock-salt").values() == {"weight": 2, "grain": 5}
    assert present(run_form.own()).values() == {"portions": 9}


def test_a_changed_knob_is_told_by_its_path(run_form: RunForm, qtbot: QtBot) -> None:
    with qtbot.waitSignal(run_form.path_changed) as changed:
        typed(qtbot, present(sauce_of(run_form).form).editor("layers"), "12")
    assert changed.args == ["sauce.layers", (12,)]
    with qtbot.waitSignal(run_form.path_changed) as changed:
        typed(qtbot, present(run_form.own()).editor("portions"), "6")
    assert changed.args == ["portions", 6]


def test_another_kind_is_told_and_shown_at_once(run_form: RunForm, qtbot: QtBot) -> None:
    sauce = sauce_of(run_form)
    with qtbot.waitSignal(run_form.path_changed) as changed:
        sauce.combo.setCurrentIndex(0)
    assert changed.args == ["sauce", {"kind": "plain"}]
    assert present(sauce.form).kind is Plain


def test_a_refused_kind_returns_when_the_old_run_is_shown(run_form: RunForm, qtbot: QtBot) -> None:
    sauce = sauce_of(run_form)
    sauce.combo.setCurrentIndex(0)
    with qtbot.assertNotEmitted(run_form.path_changed):
        run_form.set_run(Dish())
    assert sauce.kind() == "hot"
    assert present(sauce.form).kind is Hot


def test_switching_a_member_on_and_off_tells_the_whole_list(run_form: RunForm, qtbot: QtBot) -> None:
    salts = salts_of(run_form)
    with qtbot.waitSignal(run_form.path_changed) as changed:
        salts.switch("rock-salt").click()
    assert changed.args == ["salts", [{"kind": "rock-salt", "weight": 1, "grain": 2}]]
    assert salts.form("rock-salt").isVisible()
    with qtbot.waitSignal(run_form.path_changed) as changed:
        typed(qtbot, salts.form("rock-salt").editor("weight"), "0.5")
    assert changed.args == ["salts.rock-salt.weight", pytest.approx(0.5)]
    with qtbot.waitSignal(run_form.path_changed) as changed:
        salts.switch("rock-salt").click()
    assert changed.args == ["salts", []]
    assert not salts.form("rock-salt").isVisible()


def test_the_same_form_is_kept_while_the_kind_stays(run_form: RunForm) -> None:
    before = sauce_of(run_form).form
    run_form.set_run(Dish(sauce=Hot(heat=0.9)))
    assert sauce_of(run_form).form is before


def test_training_locks_kinds_and_members_but_not_live_knobs(run_form: RunForm) -> None:
    run_form.set_training(True)
    sauce, salts = sauce_of(run_form), salts_of(run_form)
    assert not sauce.combo.isEnabled()
    assert present(sauce.form).editor("heat").isEnabled()
    assert not salts.switch("sea-salt").isEnabled()
    assert not present(run_form.own()).editor("portions").isEnabled()


def test_a_form_made_while_training_is_locked_too(run_form: RunForm) -> None:
    run_form.set_run(Dish(sauce=Plain()))
    run_form.set_training(True)
    run_form.set_run(Dish(sauce=Hot()))
    assert not present(sauce_of(run_form).form).editor("peppers").isEnabled()


def test_a_folded_section_tells_what_it_holds(run_form: RunForm) -> None:
    section = run_form.section("sauce")
    section.set_open(False)
    assert not run_form.family("sauce").isVisible()
    assert section.header.summary() == "Hot"
    run_form.set_run(Dish(salts=(Sea(), Rock())))
    assert run_form.section("salts").header.summary() == "Sea salt, Rock salt"


def test_a_real_family_can_be_shown(qtbot: QtBot) -> None:
    made = RunForm([Data])
    qtbot.addWidget(made)
    data = made.family("data")
    assert isinstance(data, FamilyForm)
    data.set_slot(Digits())
    assert data.kind() == "digits"


@pytest.mark.parametrize(
    ("words", "found"),
    [("Fraction dropped p", "Fraction dropped\u00a0p"), ("Weight λ", "Weight\u00a0λ"), ("Heat", "Heat"), ("σ", "σ")],
)
def test_a_symbol_stays_with_the_word_before_it(words: str, found: str) -> None:
    assert forms.held_together(words) == found


def test_the_dot_of_a_live_knob_stays_with_its_last_word(form: SlotForm) -> None:
    assert "\u00a0<span" in form.labels["rate"].text()


def test_a_choice_is_wide_enough_for_its_longest_title(qtbot: QtBot) -> None:
    form = SlotForm(TrainedModel)
    qtbot.addWidget(form)
    form.show()
    chooser = form.editor("colour")
    assert isinstance(chooser, Choice)
    longest = max(chooser.fontMetrics().horizontalAdvance(chooser.itemText(row)) for row in range(chooser.count()))
    assert chooser.width() >= longest + CHROME


def test_a_form_is_made_in_the_language_in_use(qtbot: QtBot, everything: Path) -> None:
    texts.use(Q)
    form = FamilyForm("Corruption", Corruption)
    qtbot.addWidget(form)
    gaussian = options(Corruption)["gaussian"]
    form.set_slot(gaussian())
    assert form.title() == quoted("Gaussian noise")
    assert form.combo.toolTip() == quoted(gaussian.about)
    assert form.form is not None
    sigma = form.form.editor("sigma")
    assert form.form.labels["sigma"].text().startswith(quoted("Noise\u00a0σ"))
    assert sigma.accessibleName() == quoted("Noise σ")
    assert sigma.toolTip().startswith(quoted(knobs(gaussian)["sigma"].tip))


def test_a_choice_is_shown_in_the_language_and_kept_as_it_is_written(qtbot: QtBot, everything: Path) -> None:
    texts.use(Q)
    form = SlotForm(TrainedModel)
    qtbot.addWidget(form)
    colour = box_of(form, "colour", Choice)
    assert colour.currentText() == quoted("each channel")
    assert colour.value() == "each channel"


def test_a_form_that_is_made_opens_no_window_of_its_own(qtbot: QtBot) -> None:
    """The finding: every form flashed up as a window before it had its place."""
    made = SlotForm(GaussianNoise)
    qtbot.addWidget(made)
    assert not made.isVisible()
    made.show()
    assert made.isVisible()
