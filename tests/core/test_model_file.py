"""The model file: what it keeps, that it is written whole or not at all, and what is refused when it is read."""

from __future__ import annotations

import base64
import errno
import io
import json
import os
import pickle
import stat
import struct
import tracemalloc
import zlib
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import load_file, save, save_file

from aestudio.core.data.dataset import Resident
from aestudio.core.ground.errors import ModelFileError
from aestudio.core.ground.sealed import sealed
from aestudio.core.model import model_file
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.model.model_file import ModelFile, load
from aestudio.core.run.history import Curves, evaluation
from aestudio.core.run.run import Run

SHAPE = (1, 8, 8)
RUN = Run.from_settings({"title": "Seven", "network": {"kind": "mlp", "widths": [12, 7]}})


def made(run: Run = RUN, shape: tuple[int, int, int] = SHAPE, depth: int | None = None) -> ModelFile:
    return ModelFile(run, shape, Autoencoder(run, shape).snapshot(), {"mse": 0.25, "psnr": 6.02}, depth)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "model.safetensors"
    made().save(path)
    return path


def rewritten(path: Path, **about: str | None) -> Path:
    """The same weights with other metadata; None takes an entry away."""
    with safe_open(path, framework="pt") as file:
        said = {**file.metadata(), **about}
    save_file(load_file(path), path, metadata={name: value for name, value in said.items() if value is not None})
    return path


def refusal(path: Path) -> str:
    """What loading says; every refusal is one sentence."""
    with pytest.raises(ModelFileError) as caught:
        load(path)
    said = str(caught.value)
    assert "\n" not in said
    assert said.endswith((".", ").", "?"))
    return said


# -- what it keeps -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("network", "shape"),
    [
        ({"kind": "mlp", "widths": [12, 7]}, SHAPE),
        ({"kind": "mlp", "widths": [12, 7], "tied": True}, SHAPE),
        ({"kind": "linear", "code_size": 3, "tied": True}, SHAPE),
        ({"kind": "conv", "channels": [3, 4], "code_size": 5}, (3, 9, 11)),
        ({"kind": "conv", "channels": [3], "code_size": 0}, (1, 8, 8)),
    ],
    ids=["untied", "tied", "linear tied", "conv", "conv without a code layer"],
)
def test_a_model_comes_back_as_it_was(network: dict[str, Any], shape: tuple[int, int, int], tmp_path: Path) -> None:
    before = made(Run.from_settings({"network": network, "penalties": [{"kind": "l1", "weight": 0.5}]}), shape)
    before.save(tmp_path / "model.safetensors")
    after = load(tmp_path / "model.safetensors")
    assert (after.run, after.shape, after.scores, after.depth) == (before.run, shape, before.scores, None)
    assert after.weights.keys() == before.weights.keys()
    assert all(after.weights[name].equal(tensor) for name, tensor in before.weights.items())
    images = torch.rand(5, *shape, generator=torch.Generator().manual_seed(0))
    for one, other in zip(before.model().try_on(images), after.model().try_on(images), strict=True):
        assert one.equal(other)


def test_tied_weights_are_kept_once_and_stay_tied(tmp_path: Path) -> None:
    made(RUN.with_value("network.tied", True)).save(tmp_path / "tied.safetensors")
    model = load(tmp_path / "tied.safetensors").model()
    assert set(load_file(tmp_path / "tied.safetensors")) == {f"stages.{i}.{name}" for i in (0, 1) for name in "Wbc"}
    codes = torch.ones(1, 7)
    before = model.decode(codes)
    with torch.no_grad():
        model.module.span(0, 1)[0].get_parameter("W").add_(1)
    assert not model.decode(codes).equal(before)


def test_a_model_that_was_stopped_while_training_layer_by_layer_keeps_how_deep_it_got(tmp_path: Path) -> None:
    made(RUN.with_value("schedule", "greedy"), depth=1).save(tmp_path / "model.safetensors")
    after = load(tmp_path / "model.safetensors")
    assert after.depth == 1
    assert after.model().encode(torch.zeros(2, *SHAPE)).shape == (2, 12)


