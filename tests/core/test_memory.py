"""Memory: what is read is counted in bytes as it lies in memory, and an end of memory is a sentence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from aestudio import cli
from aestudio.core.data import arrays
from aestudio.core.data.sources.npz import Npz
from aestudio.core.ground.errors import DataError
from aestudio.core.ground.memory import is_out_of_memory
from aestudio.core.run.events import Finished
from aestudio.core.training import fit as loop
from tests.core.conftest import small_dataset
from tests.core.trainings import RUN, last, train

FREE = 10_000_000


@pytest.fixture(autouse=True)
def _little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "free_memory", lambda: FREE)


@pytest.mark.parametrize(
    ("kind", "fits"), [(np.uint8, True), (np.bool_, True), (np.float32, False), (np.float64, False)]
)
def test_an_archive_is_weighed_in_bytes_of_its_own_type(kind: Any, fits: bool, tmp_path: Path) -> None:
    images: Any = np.zeros((600, 30, 30), kind)  # 540,000 values
    np.savez_compressed(tmp_path / "images.npz", images=images)
    source = Npz.model_validate({"path": str(tmp_path / "images.npz")})
    if fits:
        assert len(source.load().train) == 540
    else:
        with pytest.raises(DataError, match=r"600 images of 30×30 pixels would take 0\.0 GB"):
            source.load()


def test_labels_of_a_million_letters_are_left_out(tmp_path: Path) -> None:
    """They pack to nothing and would take gigabytes."""
    labels = np.zeros(40, "<U1000000")
    np.savez_compressed(tmp_path / "images.npz", images=np.zeros((40, 8, 8), np.uint8), labels=labels)
    assert (tmp_path / "images.npz").stat().st_size < 1_000_000
    assert Npz.model_validate({"path": str(tmp_path / "images.npz")}).load().label_names == ()


def used_up() -> RuntimeError:
    """As torch says it."""
    with pytest.raises(RuntimeError) as found:
        torch.empty(2**60, dtype=torch.uint8)
    assert is_out_of_memory(found.value)
    return found.value


def test_a_training_without_memory_ends_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    error = used_up()

    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr(loop, "to_float", broken)
    end = last(train(RUN, small_dataset()))
    assert isinstance(end, Finished)
    assert end.error.startswith("The device ran out of memory; lower the batch size")


def test_any_command_without_memory_ends_with_a_sentence_and_code_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from aestudio.commands import recipes

    error = used_up()

    def broken(_: object) -> int:
        raise error

    monkeypatch.setattr(recipes, "recipes", broken)
    assert cli.main(["recipes"]) == 1
    assert capsys.readouterr().err.startswith("aestudio: The memory of this computer is not enough;")


def test_another_error_of_torch_is_not_taken_for_one_of_memory() -> None:
    assert not is_out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))


ARENAS = """
import ctypes, sys, threading
from aestudio.core.ground.memory import share_arenas

share_arenas()
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_size_t], [ctypes.c_void_p]
together = threading.Barrier(8)
def work():
    for _ in range(20):
        together.wait()
        libc.free(libc.malloc(1000))
threads = [threading.Thread(target=work) for _ in range(8)]
for one in threads:
    one.start()
for one in threads:
    one.join()
libc.fopen.restype, libc.fopen.argtypes = ctypes.c_void_p, [ctypes.c_char_p, ctypes.c_char_p]
libc.malloc_info.argtypes, libc.fclose.argtypes = [ctypes.c_int, ctypes.c_void_p], [ctypes.c_void_p]
file = libc.fopen(sys.argv[1].encode(), b"w")
libc.malloc_info(0, file)
libc.fclose(file)
"""
"""Eight threads that ask for memory at once; glibc's own account of where it came from, as a file."""


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc has arenas")
def test_threads_get_their_memory_from_one_place(tmp_path: Path) -> None:
    told = tmp_path / "malloc.xml"
    subprocess.run([sys.executable, "-c", ARENAS, str(told)], check=True, timeout=120)
    assert told.read_text().count("<heap nr=") <= 2


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the limit is not kept to, or there is none")
@pytest.mark.parametrize("gigabytes", [0.6, 3.0, 4.0])
def test_an_address_space_that_is_too_small_for_torch_is_a_sentence_and_no_abort(
    gigabytes: float, tmp_path: Path
) -> None:
    import resource

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (int(gigabytes * 1e9),) * 2)

    command = [sys.executable, "-m", "aestudio", "train", "linear", "--epochs", "1", "--out", str(tmp_path / "out")]
    ran = subprocess.run(command, preexec_fn=limit, capture_output=True, text=True)
    if gigabytes > 1 and ran.returncode == 0:  # a build of torch that needs less
        return
    assert ran.returncode == 2, ran.stderr
    assert ran.stderr.startswith(f"aestudio: This process may address {gigabytes} GB of memory")
    assert "Traceback" not in ran.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the limit is not kept to, or there is none")
def test_the_frozen_program_tries_itself_out_where_it_may_address_little(tmp_path: Path) -> None:
    import resource

    frozen = tmp_path / "aestudio"  # it has no interpreter that takes `-c`
    frozen.write_text(f'#!/bin/sh\n[ -z "$*" ] || exit 0\nexec {sys.executable} -m aestudio\n')
    frozen.chmod(0o755)
    code = (
        "import sys\nfrom aestudio.cli import main\n"
        f"sys.frozen, sys.executable = True, {str(frozen)!r}\n"
        "sys.argv = ['aestudio', 'pca', 'digits']\nsys.exit(main())"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (int(0.6e9),) * 2),
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 2, ran.stderr
    assert ran.stderr.startswith("aestudio: This process may address 0.6 GB of memory")
