"""The equation of a layer that is trained by itself says which code it is about."""

from __future__ import annotations

import pytest

from aestudio.core.parts.families.corruption import Corruption
from aestudio.core.parts.families.likelihood import Likelihood
from aestudio.core.parts.plan import layers_below
from aestudio.core.parts.slots import options
from aestudio.core.run.equation import objective, of_layer, reconstruction
from aestudio.core.run.recipes import find
from aestudio.core.run.symbols import symbols


@pytest.mark.parametrize(("name", "below"), [("layer 1", 0), ("layer 3", 2), ("fine-tuning", 0), ("end to end", 0)])
def test_a_phase_of_one_layer_has_the_others_below_it(name: str, below: int) -> None:
    assert layers_below(name) == below


def test_the_loss_of_the_second_layer_is_one_of_h1() -> None:
    run = find("deep-greedy").run()
    assert "x_i" in objective(run)
    assert r"h_{1,i} \log \hat{h}_{1,i}" in objective(run, 1)
    assert "x" not in objective(run, 1)


@pytest.mark.parametrize("kind", options(Likelihood))
def test_every_loss_can_be_written_of_a_code(kind: str) -> None:
    written = of_layer(options(Likelihood)[kind].equation, 2)
    assert "h_{2" in written
    assert r"\hat{h}_{2" in written
    assert of_layer(options(Likelihood)[kind].equation, 0) == options(Likelihood)[kind].equation


@pytest.mark.parametrize("corruption", options(Corruption))
def test_how_the_second_layer_reconstructs_is_said_of_h1_and_h2(corruption: str) -> None:
    run = find("deep-greedy").run().with_value("corruption", corruption)
    written = reconstruction(run, 1)
    assert written.startswith(r"\hat{h}_{1} = B_{2}(h_{2}),\qquad h_{2} = A_{2}(\tilde{h}_{1}),\qquad ")
    assert r"\tilde{x}" not in written
    assert reconstruction(run).startswith(r"\hat{x} = B(z)")


def test_the_symbols_of_a_layer_are_those_of_the_code_below_and_of_its_own() -> None:
    run = find("deep-greedy").run()
    letters = {one.letter: str(one.meaning) for one in symbols(run, 2)}
    assert {"h₂", "h₃"} <= letters.keys()
    assert "layer 2" in letters["h₂"]
    assert not {"x", "x̂", "h", "z"} & letters.keys()
    assert not {"h₂", "h₃"} & {one.letter for one in symbols(run)}


def test_a_term_that_is_less_than_nothing_is_taken_away_with_its_weight() -> None:
    """0.2 · (−log D(z)): with a plus in between 0.2 would stand by itself."""
    assert objective(find("aae").run()).endswith(r"\right\|_2^2 - 0.2\, \log D(z)")
    assert r" + 1\, \mathrm{KL}" in objective(find("vae").run())


def test_what_a_code_asks_for_is_a_term_of_the_objective_where_it_is_asked_for() -> None:
    assert objective(find("vq-vae").run()).endswith(r" + 0.25\, \left\| h - e_m \right\|_2^2")
    top_k = find("top-k").run()
    assert r"\hat{e}" not in objective(top_k.with_value("code.auxiliary", False))
    assert objective(top_k.with_value("code.auxiliary", True)).endswith(
        r" + 0.03125\, \left\| x - \hat{x} - \hat{e} \right\|_2^2"
    )
    assert "ê" in [one.letter for one in symbols(top_k.with_value("code.auxiliary", True))]