def test_any_reader_of_safetensors_finds_the_run_and_the_scores(saved: Path) -> None:
    with safe_open(saved, framework="np") as file:
        about = file.metadata()
        assert file.get_tensor("stages.0.W").shape == (12, 64)
    assert about["format"] == "aestudio-model"
    assert json.loads(about["run"])["network"] == {"kind": "mlp", "widths": [12, 7]} | {
        name: getattr(RUN.network, name) for name in ("activation", "code_activation", "output", "tied")
    }
    assert json.loads(about["scores"]) == {"mse": 0.25, "psnr": 6.02}
    assert json.loads(about["shape"]) == list(SHAPE)


def history(points: int = 20) -> Curves:
    steps = np.arange(1, points + 1)
    terms = np.linspace(9, 1, points, dtype=np.float32)[:, None]
    scores = tuple(
        evaluation(at, at // 10, "held-out", "end to end", {"reconstruction": 4.5}, {"reconstruction": 4.5}, {"mse": 1})
        for at in (0, 10, 20)
    )
    return Curves(("reconstruction",), steps, terms, np.ones_like(terms), ((1, "end to end"),), scores)


def full() -> ModelFile:
    """One with all that a file can hold."""
    images = (torch.rand(5, *SHAPE, generator=torch.Generator().manual_seed(0)) * 255).to(torch.uint8)
    return replace(made(), samples=images, curves=history(), facts={"trained on": "CPU “of” ρ", "steps": "1,234"})


@cache
def full_content() -> bytes:
    """Of its file."""
    return sealed(full().weights, full().description())


@pytest.mark.parametrize("said", ["9" * 5000, "9" * 30, "-1", "", "some"])
def test_an_epoch_that_no_training_has_is_none(said: str) -> None:
    assert replace(made(), facts={model_file.KEPT_EPOCH: said}).kept_epoch is None
    assert replace(made(), facts=model_file.of_epoch(1234)).kept_epoch == 1234


def test_samples_curves_and_facts_come_back_as_they_were(tmp_path: Path) -> None:
    before = full()
    before.save(tmp_path / "model.safetensors")
    after = load(tmp_path / "model.safetensors")
    assert after.samples is not None
    assert before.samples is not None
    assert after.samples.dtype == torch.uint8
    assert after.samples.equal(before.samples)
    assert after.facts == before.facts
    assert after.curves.steps.tolist() == before.curves.steps.tolist()
    np.testing.assert_allclose(after.curves.terms, before.curves.terms, rtol=1e-6)
    assert after.curves.evaluations == before.curves.evaluations
    assert (after.curves.names, after.curves.phases) == (before.curves.names, before.curves.phases)
    after.save(tmp_path / "again.safetensors")
    assert load(tmp_path / "again.safetensors").description() == after.description()


def test_a_file_carries_at_most_512_points_with_both_ends(tmp_path: Path) -> None:
    replace(made(), curves=history(5000)).save(tmp_path / "model.safetensors")
    steps = load(tmp_path / "model.safetensors").curves.steps
    assert (len(steps), steps[0], steps[-1]) == (512, 1, 5000)


@pytest.mark.parametrize(
    ("shape", "count"),
    [((1, 8, 8), 64), ((3, 64, 64), 21), ((3, 512, 512), 1), ((1, 2, 1), 64)],
    ids=str,
)
def test_a_file_carries_as_many_held_out_images_as_fit_and_at_least_one(
    shape: tuple[int, int, int], count: int, tmp_path: Path
) -> None:
    """Evenly spaced, the first and the last among them; what is carried is read again."""
    store = Resident(torch.randint(0, 256, (200, *shape), dtype=torch.uint8))
    chosen = model_file.some_samples(store)
    assert chosen.shape == (count, *shape)
    assert chosen[0].equal(store.images[0])
    assert count == 1 or chosen[-1].equal(store.images[-1])
    run = RUN.with_value("network.widths", [2])
    ModelFile(run, shape, Autoencoder(run, shape).snapshot(), {}, None, chosen).save(tmp_path / "model.safetensors")
    carried = load(tmp_path / "model.safetensors").samples
    assert carried is not None
    assert carried.equal(chosen)


def test_few_held_out_images_are_carried_once_each() -> None:
    store = Resident(torch.randint(0, 256, (3, *SHAPE), dtype=torch.uint8))
    assert model_file.some_samples(store).equal(store.images)


def test_an_enormous_image_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_file, "LARGEST_SAMPLE", 63)
    assert "samples" not in full().description()


