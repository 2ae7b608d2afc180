"""A measure of the page Inspect, without a window: its numbers, a refusal beside them, and what is said of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from aestudio.core.ground.errors import ProbeError
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.run.run import Run
from aestudio.studio.inspect.examined import Examined
from aestudio.studio.inspect.measuring import taken_words, with_vitals
from aestudio.studio.inspect.vitals import vitals

SHAPE = (1, 8, 8)


@pytest.fixture
def subject() -> Examined:
    run = Run.from_settings({"title": "Mine", "network": {"kind": "mlp", "widths": [12]}})
    weights = Autoencoder(run, SHAPE).snapshot()
    images = torch.rand(8, *SHAPE, generator=torch.Generator().manual_seed(0))
    return Examined(run, SHAPE, 1, 40, weights, None, images)


def test_numbers_hold_where_the_panel_refuses(subject: Examined) -> None:
    def refuses(_subject: Examined, _report: Report) -> object:
        raise ProbeError("That would take 3 days.")

    numbers, refusal = with_vitals(refuses, None)(subject, unheard)
    assert numbers.units == 12
    assert str(refusal) == "That would take 3 days."


def test_numbers_that_are_known_are_not_taken_again(subject: Examined) -> None:
    known = vitals(subject, unheard)
    numbers, found = with_vitals(lambda _subject, _report: "found", known)(subject, unheard)
    assert numbers is known
    assert found == "found"


def test_it_is_said_when_and_how_quickly_a_model_was_measured(subject: Examined) -> None:
    assert taken_words(subject, 0.034, slow=False) == "“Mine” · measured at step 40 in 30 ms"
    assert taken_words(replace(subject, step=0), 0.001, slow=False).endswith("measured before training in 1 ms")
    assert "as opened in 2.5 s, too slow" in taken_words(replace(subject, step=0, opened=True), 2.5, slow=True)
