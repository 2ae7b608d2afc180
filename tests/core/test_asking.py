"""Which runs are asked for: words, and conditions on settings and scores."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aestudio.core.ground.errors import LibraryError
from aestudio.core.library.asking import Asked, question, settings_of
from aestudio.core.library.catalogue import Library
from aestudio.core.library.summary import Summary
from aestudio.core.run.run import Run
from tests.core.trainings import keep

SPARSE = Run(epochs=3).with_value("penalties", [{"kind": "kl-sparsity", "target": 0.05}])
SETTINGS = {**SPARSE.model_dump(mode="json"), "scores": {"psnr": 21.5, "dead_units": 0.0}}
SUMMARY = Summary(
    id=7, title="Sparse, and more", note="", starred=False, state="completed", error="", parent=None, created=0.0,
    updated=0.0, trashed=None, seconds=12.0, data="Digits 8×8", network="Multilayer perceptron", variant="KL sparsity",
    seed=0, fingerprint="", shape=(1, 8, 8), device="CPU", machine="", parameters=1000, step=66, steps=66, epoch=3.0,
    objective=1.5, psnr=21.5, checkpoint_step=None, checkpoint_bytes=0,
)  # fmt: skip


def fits(text: str, summary: Summary = SUMMARY) -> bool:
    return question(text)(Asked.of(summary, lambda: SETTINGS))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", True),
        ("sparse digits", True),
        ("sparse letters", False),
        ("sparse and more", True),
        ("sparse or zebra", False),
        ("kl-sparsity.target < 0.1 and epochs > 2", True),
        ("kl-sparsity.target<0.05", False),
        ("target <= 0.05", True),
        ("penalties.kl_sparsity.target = 0.05", True),
        ("get = 0.05", False),
        ("psnr > 20 psnr < 22", True),
        ("psnr > 22 or psnr ≥ 21.5", True),
        ("epochs = 3 and (psnr > 22 or sparse)", True),
        ("epochs = 3 and not (psnr > 22 or sparse)", False),
        ("not psnr > 22", True),
        ("network = mlp", True),
        ("network != mlp", False),
        ("penalties = kl-sparsity", True),
        ("penalties != kl-sparsity", False),
        ("penalties != l1", True),
        ("network.tied = yes", True),
        ("network > 3", False),
        ("state = completed and step = 66", True),
        ("l1.weight > 0", False),
        ("not l1.weight > 0", True),
        ("widths >= 1", True),
        ('"sparse, and" epochs = 3', True),
        ("OR psnr > 20", None),
        ("psnr >", None),
        ("psnr > and epochs > 2", None),
        ("> 3", None),
        ("(psnr > 3", None),
        ("psnr > 3)", None),
        ("psnr > 3 and", None),
        ("psnr > 3 or or epochs = 2", None),
        ("(" * 100 + "psnr > 3", None),
        ("psnr > 3 " * 1000, None),
    ],
)
def test_words_and_conditions_ask_for_runs_and_what_cannot_be_read_is_a_sentence(
    text: str, expected: bool | None
) -> None:
    if expected is None:
        with pytest.raises(LibraryError) as raised:
            question(text)
        assert str(raised.value).endswith(".")
    else:
        tied = SPARSE.with_value("network.tied", True).model_dump(mode="json")
        assert question(text)(Asked.of(SUMMARY, lambda: {**SETTINGS, "network": tied["network"]})) is expected


def test_a_run_that_is_not_scored_fits_no_condition_on_its_score() -> None:
    unscored = replace(SUMMARY, psnr=None)
    asked = Asked.of(unscored, lambda: {**SETTINGS, "scores": {}})
    assert not question("psnr < 30")(asked)
    assert not question("psnr >= 30")(asked)


def test_words_alone_never_read_the_settings() -> None:
    def settings() -> dict[str, object]:
        raise AssertionError

    assert question("sparse")(Asked.of(SUMMARY, settings))


@given(st.text(alphabet='ab.<>=!()" 01ndort-', max_size=60))
def test_whatever_is_typed_is_an_answer_or_a_sentence(text: str) -> None:
    with suppress(LibraryError):
        assert fits(text) in (True, False)


def test_settings_and_scores_come_from_the_library(tmp_path: Path) -> None:
    keep(tmp_path, SPARSE.with_value("network.widths", [12]))
    with Library(tmp_path) as library:
        asked = Asked.of(library.summary(1), lambda: settings_of(library, 1))
        assert question("target = 0.05 and epochs = 3 and psnr > 0 and scores.mse < 1")(asked)
