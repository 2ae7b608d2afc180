"""The equation of a layer that is trained by itself says which code it is about."""

from __future__ import annotations

import pytest

from aestudio.core.parts.families.likelihood import Likelihood
from aestudio.core.parts.plan import layers_below
from aestudio.core.parts.slots import options
from aestudio.core.run.equation import objective, of_layer
from aestudio.core.run.recipes import find


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
