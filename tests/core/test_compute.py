"""How the processors are used."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

import pytest
import torch

from aestudio.core.ground.compute import WORTH_THREADS, choose, use_threads


def test_threads_of_torch_spin_shortly_wherever_the_person_says_nothing_else() -> None:
    names = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")
    code = f"import os, aestudio\nprint([os.environ.get(name) for name in {names}])"
    plain = {name: value for name, value in os.environ.items() if name not in names}

    def said(**own: str) -> str:
        return subprocess.run(
            [sys.executable, "-c", code], env=plain | own, capture_output=True, text=True, check=True
        ).stdout.strip()

    assert said() == "['ACTIVE', '1000', '1']"
    assert said(OMP_WAIT_POLICY="PASSIVE") == "['PASSIVE', None, None]"
    assert said(GOMP_SPINCOUNT="5") == "[None, '5', None]"
    assert said(KMP_BLOCKTIME="7") == "['ACTIVE', '1000', '7']"


def test_numpy_works_on_one_thread_wherever_the_person_says_nothing_else() -> None:
    code = "import os, aestudio\nprint(os.environ.get('OPENBLAS_NUM_THREADS'))"
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")
    plain = {name: value for name, value in os.environ.items() if name not in names}

    def said(**own: str) -> str:
        return subprocess.run(
            [sys.executable, "-c", code], env=plain | own, capture_output=True, text=True, check=True
        ).stdout.strip()

    assert said() == "1"
    assert said(OPENBLAS_NUM_THREADS="3") == "3"
    assert said(OMP_NUM_THREADS="3") == "None"


def elsewhere(find: Callable[[], int]) -> int:
    """What a thread that begins now finds."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(find).result()


@pytest.mark.usefixtures("two_threads")
def test_a_small_step_takes_one_thread_and_leaves_those_that_begin_meanwhile_theirs() -> None:
    with choose("cpu").threads_for(1):
        assert torch.get_num_threads() == 1
        assert elsewhere(torch.get_num_threads) == 2
    assert torch.get_num_threads() == 2


@pytest.mark.usefixtures("two_threads")
def test_a_large_step_takes_all_threads_in_a_thread_that_had_one() -> None:
    def found() -> int:
        with choose("cpu").threads_for(WORTH_THREADS):
            return torch.get_num_threads()

    use_threads(1)
    assert found() == 2
    assert torch.get_num_threads() == 1


@pytest.mark.usefixtures("two_threads")
def test_many_threads_that_choose_at_once_leave_the_number_of_later_ones_alone() -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(use_threads, [1, 2] * 40))
    assert elsewhere(torch.get_num_threads) == 2


@pytest.mark.usefixtures("two_threads")
def test_a_large_step_that_begins_while_another_thread_chooses_one_takes_all_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def found() -> int:
        with choose("cpu").threads_for(WORTH_THREADS):
            return torch.get_num_threads()

    choosing, begun = torch.set_num_threads, list[Future[int]]()
    with ThreadPoolExecutor(1) as pool:

        def choose_and_begin(count: int) -> None:
            choosing(count)
            if not begun:
                begun.append(pool.submit(found))
                wait(begun, 0.5)  # it may have to wait for this

        monkeypatch.setattr(torch, "set_num_threads", choose_and_begin)
        use_threads(1)
        assert begun[0].result() == 2


@pytest.mark.usefixtures("two_threads")
def test_the_threads_that_are_named_are_those_of_a_training_and_not_of_the_thread_that_asks() -> None:
    use_threads(1)
    assert choose("cpu").description == "CPU, 2 threads (as chosen)"
