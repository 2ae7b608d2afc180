"""Data sets from the network: fetched from a server of the test's own, cancelled, damaged, offline."""

from __future__ import annotations

import gzip
import hashlib
import io
import pickle
import tarfile
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from aestudio.core.data import download
from aestudio.core.data.download import Download
from aestudio.core.data.source import Data
from aestudio.core.data.sources.torchvision_sets import Cifar10, FashionMnist, Kmnist, Mnist
from aestudio.core.ground.errors import Cancelled, DataError
from aestudio.core.parts.slots import options

torchvision = pytest.importorskip("torchvision")

NOBODY = "http://127.0.0.1:9/"
"""The discard port, where nothing listens."""


class Server:
    """Serves a folder and remembers what was asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[str] = []
        asked = self.asked

        class Handler(SimpleHTTPRequestHandler):
            def log_request(self, *_: Any) -> None:
                asked.append(self.path.rpartition("/")[2])

            def log_message(self, *_: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    folder = tmp_path / "served"
    folder.mkdir()
    served = Server(folder)
    thread = threading.Thread(target=partial(served.http.serve_forever, poll_interval=0.01))
    thread.start()
    yield served
    served.http.shutdown()
    served.http.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache folder of this test; proxies of the machine are kept out."""
    monkeypatch.setenv("AESTUDIO_DATA", str(tmp_path / "cache"))
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "cache"


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def idx(values: np.ndarray) -> bytes:
    return bytes([0, 0, 8, values.ndim]) + np.array(values.shape, ">u4").tobytes() + values.astype(np.uint8).tobytes()


def noise(count: int) -> np.ndarray:
    return np.random.default_rng(count).integers(0, 256, (count, 28, 28), dtype=np.uint8)


