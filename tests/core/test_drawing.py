"""Weights come from their seed, whatever other threads draw meanwhile."""

from __future__ import annotations

import threading
from pathlib import Path

import torch

import aestudio
from aestudio.core.ground.drawing import drawn_from
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.run.run import Run


def test_a_model_that_is_built_beside_other_drawing_has_the_weights_of_its_seed() -> None:
    run, begun, go_on, built = Run(), threading.Event(), threading.Event(), list[Autoencoder]()
    wanted = Autoencoder(run, (1, 8, 8)).state_dict()

    def draw() -> None:
        with drawn_from(3):
            torch.rand(5)
            begun.set()
            assert go_on.wait(60)
            torch.rand(5)

    def build() -> None:
        built.append(Autoencoder(run, (1, 8, 8)))

    threads = [threading.Thread(target=draw), threading.Thread(target=build)]
    threads[0].start()
    assert begun.wait(60)
    threads[1].start()
    threads[1].join(0.2)
    assert not built  # it waits
    go_on.set()
    for one in threads:
        one.join()
    assert all(torch.equal(value, wanted[name]) for name, value in built[0].state_dict().items())


def test_what_was_drawn_with_a_seed_leaves_other_draws_as_they_were() -> None:
    torch.manual_seed(5)
    wanted = torch.rand(3)
    torch.manual_seed(5)
    with drawn_from(1):
        first = torch.rand(3)
    with drawn_from(1):
        assert torch.equal(torch.rand(3), first)
    assert torch.equal(torch.rand(3), wanted)


def test_nobody_else_sets_the_generator_of_all_threads() -> None:
    root = Path(aestudio.__file__).parent
    found = [
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        if any(words in path.read_text(encoding="utf-8") for words in ("torch.manual_seed", "fork_rng"))
    ]
    assert found == [str(Path("core", "ground", "drawing.py"))]
