"""Studies and batches on a Dask cluster: they come to what one process comes to, whatever happens to the workers."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from aestudio.cli import main
from aestudio.core.cluster import engine
from aestudio.core.cluster.cluster import Cluster
from aestudio.core.cluster.engine import DaskEngine
from aestudio.core.cluster.pictures import Cleaners
from aestudio.core.cluster.wire import data_of, event_of, packed_data, packed_event
from aestudio.core.denoise.batch import Began, Ended, batch
from aestudio.core.denoise.pipeline import Cleaning
from aestudio.core.denoise.ways.model import TrainedModel
from aestudio.core.denoise.ways.tv import TotalVariation
from aestudio.core.ground import compute
from aestudio.core.ground.errors import ClusterError
from aestudio.core.library.catalogue import Library
from aestudio.core.library.keeping import Loop, fit_and_keep
from aestudio.core.model.model_file import ModelFile
from aestudio.core.run.events import Evaluated, Finished, Preview, Progress, Started
from aestudio.core.run.run import Run
from aestudio.core.theory.tradeoff import Point, SweepEvent, sweep
from aestudio.core.theory.trains import HERE, Engine
from aestudio.core.training.controls import Controls
from aestudio.core.training.fit import fit
from tests import workers
from tests.core.conftest import small_dataset
from tests.core.test_pool import LONG, RUN

distributed = pytest.importorskip("distributed", reason='a cluster needs pip install "aestudio[cluster]"')
CPU = compute.choose("cpu")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A scheduler with two workers."""
    with workers.cluster() as made:
        yield made


@pytest.fixture
def cluster(address: str) -> Iterator[Cluster]:
    with Cluster(address) as made:
        yield made


def told(engine: Engine, run: Run = RUN, values: tuple[int, ...] = (2, 3, 5), **more: Any) -> list[Any]:
    return list(sweep(run, "code-size", values, small_dataset(), engine=engine, compute=CPU, **more))


def points(told: list[Any]) -> dict[int, tuple[float | None, float | None, str]]:
    return {one.index: (one.training_error, one.held_out_error, one.trouble) for one in told if isinstance(one, Point)}


# -- what travels ------------------------------------------------------------------------------------------------------


def test_every_event_of_a_training_arrives_as_it_was_sent() -> None:
    controls = Controls()
    controls.ask_for_preview()
    events = list(fit(RUN, small_dataset(), controls, CPU))
    arrived = [event_of(packed_event(event)) for event in events]
    assert [type(one) for one in arrived] == [type(one) for one in events]
    for mine, theirs in zip(events, arrived, strict=True):
        match mine, theirs:
            case (Progress(), Progress()):
                assert np.array_equal(mine.weighted, theirs.weighted)
                assert (mine.names, mine.first_step) == (theirs.names, theirs.first_step)
            case (Preview(), Preview()):
                assert np.array_equal(mine.code, theirs.code)
            case (Finished(weights=dict() as sent), Finished(weights=dict() as got)):
                assert sent.keys() == got.keys()
                assert all(torch.equal(sent[name], got[name]) for name in sent)
                assert mine.run == theirs.run
            case (Started(), Started()):
                assert mine == theirs
            case (Evaluated(), Evaluated()):
                assert mine.scores == theirs.scores
            case _:
                assert mine == theirs


def test_images_arrive_as_they_were_sent() -> None:
    dataset = small_dataset()
    packed = packed_data(dataset)
    assert packed is not None
    assert data_of(packed).fingerprint() == dataset.fingerprint()


# -- studies -----------------------------------------------------------------------------------------------------------


def test_a_sweep_on_two_workers_comes_to_what_it_comes_to_here(cluster: Cluster) -> None:
    assert DaskEngine(cluster).workers == 2
    here, there = told(HERE), told(DaskEngine(cluster, device="cpu"))
    assert points(there) == points(here)
    assert [one.done for one in there if isinstance(one, SweepEvent)][-1] == 1


def test_the_library_has_every_run_of_a_cluster(cluster: Cluster, tmp_path: Path) -> None:
    found = told(DaskEngine(cluster, partial(fit_and_keep, folder=tmp_path), device="cpu"))
    numbers = {one.number for one in found if isinstance(one, Point)}
    assert len(numbers) == 3
    library = Library(tmp_path)
    for number in numbers:
        row = library.summary(number)
        assert row.state == "completed"
        assert len(library.curves(number).steps) == row.step
        assert library.model(number).run.title == row.title
    library.close()


