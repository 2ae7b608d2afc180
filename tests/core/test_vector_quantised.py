"""The vector quantised code: its codebook against the definition, restart, gradients, and what is said of it."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from aestudio.core.data.dataset import Dataset, to_float
from aestudio.core.ground.errors import RunError
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.parts.codes.vector_quantised import Codebook, VectorQuantised, perplexity
from aestudio.core.parts.one_pass import CLEAN, TRAIN, Latent
from aestudio.core.parts.plan import Span
from aestudio.core.run.run import Run
from aestudio.core.run.words import title_of_term
from aestudio.core.training.fit import fit
from tests.core.conftest import images, together
from tests.core.trainings import last
from tests.present import present

SHAPE = (1, 8, 8)
DENSE = Run.from_settings(
    {
        "network": {"kind": "mlp", "widths": [12], "activation": "tanh"},
        "code": {"kind": "vector-quantised", "vectors": 5, "width": 4},
        "epochs": 3,
        "batch_size": 16,
    }
)
MAPS = DENSE.with_value("network", {"kind": "conv", "channels": [4], "code_size": 0})


def book_of(vectors: Tensor, counts: Tensor | None = None) -> Codebook:
    made = Codebook(*vectors.shape)
    counts = torch.ones(len(vectors)) if counts is None else counts
    for name, value in {"vectors": vectors, "counts": counts, "sums": vectors * counts[:, None]}.items():
        getattr(made, name).copy_(value)
    return made


def encoded(code: VectorQuantised, book: Codebook, hidden: Tensor) -> Latent:
    return code.encode(hidden, book, TRAIN, None, 1)


def test_every_place_becomes_the_nearest_vector_in_maps_as_in_a_dense_layer() -> None:
    for run in (DENSE, MAPS):
        model = Autoencoder(run, SHAPE)
        book: Any = model.code
        seen = model.look(run, to_float(images(6)), Span(0, 1), CLEAN)
        width = book.vectors.shape[1]
        hidden, code = seen.hidden.view(seen.code.shape), seen.code
        if run is MAPS:
            hidden, code = hidden.permute(0, 2, 3, 1), code.permute(0, 2, 3, 1)
        for place, made in zip(hidden.reshape(-1, width), code.reshape(-1, width), strict=True):
            away = [float((place - vector).square().sum()) for vector in book.vectors]
            torch.testing.assert_close(made, book.vectors[away.index(min(away))], rtol=0, atol=1e-6)


def test_gradients_pass_as_if_nothing_had_been_rounded() -> None:
    hidden = torch.randn(3, 8, generator=torch.Generator().manual_seed(0), requires_grad=True)
    code = VectorQuantised(vectors=4, width=4, restart=0.0)
    book = book_of(torch.randn(4, 4, generator=torch.Generator().manual_seed(1)))
    (slope,) = torch.autograd.grad((encoded(code, book, hidden).code * torch.arange(8.0)).sum(), [hidden])
    assert slope.equal(torch.arange(8.0).expand(3, 8))


def test_the_commitment_moves_the_hidden_layer_towards_its_vectors_and_no_vector() -> None:
    model = Autoencoder(DENSE, SHAPE).double()
    seen = model.look(DENSE, to_float(images(4)).double(), Span(0, 1), TRAIN, together(0))
    loss = DENSE.code.own_loss(seen, model.code)
    torch.testing.assert_close(loss, (seen.hidden - seen.code).square().sum(1).mean())
    (pull,) = torch.autograd.grad(loss, [seen.hidden])
    torch.testing.assert_close(pull, 2 * (seen.hidden - seen.code).detach() / 4)
    assert not list(model.code.parameters())


def test_the_codebook_is_the_running_mean_of_what_chose_it_as_the_paper_defines_it() -> None:
    """N ← γ N + (1 − γ) n, m ← γ m + (1 − γ) Σ h, e = m / N, over three steps, vector by vector."""
    generator = torch.Generator().manual_seed(0)
    code = VectorQuantised(vectors=4, width=3, memory=0.8, restart=0.0)
    book = book_of(torch.randn(4, 3, generator=generator)).double()
    counts, sums = book.counts.tolist(), [row.clone() for row in book.sums]
    for _ in range(3):
        hidden = torch.randn(5, 6, generator=generator, dtype=torch.float64)
        latent = encoded(code, book, hidden)
        for m in range(4):
            mine = [
                h for h, chosen in zip(hidden.view(-1, 3), latent.facts["chosen"].flatten(), strict=True) if chosen == m
            ]
            counts[m] = 0.8 * counts[m] + 0.2 * len(mine)
            sums[m] = 0.8 * sums[m] + 0.2 * sum(mine, torch.zeros(3).double())
        code.after_step(book, latent, generator)
    torch.testing.assert_close(book.counts, torch.tensor(counts).double())
    for m in range(4):
        torch.testing.assert_close(book.vectors[m], sums[m] / counts[m], rtol=1e-4, atol=1e-6)


def test_looking_moves_no_vector() -> None:
    model = Autoencoder(DENSE, SHAPE)
    before = model.snapshot()
    model.look(DENSE, to_float(images(6)), Span(0, 1), CLEAN)
    assert all(tensor.equal(before[name]) for name, tensor in model.snapshot().items())


def test_a_vector_that_nobody_chooses_begins_anew_at_a_place_of_the_batch_and_the_others_stay() -> None:
    vectors = torch.tensor([[0.0, 0.0], [100.0, 100.0]])
    hidden = torch.tensor([[0.1, 0.2], [0.3, -0.1]])
    for restart, anew in ((0.1, True), (0.0, False)):
        code = VectorQuantised(vectors=2, width=2, memory=0.5, restart=restart)
        book = book_of(vectors, torch.tensor([1.0, 0.15]))
        code.after_step(book, encoded(code, book, hidden), torch.Generator().manual_seed(0))
        assert bool((book.vectors[1] == hidden).all(1).any()) == anew
        assert float(book.counts[1]) == pytest.approx(1.0 if anew else 0.075)
        assert float(book.vectors[0].abs().max()) < 1


def test_perplexity_is_how_many_vectors_are_used_alike() -> None:
    like = torch.zeros(())
    assert float(perplexity(torch.tensor([2, 2, 2]), 4, like)) == pytest.approx(1)
    assert float(perplexity(torch.tensor([0, 1, 2, 0, 1, 2]), 8, like)) == pytest.approx(3)


def test_a_restart_keeps_more_vectors_in_use(small: Dataset) -> None:
    found = []
    for restart in (0.0, 0.5):
        run = MAPS.with_value("code", {"kind": "vector-quantised", "vectors": 32, "restart": restart, "memory": 0.9})
        model = Autoencoder(run.with_value("epochs", 10), small.shape)
        model.load_state_dict(dict(present(last(fit(run.with_value("epochs", 10), small)).weights)))
        seen = model.look(run, to_float(small.held_out.images.gather(torch.arange(32))), Span(0, 1), CLEAN)
        found.append(float(seen.latent.facts["perplexity"]))
    assert found[1] > 1.5 * found[0]


def test_a_width_that_does_not_divide_the_layer_and_a_schedule_layer_by_layer_are_refused() -> None:
    with pytest.raises(RunError, match="12 numbers cannot be divided into vectors of 5"):
        DENSE.with_value("code.width", 5).check(SHAPE)
    with pytest.raises(RunError, match="train end to end"):
        DENSE.with_value("schedule", "greedy").with_value("network.widths", [12, 8]).check(SHAPE)


def test_the_commitment_loss_goes_by_its_title_where_terms_are_plotted() -> None:
    assert str(title_of_term(VectorQuantised().term)) == "Commitment"