@pytest.fixture
def mnist(server: Server, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """The files of a tiny MNIST, served; the second mirror is the one that works."""
    files = {}
    for side, count in (("train", 300), ("t10k", 20)):
        files[f"{side}-images-idx3-ubyte.gz"] = gzip.compress(idx(noise(count)))
        files[f"{side}-labels-idx1-ubyte.gz"] = gzip.compress(idx(np.arange(count) % 10))
    for name, content in files.items():
        (server.folder / name).write_bytes(content)
    source = torchvision.datasets.MNIST
    monkeypatch.setattr(source, "mirrors", [NOBODY, server.url])
    monkeypatch.setattr(source, "resources", [(name, md5(content)) for name, content in files.items()])
    return files


@pytest.fixture
def cifar(server: Server, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """The archive of a tiny CIFAR-10, served, with a file in it that nobody asked for."""
    rng, source = np.random.default_rng(0), torchvision.datasets.CIFAR10
    batch = {"data": rng.integers(0, 256, (6, 3072), dtype=np.uint8), "labels": list(range(6))}
    content = {name: pickle.dumps(batch) for name, _ in source.train_list + source.test_list}
    content["batches.meta"] = pickle.dumps({"label_names": [f"thing {i}" for i in range(10)]})
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, data in {**content, "../escaped": b"!"}.items():
            member = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    (server.folder / source.filename).write_bytes(packed.getvalue())
    monkeypatch.setattr(source, "url", server.url + source.filename)
    monkeypatch.setattr(source, "tgz_md5", md5(packed.getvalue()))
    for part in ("train_list", "test_list"):
        monkeypatch.setattr(source, part, [[name, md5(content[name])] for name, _ in getattr(source, part)])
    monkeypatch.setattr(source, "meta", {**source.meta, "md5": md5(content["batches.meta"])})
    return content


def left(folder: Path) -> list[str]:
    """Every file below a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


RAW = [f"MNIST/raw/{side}-{what}-ubyte" for side in ("t10k", "train") for what in ("images-idx3", "labels-idx1")]


def test_a_data_set_is_fetched_from_the_first_mirror_that_has_it(
    mnist: dict[str, bytes], server: Server, cache: Path
) -> None:
    heard: list[tuple[str, float | None]] = []
    dataset = Mnist().load(lambda doing, fraction: heard.append((doing, fraction)))
    assert (len(dataset.train), len(dataset.held_out), dataset.shape) == (300, 20, (1, 28, 28))
    assert np.array_equal(dataset.train.images.gather(torch.arange(300))[:, 0], noise(300))
    assert dataset.train.labels is not None
    assert dataset.train.labels[:3].tolist() == [0, 1, 2]
    assert dataset.label_names == tuple("0123456789")
    assert left(cache) == sorted(RAW)
    assert sorted(server.asked) == sorted(mnist)
    fractions = [fraction for doing, fraction in heard if doing.startswith("Downloading MNIST: ")]
    assert None not in fractions
    assert fractions == sorted(fractions, key=float)  # type: ignore[arg-type]
    assert len(fractions) > len(mnist)


def test_a_data_set_that_is_there_is_read_without_the_network(mnist: dict[str, bytes], server: Server) -> None:
    first = Mnist().load().fingerprint()
    server.asked.clear()
    assert Mnist().load().fingerprint() == first
    assert server.asked == []


def test_only_the_files_that_are_missing_are_fetched(mnist: dict[str, bytes], server: Server, cache: Path) -> None:
    Mnist().load()
    (cache / RAW[0]).unlink()
    server.asked.clear()
    Mnist().load()
    assert server.asked == ["t10k-images-idx3-ubyte.gz"]


def test_files_put_into_the_folder_by_hand_are_used_and_kept(
    mnist: dict[str, bytes], server: Server, cache: Path
) -> None:
    folder = Mnist().folder()
    folder.mkdir(parents=True)
    for name, content in mnist.items():
        (folder / name).write_bytes(content)
    assert len(Mnist().load().train) == 300
    assert server.asked == []
    assert all((folder / name).is_file() for name in mnist)


def test_a_file_put_there_by_hand_that_is_not_the_original_is_refused_by_name(
    mnist: dict[str, bytes], server: Server
) -> None:
    folder = Mnist().folder()
    folder.mkdir(parents=True)
    (folder / "train-images-idx3-ubyte.gz").write_bytes(b"something else")
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte\.gz is not the original file.*delete it"):
        Mnist().load()


def test_a_damaged_unpacked_file_says_where_it_is_and_what_to_do(mnist: dict[str, bytes], cache: Path) -> None:
    Mnist().load()
    (cache / RAW[2]).write_bytes(idx(noise(300))[:1000])
    with pytest.raises(DataError, match=r"cannot be used .* delete them there to download them again") as caught:
        Mnist().load()
    assert str(cache / "MNIST" / "raw") in str(caught.value)


def test_cancelling_midway_leaves_no_part_of_a_file(
    mnist: dict[str, bytes], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "CHUNK", 1000)
    chunks = 0

    def stop_within_the_first_file(doing: str, _fraction: float | None) -> None:
        nonlocal chunks
        chunks += doing.startswith("Downloading")
        if chunks == 5:
            assert any(name.endswith(".part") for name in left(cache))
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        Mnist().load(stop_within_the_first_file)
    assert left(cache) == []
    assert len(Mnist().load().train) == 300  # and the next try starts afresh


@pytest.mark.parametrize("source", [Mnist, FashionMnist, Kmnist, Cifar10])
def test_offline_one_sentence_names_the_folder_and_the_files(
    source: type[Download], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = source().torchvision_class()
    if source is Cifar10:
        monkeypatch.setattr(known, "url", NOBODY + known.filename)
    else:
        monkeypatch.setattr(known, "mirrors", [NOBODY])
    with pytest.raises(DataError) as caught:
        source().load()
    said = str(caught.value)
    assert said.startswith(f"{source.title} could not be downloaded (127.0.0.1 cannot be reached)")
    assert said.endswith(f" into the folder {source().folder()}.")
    assert all(name in said for name, _, _ in source().archives())
    assert source().folder().is_relative_to(cache)
    assert said.count(". ") == 0
    assert left(cache) == []


def test_a_download_that_arrives_damaged_is_not_kept(mnist: dict[str, bytes], server: Server, cache: Path) -> None:
    name = "train-images-idx3-ubyte.gz"
    (server.folder / name).write_bytes(mnist[name][:-10])
    with pytest.raises(DataError, match=r"what 127\.0\.0\.1 sent is damaged.*127\.0\.0\.1 cannot be reached"):
        Mnist().load()
    assert left(cache) == []


def test_a_file_that_a_server_does_not_have_is_told_apart_from_being_offline(
    mnist: dict[str, bytes], server: Server
) -> None:
    (server.folder / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(DataError, match=r"127\.0\.0\.1 answered with error 404"):
        Mnist().load()


def test_cifar_is_unpacked_file_by_file_and_nothing_else_is(
    cifar: dict[str, bytes], server: Server, cache: Path
) -> None:
    dataset = Cifar10().load()
    assert (len(dataset.train), len(dataset.held_out), dataset.shape) == (30, 6, (3, 32, 32))
    first = dataset.train.images.gather(torch.tensor([0]))
    assert first.flatten().tolist() == pickle.loads(cifar["data_batch_1"])["data"][0].tolist()
    assert dataset.label_names[3] == "thing 3"
    assert left(cache) == sorted(f"cifar-10-batches-py/{name}" for name in cifar)
    server.asked.clear()
    Cifar10().load()
    assert server.asked == []


def test_a_cache_folder_that_cannot_be_written_is_named(mnist: dict[str, bytes], cache: Path) -> None:
    cache.write_text("a file is in the way")
    with pytest.raises(DataError, match="MNIST cannot be kept in") as caught:
        Mnist().load()
    assert str(cache) in str(caught.value)


def test_a_cache_folder_that_the_system_does_not_look_at_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AESTUDIO_DATA", "/" + "m" * 300)
    with pytest.raises(DataError, match=r"MNIST cannot be kept in .*: File name too long"):
        Mnist().load()


@pytest.mark.parametrize(
    "error", [ImportError("no such file"), RuntimeError("operator torchvision::nms does not exist")]
)
def test_a_torchvision_that_cannot_be_imported_is_a_sentence(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not whole, or it was built for another torch."""

    def refuse(_: Mnist) -> Any:
        raise error

    monkeypatch.setattr(Mnist, "torchvision_class", refuse)
    with pytest.raises(DataError, match=f"MNIST needs torchvision, which cannot be imported .{error}."):
        Mnist().load()


def test_the_download_sources_are_offered_and_not_taken_for_embedded() -> None:
    assert {kind for kind, source in options(Data).items() if issubclass(source, Download)} == {
        "mnist",
        "fashion-mnist",
        "kmnist",
        "cifar10",
    }
    assert not any(source.embedded for source in options(Data).values() if issubclass(source, Download))