@pytest.mark.slow
def test_a_worker_that_is_killed_costs_no_run(cluster: Cluster, tmp_path: Path) -> None:
    run = RUN.model_copy(update={"epochs": 150})
    engine = DaskEngine(cluster, partial(fit_and_keep, folder=tmp_path), device="cpu")
    found: list[Any] = []
    killed = 0
    for one in sweep(run, "code-size", (2, 3, 5), small_dataset(), engine=engine, compute=CPU):
        found.append(one)
        if not killed and isinstance(one, SweepEvent) and isinstance(one.event, Progress):
            doing = cluster.client.processing()
            where = next(at for at, tasks in doing.items() if any(f"-{one.index}-" in str(key) for key in tasks))
            killed = cluster.client.run(os.getpid, workers=[where])[where]
            os.kill(killed, signal.SIGKILL)
    assert killed
    assert points(found) == points(told(HERE, run))
    library = Library(tmp_path)
    states = sorted(row.state for row in library.runs())
    library.close()
    assert states == ["completed", "completed", "completed", "failed"]


def test_a_stop_is_heard_by_every_worker(cluster: Cluster) -> None:
    controls = Controls()
    ends = []
    for one in sweep(
        LONG, "code-size", (2, 3, 5), small_dataset(), controls, CPU, engine=DaskEngine(cluster, device="cpu")
    ):
        assert isinstance(one, SweepEvent)
        if isinstance(one.event, Progress):
            controls.stop()
        if isinstance(one.event, Finished):
            ends.append(one.event.reason)
    assert ends
    assert set(ends) == {"stopped"}


def test_who_hurries_does_not_wait_for_a_worker_that_hears_nothing(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "HURRY_SECONDS", 3.0)
    controls, ends, frozen = Controls(), list[Finished](), 0
    for index, event in DaskEngine(cluster, device="cpu").train([LONG], small_dataset(), controls, CPU):
        if isinstance(event, Progress) and not frozen:
            doing = cluster.client.processing()
            where = next(at for at, tasks in doing.items() if any(f"-{index}-" in str(key) for key in tasks))
            frozen = cluster.client.run(os.getpid, workers=[where])[where]
            os.kill(frozen, signal.SIGSTOP)
            controls.hurry()
        if isinstance(event, Finished):
            ends.append(event)
    os.kill(frozen, signal.SIGCONT)
    assert [end.reason for end in ends] == ["stopped"]


def test_a_run_that_cannot_be_trained_there_says_so_and_the_others_go_on(cluster: Cluster) -> None:
    runs = [RUN, RUN.with_value("batch_size", 16), RUN.with_value("network.widths", (12, 4))]
    dataset = small_dataset()
    broken = runs[1].model_copy(update={"batch_size": -1})
    ends = {
        index: event
        for index, event in DaskEngine(cluster).train([runs[0], broken, runs[2]], dataset, Controls(), None)
        if isinstance(event, Finished)
    }
    assert [ends[index].reason for index in range(3)] == ["completed", "failed", "completed"]
    assert "worker could not train this run" in ends[1].error


