"""Points in the plane: figures, bytes without a pattern, and a density that is known."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
import torch

from aestudio.core.data.dataset import Dataset, to_float
from aestudio.core.data.sources.planar import MEANS, NAMES, Figure, Planar, dithered, draw, on_the_curve
from aestudio.core.run.events import Evaluated, Finished
from aestudio.core.run.recipes import find
from aestudio.core.training.fit import fit
from tests.core.probing import mixture_score

FIGURES = get_args(Figure)


def points(dataset: Dataset) -> torch.Tensor:
    """All points [N, 2], train then held out."""
    stores = (dataset.train.images, dataset.held_out.images)
    return torch.cat([to_float(store.gather(torch.arange(len(store)))) for store in stores]).flatten(1)


@pytest.mark.parametrize("figure", FIGURES)
def test_every_figure_gives_as_many_points_as_asked_for_inside_the_square(figure: Figure) -> None:
    dataset = Planar(figure=figure, count=2000).load()
    assert dataset.shape == (1, 1, 2)
    assert len(dataset.train) + len(dataset.held_out) == 2000
    assert len(dataset.held_out) == pytest.approx(400, abs=40)
    assert dataset.label_names == tuple(str(part) for part in NAMES[figure])
    at = points(dataset)
    on_the_edge = ((at <= 0) | (at >= 1)).any(1).float().mean()
    assert on_the_edge < 0.01
    assert at.std(0).min() > 0.1
    assert set(torch.cat([dataset.train.labels, dataset.held_out.labels]).tolist()) == set(range(len(NAMES[figure])))  # type: ignore[list-item]


@pytest.mark.parametrize("figure", FIGURES)
def test_points_lie_about_their_part_of_the_figure_as_far_as_the_noise_says(figure: Figure) -> None:
    at, part = draw(figure, 3000, 0.01, seed=0)
    t = torch.linspace(0, 1, 4000)[:-1]
    for number in range(len(NAMES[figure])):
        curve = on_the_curve(figure, torch.full((len(t),), number), t)
        nearest = torch.cdist(at[part == number], curve).min(1).values
        expected = 0.01 * (2 / 2**0.5 if figure == "mixture" else 1)  # both directions, or the one across the curve
        assert float(nearest.square().mean().sqrt()) == pytest.approx(
            expected, rel=0.6 if figure == "mixture" else 0.15
        )


def test_the_seed_and_the_noise_make_other_points_of_the_same_figure() -> None:
    first, again, other = (Planar(seed=seed, count=500).load().fingerprint() for seed in (0, 0, 1))
    assert first == again != other
    assert Planar(noise=0.0, count=500).load().fingerprint() != first


def test_rounding_at_random_is_right_on_average_and_leaves_no_pattern() -> None:
    true = torch.tensor([[0.3001, 0.7777]])
    many = to_float(dithered(true.expand(200_000, 2), seed=0))
    np.testing.assert_allclose(many.mean(0), true[0], atol=2e-5)
    assert float((many - true).abs().max()) <= 1 / 255
    # A slow ramp fills every row of the lattice alike; rounding to the nearest of a curve's points would leave steps.
    ramp = torch.linspace(0.2, 0.8, 150_000)[:, None].expand(-1, 2)
    rows = torch.bincount(dithered(ramp, seed=1)[:, 0].long(), minlength=256)[60:196].double()
    assert float(rows.std() / rows.mean()) < 1.3 / float(rows.mean()) ** 0.5


def test_dithered_bytes_stay_bytes() -> None:
    ends = torch.tensor([[0.0, 1.0], [1.0, 0.0]]).repeat(500, 1)
    assert set(dithered(ends, seed=0).flatten().tolist()) == {0, 255}


def test_points_that_coincide_fall_on_the_same_side() -> None:
    dataset = Planar(figure="mixture", noise=0.005, count=5000).load()
    train, held_out = (set(map(tuple, points_of.tolist())) for points_of in _sides(dataset))
    assert not train & held_out


def _sides(dataset: Dataset) -> tuple[torch.Tensor, torch.Tensor]:
    at = points(dataset)
    return at[: len(dataset.train)], at[len(dataset.train) :]


def test_the_mixtures_score_is_the_gradient_of_its_log_density() -> None:
    x = torch.rand(50, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64, requires_grad=True)
    log_p = torch.logsumexp(-(x[:, None] - MEANS.double()).square().sum(2) / (2 * 0.07**2), 1)
    (gradient,) = torch.autograd.grad(log_p.sum(), x)
    torch.testing.assert_close(mixture_score(x.detach(), 0.07), gradient)


def test_tweedies_formula_gives_the_best_reconstruction() -> None:
    noise, sigma = 0.05, 0.08
    clean, _ = draw("mixture", 400_000, noise, seed=2)
    noisy = clean + sigma * torch.randn(clean.shape, generator=torch.Generator().manual_seed(3))
    best = noisy + sigma**2 * mixture_score(noisy, (noise**2 + sigma**2) ** 0.5)
    cell = (noisy * 12).floor().long()
    for at in ([3, 5], [6, 6], [8, 4]):  # in a small cell the mean of the clean points is the best guess
        here = (cell == torch.tensor(at)).all(1)
        left = clean[here] - best[here]
        assert len(left) > 1000
        assert (left.mean(0).abs() < 4 * left.std(0) / len(left) ** 0.5).all()


def test_the_recipe_approaches_the_best_loss_that_there_is() -> None:
    run = find("planar-denoising").run().with_value("epochs", 40)
    events = list(fit(run, run.data.load()))
    assert isinstance(events[-1], Finished)
    assert not events[-1].error
    losses = [e.objective for e in events if isinstance(e, Evaluated) and e.split == "held-out"]
    copying = 2 * 0.06**2
    best = 0.0059  # by Tweedie's formula on 60,000 points of the rings
    assert best * 0.95 < losses[-1] < copying - 0.6 * (copying - best)
    assert losses[-1] < losses[0] / 10
