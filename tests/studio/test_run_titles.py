"""Settings of runs go by the titles that forms give them, and by the names of a search where there is none."""

from __future__ import annotations

import pytest

from aestudio.core.ground.texts import in_language
from aestudio.core.library.asking import Fact
from aestudio.core.run.run import Run
from aestudio.studio.runs.settings import table
from aestudio.studio.runs.titles import TITLED

BETA = "penalties.kl_to_prior.weight"
L1 = "penalties.l1.weight"


@pytest.mark.parametrize(
    ("path", "values", "among", "expected"),
    [
        (BETA, (8.0,), (), "Weight β = 8"),
        (L1, (8.0,), (L1, "penalties.weight_decay.weight"), "L1 on activations: Weight λ = 8"),
        ("penalties.kl_to_prior.free_nats", (0.5,), (), "Free nats (nats) = 0.5"),
        ("epochs", (20,), (), "Epochs = 20"),
        ("optimiser.learning_rate", (0.01,), (), "Learning rate = 0.01"),
        ("data", ("digits",), (), "Data = Digits 8×8"),
        ("penalties", ("kl-to-prior", "weight_decay"), (), "Penalties = KL to the prior, L2 on weights"),
        ("penalties", (), (), "Penalties = –"),
        ("corruption.fraction", (0.5,), (), "Fraction dropped p / Fraction hit p = 0.5"),
        ("scores.mse", (0.5,), (), "Mean squared error = 0.5"),
        ("objective", ("sum",), (), "Objective = Sum of the terms"),
        ("objective", (1.5,), (), "Objective = 1.5"),
        ("psnr", (20.0,), (), "Held-out PSNR = 20"),
        ("penalties.gone.weight", (1.0,), (), "gone.weight = 1"),
        ("gone", ("x",), (), "gone = x"),
    ],
)
def test_a_setting_goes_by_its_title(
    path: str, values: tuple[Fact, ...], among: tuple[str, ...], expected: str
) -> None:
    assert TITLED.told(path, values, among) == expected


def test_titles_are_in_the_language_in_use() -> None:
    with in_language("ko"):
        assert TITLED.told("epochs", (20,), ()) == "에포크 = 20"


def test_what_a_person_called_an_array_is_no_word_of_the_program() -> None:
    run = Run.from_settings({"data": {"kind": "npz", "key": "images", "levels": "as found"}})
    with in_language("ko"):
        assert TITLED.write("data.key", ("images",)) == "images"
        assert TITLED.write("data.levels", ("as found",)) != "as found"
        told = {row.path: row.values for row in table([run], every=True)}
        assert told["data.key"] == ("images",)
        assert told["data.levels"] != ("as found",)
