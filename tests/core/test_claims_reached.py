"""Every recipe reaches what it claims: it is trained as it ships until all claims hold, at most for its epochs."""

from __future__ import annotations

import pytest

from aestudio.core.run.claims import ClaimResult
from aestudio.core.run.events import Evaluated, Finished
from aestudio.core.run.recipes import everything, find
from aestudio.core.training.controls import Controls
from aestudio.core.training.fit import fit
from tests.present import present

SOON = ("sparse-kl", "undercomplete", "contractive")
"""They need a few seconds; the others are run with -m slow."""
HOURS = ("photo-denoiser", "photo-denoiser-grey", "photo-denoiser-real", "photo-denoiser-real-grey")
"""Too long for a test: tests/benchmarks/claims.py trains them too."""
RECIPES = [
    pytest.param(name, marks=() if name in SOON else pytest.mark.slow) for name in everything() if name not in HOURS
]


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.timeout(3600)
def test_a_recipe_reaches_all_its_claims_within_its_epochs(name: str) -> None:
    run, controls = find(name).run(), Controls()
    figures: list[ClaimResult | None] = []
    for event in fit(run, run.data.load(), controls):
        match event:
            case Evaluated(split="held-out", scores=scores):
                found = [claim.figure(scores) for claim in run.claims]
                if None not in found:
                    figures = found
                    if all(figure.reached for figure in found if figure is not None):
                        controls.stop()
            case Finished(reason=reason, error=error):
                assert reason in ("completed", "stopped"), error
    assert len(figures) == len(run.claims)
    for claim, figure in zip(run.claims, figures, strict=True):
        assert present(figure).reached, (claim.sentence, figure)