def test_a_run_that_is_called_off_as_it_begins_leaves_nobody_waiting(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever stops is told first, and has time for the third run before that is called off."""
    began: set[int] = set()
    ended: set[int] = set()
    third = threading.Event()

    def keeps(run: Run, *_: Any, loop: Loop) -> Iterator[Any]:
        began.add(run.seed)
        if run.seed == 2:
            third.set()
        yield from loop()
        ended.add(run.seed)

    set_flag = distributed.Event.set

    def set_late(flag: Any) -> Any:
        done = set_flag(flag)
        third.wait(5)  # all of it, where the third is not heard any more
        return done

    monkeypatch.setattr(distributed.Event, "set", set_late)
    controls = Controls()
    runs = [LONG.model_copy(update={"seed": seed}) for seed in range(3)]
    for _ in DaskEngine(cluster, keeps, device="cpu").train(runs, small_dataset(), controls, None):
        controls.stop()
    assert began == ended


def test_without_any_worker_left_the_runs_fail_in_words(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    def scatter(*_: Any, **__: Any) -> Any:
        raise TimeoutError("No valid workers found")

    monkeypatch.setattr(cluster.client, "scatter", scatter)
    told = DaskEngine(cluster).train([RUN, RUN], small_dataset(), Controls(), None)
    errors = [event.error for _, event in told if isinstance(event, Finished)]
    assert errors == ["The cluster has no workers any more: No valid workers found."] * 2


def test_a_scheduler_that_goes_away_is_one_sentence_and_nothing_else(capfd: pytest.CaptureFixture[str]) -> None:
    with ExitStack() as held:
        address = held.enter_context(workers.cluster(1))
        with Cluster(address) as cluster:
            errors = []
            for _, event in DaskEngine(cluster, device="cpu").train([LONG], small_dataset(), Controls(), None):
                if isinstance(event, Progress):
                    held.close()
                if isinstance(event, Finished):
                    errors.append(event.error)
    assert len(errors) == 1
    assert "of the cluster is gone" in errors[0] or "no workers any more" in errors[0]
    assert "Traceback" not in capfd.readouterr().err


# -- sentences ---------------------------------------------------------------------------------------------------------


def test_an_address_that_is_none_is_refused_in_words() -> None:
    with pytest.raises(ClusterError, match=r"no address of a scheduler.*tcp://"):
        Cluster("localhost")


def test_a_scheduler_that_does_not_answer_is_told_in_words() -> None:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        free_port = found.getsockname()[1]
    with pytest.raises(ClusterError, match=f"No scheduler answers at tcp://127.0.0.1:{free_port}"):
        Cluster(f"tcp://127.0.0.1:{free_port}", seconds=1)


def test_other_versions_are_told_with_both_of_them(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aestudio.core.cluster.worker.__version__", "0.0.9")
    with pytest.raises(ClusterError, match=r"different versions: AEStudio 0\.1\.0 and 0\.0\.9"):
        Cluster(address)


def test_a_scheduler_without_workers_is_told_in_words() -> None:
    with workers.cluster(0) as address, pytest.raises(ClusterError, match="has no workers"):
        Cluster(address)


# -- pictures ----------------------------------------------------------------------------------------------------------


def test_a_batch_on_two_workers_writes_what_it_writes_here(cluster: Cluster, noisy: Path, tmp_path: Path) -> None:
    how, here, there = Cleaning(TotalVariation(), sigma=0.1), tmp_path / "here", tmp_path / "there"
    alone = list(batch([noisy], here, how))
    spread = list(batch([noisy], there, how, helpers=Cleaners(cluster)))
    ends = [one for events in (alone, spread) for one in events if isinstance(one, Ended)]
    assert {(one.cleaned, one.skipped) for one in ends} == {(3, 1)}
    for name in ("a.png", "b.png", "within/a.png"):
        assert (there / name).read_bytes() == (here / name).read_bytes()
    again = next(one for one in batch([noisy], there, how, helpers=Cleaners(cluster)) if isinstance(one, Began))
    assert again.finished == 3


def test_a_model_file_travels_to_the_workers(cluster: Cluster, noisy: Path, tmp_path: Path) -> None:
    end = list(fit(RUN, small_dataset(), None, CPU))[-1]
    assert isinstance(end, Finished)
    assert end.run is not None
    ModelFile(end.run, (1, 8, 8), end.weights or {}, {}).save(tmp_path / "model.safetensors")
    how = Cleaning(TrainedModel(path=str(tmp_path / "model.safetensors")))
    for name, helpers in (("here", None), ("there", Cleaners(cluster))):
        list(batch([noisy], tmp_path / name, how, helpers=helpers))
    assert (tmp_path / "there/a.png").read_bytes() == (tmp_path / "here/a.png").read_bytes()


def test_pictures_that_a_cluster_has_lost_are_cleaned_again(cluster: Cluster, noisy: Path, tmp_path: Path) -> None:
    lost = False

    def report(_doing: str, _fraction: float | None) -> None:
        nonlocal lost
        if not lost and (working := [one for one in cluster.client.futures if one.startswith("clean-")]):
            lost = True
            cluster.client.cancel([distributed.Future(key, client=cluster.client) for key in working], force=True)

    how = Cleaning(TotalVariation(), sigma=0.1)
    *_, end = batch([noisy], tmp_path / "there", how, report, helpers=Cleaners(cluster))
    assert lost
    assert isinstance(end, Ended)
    assert (end.cleaned, end.skipped) == (3, 1)


@pytest.mark.slow
def test_a_batch_ends_in_words_when_the_scheduler_goes_away(noisy: Path, tmp_path: Path) -> None:
    with ExitStack() as held:
        address = held.enter_context(workers.cluster(1))
        with Cluster(address) as cluster:
            events = batch([noisy], tmp_path / "there", Cleaning(TotalVariation()), helpers=Cleaners(cluster))
            assert isinstance(next(events), Began)
            held.close()
            with pytest.raises(ClusterError, match=r"of the cluster is gone|no workers any more"):
                list(events)


# -- on the command line -----------------------------------------------------------------------------------------------


def test_the_command_says_how_many_workers_there_are(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["sweep", "linear", "--values", "2,4", "--seeds", "1", "--epochs", "1", "--no-probe", "--no-library"]
    assert main([*asked, "--scheduler", address, "--json"]) == 0
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert said[0]["event"] == "Planned"
    assert said[0]["workers"] == 2
    assert sum(one["event"] == "Point" for one in said) == 2


def test_one_picture_needs_no_cluster(noisy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["denoise", str(noisy / "a.png"), "-o", str(tmp_path / "b.png"), "--scheduler", "tcp://a:1"]) == 2
    assert "--scheduler is for several pictures" in capsys.readouterr().err
