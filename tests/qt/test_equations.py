"""Every equation that a slot or a recipe gives can be drawn, none falls back to its LaTeX."""

from __future__ import annotations

import pytest
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
from aestudio.qt.widgets.equation_view import EquationView

FAMILIES = (Network, Code, Corruption, Likelihood, Penalty, Schedule, Optimiser, Rate)
SLOTS = {f"{family.family}/{kind}": slot for family in FAMILIES for kind, slot in options(family).items()}


@pytest.mark.parametrize("name", SLOTS)
def test_every_slots_equation_is_drawn(qtbot: QtBot, name: str) -> None:
    view = EquationView()
    qtbot.addWidget(view)
    view.set_latex(SLOTS[name].equation)
    assert view.is_drawn()


@pytest.mark.parametrize("recipe", recipes.everything())
def test_every_recipes_objective_and_reconstruction_are_drawn(qtbot: QtBot, recipe: str) -> None:
    run = recipes.find(recipe).run()
    view = EquationView()
    qtbot.addWidget(view)
    for latex in (equation.objective(run), equation.reconstruction(run)):
        view.set_latex(latex)
        assert view.is_drawn()