@pytest.mark.parametrize("tied", [False, True])
def test_a_file_of_version_1_still_opens(tied: bool, tmp_path: Path) -> None:
    """As that version wrote it: without a seal, samples, curves and facts."""
    run = RUN.with_value("network.tied", tied)
    weights = Autoencoder(run, SHAPE).snapshot()
    about = {
        "format": "aestudio-model",
        "version": "1",
        "run": run.to_json(),
        "shape": json.dumps(SHAPE),
        "scores": json.dumps({"mse": 0.25}),
        "depth": json.dumps(None),
    }
    path = tmp_path / "model.safetensors"
    path.write_bytes(save({name: tensor.contiguous() for name, tensor in weights.items()}, metadata=about))
    after = load(path)
    assert (after.run, after.shape, after.scores, after.depth) == (run, SHAPE, {"mse": 0.25}, None)
    assert (after.samples, len(after.curves.steps), after.facts) == (None, 0, {})
    assert all(after.weights[name].equal(tensor) for name, tensor in weights.items())
    assert after.model().decode(after.model().encode(torch.zeros(1, *SHAPE))).shape == (1, *SHAPE)


def test_what_was_read_stays_when_the_file_is_written_over(saved: Path) -> None:
    """By a program that does not put another in its place but writes into it, as `cp` does."""
    opened = load(saved)
    before = {name: tensor.clone() for name, tensor in opened.weights.items()}
    with saved.open("r+b") as file:
        file.write(bytes(saved.stat().st_size))
    assert all(opened.weights[name].equal(tensor) for name, tensor in before.items())


def test_scores_may_be_infinite(tmp_path: Path) -> None:
    ModelFile(RUN, SHAPE, made().weights, {"psnr": float("inf")}).save(tmp_path / "perfect.safetensors")
    assert load(tmp_path / "perfect.safetensors").scores == {"psnr": float("inf")}


@pytest.mark.parametrize("length", [0x0280, 0x0380, 0x0480, 0x0580, 0x0680])
def test_a_header_whose_length_looks_like_a_pickle_is_none(tmp_path: Path, length: int) -> None:
    """A safetensors file begins with its header's length: 80 04 for 1,152 bytes, like a pickle of protocol 4."""
    path = tmp_path / "model.safetensors"
    small = made(Run.from_settings({"network": {"kind": "linear", "code_size": 2}}))
    small.save(path)
    (size,) = struct.unpack("<Q", path.read_bytes()[:8])
    length += 0 if length >= size else 0x10000  # a longer one that begins alike
    padded = small.run.model_copy(update={"explanation": "x" * (length - size)})
    ModelFile(padded, SHAPE, small.weights, small.scores).save(path)
    assert path.read_bytes()[:2] == length.to_bytes(4, "little")[:2]
    assert load(path).run == padded


# -- whole or not at all -----------------------------------------------------------------------------------------------


