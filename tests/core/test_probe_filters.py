"""Filters and atoms of the first layer: what they are, and in which order they come."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from aestudio.core.ground.errors import ProbeError
from aestudio.core.probes.filters import atoms, chain, filters, varying
from tests.core.conftest import hidden_of
from tests.core.probing import NETWORKS, images, layer, model


@pytest.mark.parametrize("name", ["dense, more units than pixels", "dense, fewer units", "two layers, wide code"])
def test_a_dense_filter_is_the_image_whose_product_with_the_input_is_the_pre_activation(name: str) -> None:
    looked_at, x = model(NETWORKS[name]), images()
    found = filters(looked_at, "unit")
    stage = layer(looked_at)
    by_hand = (torch.from_numpy(found.images)[None] * x[:, None]).sum((2, 3, 4)) + stage.b
    torch.testing.assert_close(by_hand, stage.affine(x))
    assert found.units.tolist() == list(range(stage.out_shape[0]))


@pytest.mark.parametrize("name", ["dense, more units than pixels", "dense, fewer units"])
def test_an_atom_is_what_a_unit_adds_to_the_output(name: str) -> None:
    looked_at = model(NETWORKS[name])
    stage = layer(looked_at)
    one_hot = torch.eye(stage.out_shape[0])
    added = stage.back(one_hot) - stage.back(torch.zeros_like(one_hot))
    np.testing.assert_allclose(atoms(looked_at, "unit").images, added.numpy(), atol=1e-6)


def test_tied_filters_and_atoms_are_the_same() -> None:
    looked_at = model(NETWORKS["dense, fewer units"])
    assert np.array_equal(filters(looked_at).images, atoms(looked_at).images)


def test_a_convolutions_filters_are_its_kernels_in_colour() -> None:
    looked_at = model(NETWORKS["convolutions"], (3, 12, 10))
    stage = layer(looked_at)
    found, drawn = filters(looked_at, "unit"), atoms(looked_at, "unit")
    assert found.images.shape == drawn.images.shape == (3, 3, 4, 4)
    x = images(1, (3, 12, 10))
    patch = x[0, :, 1:5, 3:7].numpy()  # what the place (1, 2) sees
    by_hand = (found.images * patch).sum((1, 2, 3)) + stage.b.numpy()
    np.testing.assert_allclose(by_hand, stage.affine(x)[0, :, 1, 2].numpy(), rtol=1e-4, atol=1e-5)
    lit = torch.zeros(1, *stage.out_shape)
    lit[0, 2, 1, 2] = 1
    added = (stage.back(lit) - stage.back(torch.zeros_like(lit)))[0, :, 1:5, 3:7]
    np.testing.assert_allclose(drawn.images[2], added.numpy(), atol=1e-6)


def test_the_strongest_come_first() -> None:
    found = filters(model(NETWORKS["dense, more units than pixels"]), "norm")
    np.testing.assert_allclose(found.norms, np.linalg.norm(found.images.reshape(80, -1), axis=1), rtol=1e-5)
    assert (np.diff(found.norms) <= 0).all()
    assert sorted(found.units) == list(range(80))


@pytest.mark.parametrize("name", ["dense, more units than pixels", "one convolution"])
def test_the_most_active_come_first(name: str) -> None:
    looked_at, x = model(NETWORKS[name]), images(30)
    hidden = hidden_of(looked_at.module, x, 1)
    mean = hidden.flatten(2).mean((0, 2)) if hidden.dim() > 2 else hidden.mean(0)
    assert filters(looked_at, "activation", x).units.tolist() == mean.argsort(descending=True).tolist()


def test_similar_ones_stand_beside_each_other() -> None:
    angles = torch.linspace(0, 3, 30)
    curve = torch.stack([angles.cos(), angles.sin()], 1)
    shuffled = torch.randperm(30, generator=torch.Generator().manual_seed(0))
    vectors = curve[shuffled] * torch.linspace(1, 2, 30)[:, None]
    vectors[shuffled == 0] *= 10  # the longest, at one end of the curve
    assert shuffled[chain(vectors)].tolist() == list(range(30))


def test_a_chain_holds_every_vector_once_even_where_some_are_zero() -> None:
    vectors = torch.zeros(5, 3)
    vectors[2] = 1
    assert sorted(chain(vectors).tolist()) == [0, 1, 2, 3, 4]


def test_neighbours_in_the_chain_are_closer_than_by_number() -> None:
    looked_at = model(NETWORKS["dense, more units than pixels"])

    def closeness(order: str) -> float:
        rows = filters(looked_at, order).images.reshape(80, -1)  # type: ignore[arg-type]
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        return float((rows[1:] * rows[:-1]).sum(1).mean())

    assert closeness("similarity") > closeness("unit") + 0.1


def test_display_puts_zero_in_the_middle_and_uses_the_whole_range_of_each() -> None:
    looked_at = model(NETWORKS["dense, fewer units"])
    with torch.no_grad():
        layer(looked_at).W[3] = 0
    found = filters(looked_at, "unit")
    shown = found.display
    assert ((shown >= 0) & (shown <= 1)).all()
    assert (shown[3] == 0.5).all()
    others = np.delete(shown, 3, 0)
    np.testing.assert_allclose(np.abs(others - 0.5).max((1, 2, 3)), 0.5)
    assert np.array_equal(np.sign(others - 0.5), np.sign(np.delete(found.images, 3, 0)))


def test_what_is_missing_is_asked_for_in_words() -> None:
    looked_at = model(NETWORKS["linear"])
    with pytest.raises(ProbeError, match="give images to measure it on"):
        filters(looked_at, "activation")
    looked_at.depth = 0
    with pytest.raises(ProbeError, match="no trained hidden layer"):
        atoms(looked_at)


def test_a_pixel_that_is_the_same_in_all_images_does_not_vary() -> None:
    images = torch.rand(5, 1, 2, 2)
    images[:, 0, 0, 1] = 0.25
    np.testing.assert_array_equal(varying(images), [[[1, 0], [1, 1]]])
