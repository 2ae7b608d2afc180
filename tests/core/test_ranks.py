"""Several processes train one network, and come to what one alone comes to."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch
from torch import Tensor

from aestudio.cli import main
from aestudio.core.library.catalogue import Library
from aestudio.core.run.events import Finished
from aestudio.core.training import ranks
from aestudio.core.training.choosing import choose
from aestudio.core.training.fit import fit
from aestudio.core.training.steps.dense import Dense
from aestudio.core.training.steps.eager import Eager
from tests.core.conftest import small_dataset
from tests.core.ranked import CPU, FEW, runs, stepped
from tests.core.test_steps import SHAPE
from tests.core.trainings import RANDOM
from tests.present import present

pytestmark = pytest.mark.usefixtures("ready_python")
Made = dict[str, dict[str, Tensor]]


@cache
def alone(name: str) -> dict[str, Tensor]:
    return stepped(Eager, runs()[name])


@pytest.fixture(scope="module", params=[2, pytest.param(4, marks=pytest.mark.slow)])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Made]:
    """What each of several processes came to."""
    folder = tmp_path_factory.mktemp("ranks")
    started = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={request.param}"]
    done = subprocess.run([*started, "-m", "tests.core.ranked", str(folder)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [torch.load(folder / f"{number}.pt") for number in range(request.param)]


def close(mine: dict[str, Tensor], wanted: dict[str, Tensor], name: str) -> None:
    """Up to rounding; of a gradient that is nothing but rounding Adam makes a whole step, wherever there is one."""
    assert mine.keys() == wanted.keys(), name
    for key, tensor in wanted.items():
        near = torch.isclose(mine[key], tensor, rtol=2e-4, atol=2e-6)
        assert near.all() or (key != "terms" and near.float().mean() > 0.98), (name, key)
        assert torch.allclose(mine[key], tensor, rtol=0.01, atol=0.01), (name, key)


def test_every_part_gives_the_losses_and_weights_of_one_process_at_the_same_batch(made: list[Made]) -> None:
    for name in runs():
        close(made[0][name], alone(name), name)


def test_a_batch_of_fewer_images_than_processes_is_not_counted_twice(made: list[Made]) -> None:
    close(made[0]["fewer images than processes"], stepped(Eager, FEW, 1), "fewer images than processes")


def test_dense_layers_are_shared_by_rows_where_their_gradients_are_written_out(made: list[Made]) -> None:
    for name, run in runs().items():
        wanted = run.code.neutral and choose(run, run.plan(SHAPE, 96), CPU) is Dense
        assert bool(made[0]["shared by rows"][name]) is wanted, name


def test_all_processes_hold_the_same_weights_to_the_last_bit(made: list[Made]) -> None:
    first, *others = made
    for other in others:
        for name, tensors in first.items():
            assert all(torch.equal(tensor, other[name][key]) for key, tensor in tensors.items()), name


def test_a_whole_training_ends_where_that_of_one_process_does(made: list[Made]) -> None:
    *_, ended = fit(RANDOM, small_dataset())
    assert isinstance(ended, Finished)
    close(made[0]["whole training"], present(ended.weights), "whole training")


def test_a_stop_inside_of_a_long_step_ends_all_processes_behind_it(made: list[Made]) -> None:
    assert [int(one["stopped inside of a long step"]["step"]) for one in made] == [3] * len(made)


def test_processes_that_do_not_have_the_same_weights_are_refused(made: list[Made]) -> None:
    assert all(bool(one["another seed"]["refused"]) for one in made)


def test_one_process_alone_agrees_with_itself_and_shares_nothing() -> None:
    assert (ranks.count(), ranks.rank()) == (1, 0)
    assert ranks.agreed(True)
    assert not ranks.agreed(False)


# -- on the command line -----------------------------------------------------------------------------------------------

ROOT = Path(__file__).parents[2]


def program(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "aestudio", *arguments],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


def events(started: subprocess.Popen[str], until: str) -> dict[str, Any]:
    """Reads as far as the first event of that name, which is given."""
    for line in present(started.stdout):
        if (event := json.loads(line))["event"] == until:
            return dict(event)
    raise AssertionError(present(started.stderr).read())


@pytest.mark.slow
def test_two_processes_are_stopped_by_ctrl_c_and_one_goes_on_to_where_one_alone_comes() -> None:
    first = program("train", "sparse-l1", "--epochs", "100000", "--nproc", "2", "--json")
    events(first, "Progress")
    os.killpg(first.pid, signal.SIGINT)  # as a terminal does
    ended = events(first, "Finished")
    assert ended["reason"] == "stopped"
    assert first.wait(60) == 130
    assert "Traceback" not in present(first.stderr).read()
    on = program("resume", "--epochs", str(ended["step"] // 22 + 2), "--json")
    last = events(on, "Finished")
    assert (last["reason"], on.wait(60)) == ("completed", 0)
    with Library() as library:
        assert library.summary(1).state == "completed"
        assert library.summary(1).step == last["step"] > ended["step"]


@pytest.mark.slow
def test_a_lost_process_ends_in_a_sentence_and_what_was_kept_is_there() -> None:
    started = program(
        "train", "sparse-l1", "--epochs", "4000", "--nproc", "2", "--json", "--checkpoint-every", "1 epochs"
    )
    for _ in range(2):  # the first is of the untrained network
        events(started, "Saved")
    lost = next(
        one
        for one in psutil.Process(started.pid).children(recursive=True)
        if one.environ().get("RANK") == "1" and "aestudio" in one.cmdline()
    )
    lost.kill()
    assert started.wait(60) == 1
    said = present(started.stderr).read()
    assert "Process 2 of 2 of this training has ended with exit code -9" in said or "Another of the 2 processes" in said
    assert "Traceback" not in said
    with Library() as library:
        assert present(library.newest_checkpoint(1)).checkpoint.position.step > 0


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--nproc", "0"], "whole numbers from 1"),
        (["--nnodes", "2"], "--rdzv says where"),
        (["--nnodes", "2", "--rdzv", "nowhere"], "--rdzv says where"),
    ],
)
def test_processes_that_cannot_be_started_are_refused_in_a_sentence(
    capsys: pytest.CaptureFixture[str], arguments: list[str], why: str
) -> None:
    assert main(["train", "linear", *arguments]) == 2
    assert why in capsys.readouterr().err
