"""A training as a GIF: as many frames as are worth it, with and without corruption, in colour, without filters."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from aestudio.core.export import film
from aestudio.core.export.film import save_film
from aestudio.core.ground.errors import ExportError
from aestudio.core.library.catalogue import Library
from aestudio.core.run.run import Run
from tests.core.conftest import small_dataset
from tests.core.trainings import NOISY, RUN, keep


def filmed(folder: Path, run: Run, shape: tuple[int, int, int] = (1, 8, 8)) -> tuple[int, tuple[int, int]]:
    """How many frames the film of a run has, and how large they are."""
    keep(folder / "library", run, small_dataset(shape))
    with Library(folder / "library") as library:
        assert save_film(library, 1, folder / "film.gif", lambda *_: None) > 1
    with Image.open(folder / "film.gif") as made:
        return made.n_frames, made.size  # type: ignore[attr-defined]


def test_a_corruption_has_a_panel_of_its_own(tmp_path: Path) -> None:
    _, (plain, _) = filmed(tmp_path / "plain", RUN)
    _, (noisy, _) = filmed(tmp_path / "noisy", NOISY)
    assert noisy == plain + film.SIDE + film.MARGIN


@pytest.mark.parametrize("network", [{"kind": "conv", "channels": [4], "code_size": 0}, {"kind": "residual"}])
def test_networks_of_other_kinds_and_colours_are_filmed(tmp_path: Path, network: dict[str, object]) -> None:
    run = Run.from_settings({"network": network, "epochs": 1, "batch_size": 48})
    assert filmed(tmp_path, run, (3, 8, 8))[0] == 3


def test_of_many_moments_the_first_and_the_last_are_among_the_frames(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(film, "FRAMES", 5)
    assert film._spread(list(range(19)), 5) == [0, 4, 9, 14, 18]
    assert filmed(tmp_path, RUN)[0] == 5


def test_a_run_without_moments_is_refused_in_a_sentence(tmp_path: Path) -> None:
    keep(tmp_path, RUN, moments=0)
    with Library(tmp_path) as library, pytest.raises(ExportError, match="keeps no moments"):
        save_film(library, 1, tmp_path / "film.gif", lambda *_: None)
