"""The codes of a snapshot are made once, and go with it."""

from __future__ import annotations

import gc

import numpy as np
import pytest
import torch

from aestudio.core.data.dataset import Dataset, Split
from aestudio.core.ground.errors import ProbeError
from aestudio.studio.inspect.examined import Examined
from aestudio.studio.latent import encoded as room
from aestudio.studio.latent.encoded import encoded
from tests.core.probing import images, model, store

DATA = Dataset("random", Split(store(50)), Split(store(20, seed=2)))


def snapshot(dataset: Dataset | None) -> Examined:
    made = model({"kind": "linear", "code_size": 3})
    return Examined(made.run, made.shape, made.depth, 1, made.module.snapshot(), dataset, images(4))


def test_codes_of_a_snapshot_are_made_once_and_go_with_it() -> None:
    subject = snapshot(DATA)
    found = encoded(subject)
    assert encoded(subject) is found
    assert len(encoded(subject, 8).codes) == 16
    assert encoded(snapshot(DATA)) is not found
    kept = len(room._known)
    del subject
    gc.collect()
    assert len(room._known) < kept


def test_codes_of_some_images_are_not_made_again_where_there_are_those_of_more(monkeypatch: pytest.MonkeyPatch) -> None:
    subject = snapshot(DATA)
    alone = encoded(snapshot(DATA), 8)
    encoded(subject)
    monkeypatch.setattr(room, "codes_of", None)
    some = encoded(subject, 8)
    assert some.held_out == alone.held_out == 8
    np.testing.assert_allclose(some.codes, alone.codes, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(some.errors, alone.errors, rtol=1e-5)
    np.testing.assert_array_equal(some.image(DATA, 9), alone.image(DATA, 9))


def test_without_images_the_person_is_told_to_choose_data() -> None:
    with pytest.raises(ProbeError, match="choose its data"):
        encoded(snapshot(None))


def test_weights_that_are_no_numbers_are_said() -> None:
    subject = snapshot(DATA)
    broken = {name: torch.full_like(one, float("nan")) for name, one in subject.weights.items()}
    with pytest.raises(ProbeError, match="not finite"):
        encoded(Examined(subject.run, subject.shape, subject.depth, 1, broken, DATA, subject.few))
