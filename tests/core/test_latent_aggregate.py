"""The codes of many images of training, all together."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from aestudio.core.latent import aggregate as module
from aestudio.core.latent.aggregate import aggregate
from tests.core.probing import model, store
from tests.present import present

LINEAR = {"kind": "linear", "code_size": 4}
DRAWN = {"kind": "gaussian", "size": 4}


def test_codes_are_those_of_evenly_spaced_images_up_to_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 300)
    asked, images = model(LINEAR), store(599)
    found = present(aggregate(asked, images))
    chosen = images.gather(torch.arange(0, 599, 2)).float() / 255  # 300 of 599 are every second one
    np.testing.assert_allclose(found.codes, asked.encode(chosen).numpy(), atol=1e-5)
    assert found.drawn is None
    assert found.unit_kl is None
    assert found.values is found.codes


def test_drawn_codes_have_the_variance_of_the_means_and_of_each_image_together() -> None:
    asked, images = model(LINEAR, code=DRAWN), store(2000)
    found = present(aggregate(asked, images))
    latent = asked.latent(images.gather(torch.arange(2000)).float() / 255)
    within = present(latent.log_variance).exp().mean(0).numpy()
    np.testing.assert_allclose(found.values.var(0), found.codes.var(0) + within, rtol=0.15)
    np.testing.assert_allclose(present(found.unit_kl), present(latent.kl).mean(0).numpy(), rtol=1e-4)


def test_of_wide_codes_and_large_networks_fewer_images_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = model(LINEAR)
    monkeypatch.setattr(module, "NUMBERS", 4 * 30)
    assert present(aggregate(asked, store(50))).codes.shape == (30, 4)
    monkeypatch.setattr(module, "WORK", 10 * asked.module.work())
    assert present(aggregate(asked, store(50))).codes.shape == (10, 4)


def test_there_are_none_of_a_network_without_a_trained_layer_nor_where_a_code_is_no_number() -> None:
    asked = model(LINEAR)
    asked.depth = 0
    assert aggregate(asked, store(5)) is None
    broken = model(LINEAR)
    with torch.no_grad():
        next(broken.module.parameters()).fill_(float("nan"))
    assert aggregate(broken, store(5)) is None
