"""Every equation that a slot or a recipe gives can be drawn, none falls back to its LaTeX."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from aestudio.core.parts.families.code import Code
from aestudio.core.parts.families.corruption import Corruption
from aestudio.core.parts.families.likelihood import Likelihood
from aestudio.core.parts.families.network import Network
from aestudio.core.parts.families.optimiser import Optimiser
from aestudio.core.parts.families.penalty import Penalty
from aestudio.core.parts.families.rate import Rate
from aestudio.core.parts.families.schedule import Schedule
from aestudio.core.parts.slots import options
from aestudio.core.run import equation, recipes
from aestudio.qt.widgets import equation_view
from aestudio.qt.widgets.equation_view import EquationView

FAMILIES = (Network, Code, Corruption, Likelihood, Penalty, Schedule, Optimiser, Rate)
SLOTS = {f"{family.family}/{kind}": slot for family in FAMILIES for kind, slot in options(family).items()}


def test_every_equation_of_a_slot_and_of_a_recipe_is_drawn(qtbot: QtBot) -> None:
    formulas = {name: slot.equation for name, slot in SLOTS.items()}
    for name in recipes.everything():
        run = recipes.find(name).run()
        formulas[f"objective of {name}"] = equation.objective(run)
        formulas[f"reconstruction of {name}"] = equation.reconstruction(run)
    view = EquationView()
    qtbot.addWidget(view)
    undrawn = {}
    for name, latex in formulas.items():
        view.set_latex(latex)
        if not view.is_drawn():
            undrawn[name] = latex
    assert undrawn == {}


def test_an_equation_that_nobody_sees_is_not_set(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted: list[str] = []
    monkeypatch.setattr(equation_view, "equation_svg", lambda latex, _colour: wanted.append(latex))
    around, view = QWidget(), EquationView()
    qtbot.addWidget(around)
    column, body = QVBoxLayout(around), QWidget()
    QVBoxLayout(body).addWidget(view)
    column.addWidget(body)
    body.hide()
    view.set_latex("x^2")
    with qtbot.waitExposed(around):
        around.show()
    assert not wanted
    body.show()
    qtbot.waitUntil(lambda: wanted == ["x^2"])
