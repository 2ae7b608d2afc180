"""The symbols of a run's equations are all explained, and those that are settings have their value."""

from __future__ import annotations

import re

import pytest

from aestudio.core.ground.resources import resource
from aestudio.core.run import equation
from aestudio.core.run.recipes import everything
from aestudio.core.run.symbols import symbols

LETTERS = "hat|tilde|rho|sigma|mathcal|epsilon|varepsilon|mu|pi"
"""Commands of LaTeX that are a letter or stand on one."""


def letters(name: str) -> list[str]:
    return [symbol.letter for symbol in symbols(everything()[name].run())]


def test_the_symbols_of_the_first_recipe_stand_in_the_order_of_its_way() -> None:
    assert letters("sparse-kl") == ["𝓛", "x̃", "x", "x̂", "A", "B", "h", "z", "ρⱼ", "KL", "W", "λ", "ρ̂", "λ"]


def test_a_symbol_that_is_a_setting_has_its_value_and_can_be_set_by_its_path() -> None:
    run = everything()["sparse-denoising-contractive"].run()
    for symbol in symbols(run):
        if symbol.path:
            changed = run.with_value(symbol.path, symbol.value / 2)
            again = next(one for one in symbols(changed) if one.path == symbol.path)
            assert again.value == symbol.value / 2
    assert [one.letter for one in symbols(run) if one.path] == ["σ", "λ", "ρ̂", "λ", "λ"]


@pytest.mark.parametrize("name", everything())
def test_every_symbol_of_a_shipped_recipe_is_in_the_glossary(name: str) -> None:
    page = resource("docs", "glossary.md").read_text(encoding="utf-8")
    explained = re.findall(r"^\| (\S+) \|", page, re.MULTILINE)
    assert set(letters(name)) <= set(explained)


@pytest.mark.parametrize("name", everything())
def test_no_letter_of_a_shipped_recipe_s_equations_is_left_without_a_word(name: str) -> None:
    run = everything()[name].run()
    lines = equation.objective(run) + equation.BETWEEN + equation.reconstruction(run)
    for no_letter in (
        r"\\mathrm\{[^}]*\}",
        r"\\mathcal\{N\}",
        r"p_k",
        rf"\\(?!{LETTERS})[A-Za-z]+",
        r"[_^]\w",
        r"_\{[^}]*\}",
    ):
        lines = re.sub(no_letter, " ", lines)
    used = set(re.findall(r"\\hat\{\\rho\}|\\\w+\{\w\}|\\\w+|[A-Za-z]", lines))
    known = {
        "\\hat{\\rho}": "ρ̂", "\\hat{x}": "x̂", "\\tilde{x}": "x̃", "\\rho": "ρⱼ", "\\sigma": "σ", "\\epsilon": "ε",
        "\\mathcal{L}": "𝓛", "J": "J", "\\varepsilon": "ε", "\\mu": "μ", "\\pi": "π",
    }  # fmt: skip
    passing = {"I"}  # the identity, of a normal distribution
    assert {known.get(one, one) for one in used} - passing <= set(letters(name))