def full_disk(_handle: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def failing_rename(_source: object, _target: object) -> None:
    raise OSError(errno.EIO, os.strerror(errno.EIO))


@pytest.mark.parametrize(("function", "broken"), [("fsync", full_disk), ("replace", failing_rename)])
def test_a_save_that_fails_leaves_the_old_file_whole_and_nothing_beside_it(
    saved: Path, monkeypatch: pytest.MonkeyPatch, function: str, broken: Callable[..., None]
) -> None:
    before = saved.read_bytes()
    monkeypatch.setattr(f"aestudio.core.ground.atomic.os.{function}", broken)
    with pytest.raises(
        ModelFileError, match=r"could not be saved as .*model\.safetensors: .*\. Choose another place\."
    ):
        made(RUN.with_value("seed", 1)).save(saved)
    monkeypatch.undo()
    assert saved.read_bytes() == before
    assert list(saved.parent.iterdir()) == [saved]


def test_a_save_that_is_interrupted_leaves_nothing_beside_the_old_file(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_handle: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("aestudio.core.ground.atomic.os.fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        made().save(saved)
    monkeypatch.undo()
    assert list(saved.parent.iterdir()) == [saved]


def test_a_folder_that_cannot_be_flushed_does_not_make_a_good_save_a_failed_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Network drives answer so; the file is in its place by then."""
    honest = os.fsync

    def picky(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        honest(handle)

    monkeypatch.setattr("aestudio.core.ground.atomic.os.fsync", picky)
    made().save(tmp_path / "model.safetensors")
    assert load(tmp_path / "model.safetensors").run == RUN


def test_a_folder_that_may_not_be_written_to_is_named_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may write anywhere, so the refusal is made up."""

    def refused(path: str | os.PathLike[str], *_: object, **__: object) -> int:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)

    monkeypatch.setattr("aestudio.core.ground.atomic.os.open", refused)
    with pytest.raises(ModelFileError) as caught:
        made().save(tmp_path / "model.safetensors")
    monkeypatch.undo()
    assert str(caught.value) == (
        f"The model could not be saved as {tmp_path / 'model.safetensors'}: Permission denied. Choose another place."
    )


@pytest.mark.skipif(os.geteuid() == 0 if hasattr(os, "geteuid") else True, reason="root may write anywhere")
def test_a_read_only_folder_is_refused_in_the_same_words(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(ModelFileError, match=r"Permission denied\. Choose another place\."):
        made().save(tmp_path / "model.safetensors")


def test_a_folder_that_is_not_there_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="No such file or directory"):
        made().save(tmp_path / "nowhere" / "model.safetensors")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no umask")
@pytest.mark.parametrize("umask", [0o022, 0o027, 0o077])
def test_a_saved_file_has_the_permissions_that_any_new_file_gets(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        made().save(tmp_path / "model.safetensors")
        (tmp_path / "plain").write_text("")
    finally:
        os.umask(before)
    assert (tmp_path / "model.safetensors").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_name_as_long_as_the_file_system_takes_can_be_saved(tmp_path: Path) -> None:
    path = tmp_path / ("m" * (255 - len(".safetensors")) + ".safetensors")
    made().save(path)
    assert load(path).run == RUN


# -- what is refused ---------------------------------------------------------------------------------------------------


def legacy_torch() -> bytes:
    buffer = io.BytesIO()
    torch.save({"W": torch.zeros(2)}, buffer, _use_new_zipfile_serialization=False)
    return buffer.getvalue()


def zipped_torch() -> bytes:
    buffer = io.BytesIO()
    torch.save({"W": torch.zeros(2)}, buffer)
    return buffer.getvalue()


class Bomb:
    """Unpickling it would end the test."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os._exit, (1,)


@pytest.mark.parametrize(
    "content",
    [zipped_torch(), legacy_torch(), *(pickle.dumps(Bomb(), protocol) for protocol in (2, 3, 4, 5))],
    ids=["torch.save", "old torch.save", "protocol 2", "protocol 3", "protocol 4", "protocol 5"],
)
@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
def test_a_pickle_is_refused_in_words_and_never_run(tmp_path: Path, content: bytes, suffix: str) -> None:
    path = tmp_path / f"model{suffix}"
    path.write_bytes(content)
    assert "could run any program when opened" in refusal(path)


def test_weights_of_another_program_are_refused(tmp_path: Path) -> None:
    save_file({"layer.weight": torch.zeros(3, 3)}, tmp_path / "other.safetensors")
    assert "was not written by AEStudio" in refusal(tmp_path / "other.safetensors")
    save_file({"layer.weight": torch.zeros(3, 3)}, tmp_path / "other.safetensors", metadata={"format": "pt"})
    assert "was not written by AEStudio" in refusal(tmp_path / "other.safetensors")


@pytest.mark.parametrize("content", [b"", b"{", b"\x00" * 64, b"\xff" * 64, b"A model\n" * 100], ids=repr)
def test_a_file_that_is_no_safetensors_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.safetensors").write_bytes(content)
    assert "is not a whole safetensors file" in refusal(tmp_path / "model.safetensors")
    (tmp_path / "model.onnx").write_bytes(b"\x08\x0a" + bytes(30))
    assert "is no model that AEStudio can open; those are files that end in .safetensors." in refusal(
        tmp_path / "model.onnx"
    )


def test_a_file_that_is_not_there_and_a_folder_are_refused(tmp_path: Path) -> None:
    assert "cannot be opened: No such file or directory" in refusal(tmp_path / "nobody.safetensors")
    assert "cannot be opened: Is a directory" in refusal(tmp_path)


@settings(max_examples=60, deadline=None)
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_file_that_is_cut_short_anywhere_is_refused(share: float, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("cut") / "model.safetensors"
    made().save(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    assert "is not a whole safetensors file" in refusal(path)


@settings(max_examples=200, deadline=None)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_flipped_bit_anywhere_is_refused_in_one_sentence(
    place: float, bit: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """In the header, the description or the weights."""
    path = tmp_path_factory.mktemp("flipped") / "model.safetensors"
    content = bytearray(full_content())
    content[int(place * len(content))] ^= 1 << bit
    path.write_bytes(content)
    refusal(path)


@pytest.mark.parametrize("bits", [1, pytest.param(8, marks=pytest.mark.slow)], ids=["one a byte", "all"])
def test_a_flipped_bit_at_every_place_of_the_header_is_refused(bits: int, tmp_path: Path) -> None:
    """Its length, names, types, shapes, offsets, every entry of the description, and the blanks at its end."""
    path = tmp_path / "model.safetensors"
    small = Run.from_settings({"title": "Ünits", "network": {"kind": "linear", "code_size": 1}})
    shape, images = (1, 1, 2), torch.tensor([[[[0, 255]]]], dtype=torch.uint8)
    about = {"trained on": "a machine\n“of” ρ\\"}
    ModelFile(
        small, shape, Autoencoder(small, shape).snapshot(), {"psnr": float("inf")}, 1, images, history(), about
    ).save(path)
    content = bytearray(path.read_bytes())
    header = 8 + struct.unpack("<Q", content[:8])[0]
    assert bytes(content[header - 1 : header]) in (b" ", b"}")
    for place in range(header):
        for bit in ((place + more) % 8 for more in range(bits)):
            content[place] ^= 1 << bit
            path.write_bytes(content)
            try:
                load(path)
            except ModelFileError as error:
                said = str(error)
                content[place] ^= 1 << bit
                continue
            pytest.fail(f"bit {bit} of byte {place}: {bytes(content[place - 30 : place + 10])!r}")
    assert said
    path.write_bytes(content)
    assert load(path).facts == about


@pytest.mark.parametrize("version", ["0", "-1", "1"])
def test_another_version_does_not_get_round_the_seal(saved: Path, version: str) -> None:
    """A single bit makes a 0 of the 2."""
    assert "is damaged" in refusal(rewritten(saved, version=version))


def test_a_description_without_its_seal_is_refused(saved: Path) -> None:
    assert "what it holds is not what was written" in refusal(rewritten(saved, sha256=None))


@pytest.mark.parametrize(
    "samples",
    [
        f"1 {base64.b64encode(zlib.compress(bytes(2**27), 9)).decode()}",
        f"4 {base64.b64encode(zlib.compress(bytes(4 * 64 - 1))).decode()}",
        f"4 {base64.b64encode(zlib.compress(bytes(4 * 64 + 1))).decode()}",
        f"4 {base64.b64encode(zlib.compress(bytes(4 * 64))[:-9]).decode()}",
        f"4 {base64.b64encode(bytes(4 * 64)).decode()}",
        f"5000 {base64.b64encode(zlib.compress(bytes(5000 * 64))).decode()}",
        f"{10**30} AAAA",
        f"{'9' * 5000} AAAA",
        "0 ",
        "-1 AAAA",
        "4 …",
        "4",
        "",
    ],
    ids=lambda text: f"{text[:20]} of {len(text)}",
)
def test_samples_that_are_not_what_they_say_are_refused_without_taking_their_memory(saved: Path, samples: str) -> None:
    """The first is a bomb: 128 MiB of zeros in 170 KB."""
    rewritten(saved, samples=samples)
    tracemalloc.start()
    try:
        assert "description inside model.safetensors is damaged" in refusal(saved)
        assert tracemalloc.get_traced_memory()[1] < 2**23
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("curves", ["", "[]", "{", '{"names": 7}', "[" * 100_000], ids=lambda text: text[:12])
def test_damaged_curves_are_refused(saved: Path, curves: str) -> None:
    assert "description inside model.safetensors is damaged" in refusal(rewritten(saved, curves=curves))


def test_a_newer_format_asks_for_a_newer_program(saved: Path) -> None:
    assert "written by a newer AEStudio (model format 3); update AEStudio" in refusal(rewritten(saved, version="3"))


@pytest.mark.parametrize(
    "about",
    [
        {"version": None},
        {"version": "one"},
        {"run": None},
        {"run": "{"},
        {"run": "[" * 100_000},
        {"run": '{"network": {"kind": "transformer"}}'},
        {"run": '{"epochs": "' + "9" * 5000 + '"}'},
        {"shape": None},
        {"shape": "[1, 8]"},
        {"shape": "[1, 8, -8]"},
        {"shape": "[1, 8, 1e999]"},
        {"shape": "[1, 8, 100000000000000000000]"},
        {"shape": "null"},
        {"scores": "[1]"},
        {"scores": '{"mse": "low"}'},
        {"depth": "-1"},
        {"depth": "true"},
        {"depth": '"all"'},
        {"complex": "{"},
        {"complex": "[3]"},
        {"complex": '["stages.7.W"]'},
    ],
    ids=lambda about: next(f"{name} {str(value)[:20]}" for name, value in about.items()),
)
def test_a_damaged_description_is_refused(saved: Path, about: dict[str, str | None]) -> None:
    assert "description inside model.safetensors is damaged" in refusal(rewritten(saved, **about))


def test_weights_that_do_not_fit_the_run_are_refused(saved: Path) -> None:
    other = RUN.with_value("network.widths", [12, 6]).to_json()
    assert "stages.1.V should be 72 numbers [12, 6] and is [12, 7]" in refusal(rewritten(saved, run=other))


def test_a_missing_weight_and_one_too_many_are_refused(saved: Path) -> None:
    deeper = RUN.with_value("network.widths", [12, 7, 3]).to_json()
    assert "stages.2.V should be 21 numbers [7, 3] and is nothing" in refusal(rewritten(saved, run=deeper))
    shallower = RUN.with_value("network.widths", [12]).to_json()
    assert "stages.1.V should be nothing and is [12, 7]" in refusal(rewritten(saved, run=shallower))


def test_a_shape_of_other_images_is_refused(saved: Path) -> None:
    assert "does not fit its own description" in refusal(rewritten(saved, shape="[1, 8, 9]"))


def test_more_trained_layers_than_there_are_is_refused(saved: Path) -> None:
    assert "3 layers were trained and it has 2" in refusal(rewritten(saved, depth="3"))


def test_weights_that_are_no_floating_point_numbers_are_refused(saved: Path) -> None:
    with safe_open(saved, framework="pt") as file:
        about = file.metadata()
    save_file({name: tensor.long() for name, tensor in load_file(saved).items()}, saved, metadata=about)
    assert "stages.0.V should be float32 numbers and is int64 numbers" in refusal(saved)


def test_parts_that_do_not_fit_each_other_are_refused(saved: Path) -> None:
    run = RUN.with_value("network.output", "identity").with_value("loss", "cross-entropy").to_json()
    assert "describes no network that can be built" in refusal(rewritten(saved, run=run))


@pytest.mark.parametrize(
    ("widths", "shape"),
    [([65536, 65536, 65536], "[1, 8, 8]"), ([65536], "[1, 65536, 65536]"), ([65536], "[65536, 65536, 65536]")],
    ids=["terabytes of layers", "terabytes of pixels", "beyond 64 bits"],
)
def test_a_run_that_describes_terabytes_is_refused_without_taking_them(
    saved: Path, monkeypatch: pytest.MonkeyPatch, widths: list[int], shape: str
) -> None:
    real: list[int] = []
    honest = torch.empty

    def counted(*sizes: Any, **options: Any) -> torch.Tensor:
        tensor = honest(*sizes, **options)
        if not tensor.is_meta:
            real.append(tensor.numel())
        return tensor

    monkeypatch.setattr("aestudio.core.model.model_file.torch.empty", counted)
    run = RUN.with_value("network.widths", widths).to_json()
    said = refusal(rewritten(saved, run=run, shape=shape))
    assert "does not fit its own description" in said or "describes no network that can be built" in said
    assert not real
