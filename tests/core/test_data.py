"""Where images come from: the embedded sources, a person's own folders and files, and what a path becomes."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from aestudio.core.data import paths
from aestudio.core.data.dataset import Dataset, to_float
from aestudio.core.data.paths import data_from_path, data_of_kind
from aestudio.core.data.source import Data
from aestudio.core.data.sources import letters as drawn_letters
from aestudio.core.data.sources.folder import ImageFolder, scan
from aestudio.core.data.sources.idx import Idx
from aestudio.core.data.sources.letters import Letters
from aestudio.core.data.sources.npz import Npz
from aestudio.core.data.sources.photographs import Cutouts, Photographs
from aestudio.core.data.sources.shapes import COMBINATIONS, FACTORS, SIZES, DrawnShapes, Shapes, picture
from aestudio.core.data.walking import FoundFile
from aestudio.core.ground.errors import Cancelled, DataError
from aestudio.core.parts.slots import knobs, options, validated
from aestudio.core.run.run import Run
from tests.present import present

EMBEDDED = [kind for kind, source in options(Data).items() if source.embedded]
SHARED = Path(__file__).parents[2].parent / "shared" / "data"


def small(kind: str) -> Data:
    """An embedded source with few images."""
    source = options(Data)[kind]
    return source.model_validate({name: 300 for name in ("count", "patches") if name in knobs(source)})


def everything(dataset: Dataset) -> tuple[torch.Tensor, torch.Tensor]:
    """All images of the train and the held-out split."""
    train, held_out = (split.images.gather(torch.arange(len(split))) for split in (dataset.train, dataset.held_out))
    return train, held_out


# Every source


@pytest.mark.parametrize("kind", options(Data))
def test_every_source_tells_a_person_what_it_is(kind: str) -> None:
    source = options(Data)[kind]
    assert source.title
    assert source.about.endswith(".")
    assert all(knob.label for knob in knobs(source).values())
    assert json.loads(json.dumps(source().model_dump())) == source().model_dump()


# The embedded ones


@pytest.mark.parametrize("kind", EMBEDDED)
def test_an_embedded_source_gives_bytes_of_one_shape_and_a_label_for_each_image(kind: str) -> None:
    dataset = small(kind).load()
    for split in (dataset.train, dataset.held_out):
        images = split.images.gather(torch.arange(min(64, len(split))))
        assert images.dtype == torch.uint8
        assert images.shape[1:] == dataset.shape
        assert images.float().std() > 5, "the images are blank"
        assert 0 <= to_float(images).min() <= to_float(images).max() <= 1
        if split.labels is not None:
            assert split.labels.dtype == torch.int64
            assert split.labels.shape == (len(split),)
            assert 0 <= split.labels.min() <= split.labels.max() < len(dataset.label_names)
    assert not dataset.skipped


@pytest.mark.parametrize("kind", EMBEDDED)
def test_an_embedded_source_gives_the_same_images_every_time(kind: str) -> None:
    assert small(kind).load().fingerprint() == small(kind).load().fingerprint()


@pytest.mark.parametrize("kind", [kind for kind in EMBEDDED if kind != "digits"])  # real digits may coincide
def test_no_held_out_image_of_an_embedded_source_is_trained_on(kind: str) -> None:
    train, held_out = ({image.numpy().tobytes() for image in images} for images in everything(small(kind).load()))
    assert not train & held_out


@pytest.mark.parametrize("kind", EMBEDDED)
def test_loading_an_embedded_source_can_be_cancelled_and_reports_fractions(kind: str) -> None:
    heard: list[float | None] = []

    def listen(doing: str, fraction: float | None) -> None:
        assert doing
        heard.append(fraction)

    small(kind).load(listen)
    assert heard
    assert all(fraction is None or 0 <= fraction <= 1 for fraction in heard)

    def refuse(_doing: str, _fraction: float | None) -> None:
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        small(kind).load(refuse)


@pytest.mark.parametrize("kind", EMBEDDED)
def test_a_store_gathers_in_the_order_it_is_asked_and_moves_between_devices(kind: str) -> None:
    images = small(kind).load().train.images
    index = torch.tensor([5, 0, 5, 17])
    one_by_one = torch.cat([images.gather(i[None]) for i in index])
    assert torch.equal(images.gather(index), one_by_one)
    assert torch.equal(images.to(torch.device("cpu")).gather(index), one_by_one)


# Photographs


@pytest.mark.parametrize(("size", "colour"), [(4, False), (48, True), (256, True)])
def test_photograph_patches_have_the_size_and_colours_asked_for(size: int, colour: bool) -> None:
    dataset = Photographs(size=size, colour=colour, patches=100).load()
    assert dataset.shape == (3 if colour else 1, size, size)
    assert (len(dataset.train), len(dataset.held_out)) == (100, 20)
    images, _ = everything(dataset)
    assert colour == bool((images[:, 0] != images[:, -1]).any())


def test_held_out_patches_come_from_photographs_of_their_own() -> None:
    dataset = Photographs(size=8, patches=100, held_out=3).load()
    train, held_out = dataset.train.images, dataset.held_out.images
    assert isinstance(train, Cutouts)
    assert isinstance(held_out, Cutouts)
    rows = {train.pixels[0, start : start + 300].numpy().tobytes() for start in range(0, train.pixels.shape[1], 300)}
    assert held_out.pixels[0, :300].numpy().tobytes() not in rows
    more = Photographs(size=8, patches=100, held_out=4).load()
    assert more.train.images.pixels.shape[1] < train.pixels.shape[1]  # type: ignore[attr-defined]


def test_flat_patches_are_left_out_where_a_contrast_is_asked_for() -> None:
    def flattest(contrast: float) -> float:
        images, _ = everything(Photographs(patches=3000, contrast=contrast).load())
        return float(to_float(images).std(dim=(1, 2, 3), correction=0).min())

    assert flattest(0.0) < 0.02
    assert flattest(0.1) >= 0.0999


def test_patches_that_cannot_have_the_contrast_are_refused_in_a_sentence() -> None:
    with pytest.raises(DataError, match="contrast of 5"):
        Photographs.model_construct(contrast=5.0).load()


# Shapes


def test_every_combination_of_shapes_is_addressed_by_its_index() -> None:
    dataset = Shapes(count=COMBINATIONS).load()
    combinations = torch.cat([split.images.combination for split in (dataset.train, dataset.held_out)])  # type: ignore[attr-defined]
    assert torch.equal(combinations.sort().values, torch.arange(COMBINATIONS))


def test_shapes_that_look_the_same_are_never_on_both_sides() -> None:
    dataset = Shapes(count=COMBINATIONS, held_out=0.5).load()
    train, held_out = (picture(split.images.combination) for split in (dataset.train, dataset.held_out))  # type: ignore[attr-defined]
    assert not torch.isin(held_out.unique(), train).any()
    assert len(dataset.held_out) / COMBINATIONS == pytest.approx(0.5, abs=0.01)


def test_combinations_are_called_the_same_picture_exactly_where_they_are() -> None:
    store = Shapes(count=COMBINATIONS).load().train.images
    assert isinstance(store, DrawnShapes)
    whole = DrawnShapes(torch.arange(COMBINATIONS), store.sprites)
    rotations = torch.arange(SIZES[2]) * SIZES[3] * SIZES[4]
    for shape, different in enumerate((10, 20, 40)):
        for scale in range(SIZES[1]):
            index = rotations + (shape * SIZES[1] + scale) * SIZES[2] * SIZES[3] * SIZES[4]
            assert len(whole.gather(index).unique(dim=0)) == different
            assert len(picture(index).unique()) == different


def test_the_factors_of_a_shape_tell_what_is_drawn() -> None:
    dataset = Shapes(count=5000).load()
    store, index = dataset.train.images, torch.arange(2000)
    assert isinstance(store, DrawnShapes)
    factors = store.factors(index)
    assert factors.shape == (2000, len(FACTORS))
    shape, scale, rotation, x, y = factors.unbind(1)
    assert torch.equal(shape.long(), dataset.train.labels[index])  # type: ignore[index]
    assert (float(scale.min()), float(scale.max())) == (0.5, 1.0)
    assert 0 <= rotation.min() < rotation.max() < 2 * torch.pi
    mass = store.gather(index)[:, 0].double()
    total, step = mass.sum((1, 2)), torch.arange(64)
    left, top = (mass.sum(1) * step).sum(1) / total, (mass.sum(2) * step).sum(1) / total
    assert (left - (16 + 31 * x)).abs().max() < 2  # a heart's middle is not its centre of mass
    assert (top - (16 + 31 * y)).abs().max() < 2
    square = shape == 0
    side = (31 / 2**0.5) * scale[square]
    assert torch.allclose(total[square] / 255, side.double() ** 2, rtol=0.03)


def test_shapes_turn_clockwise_with_their_rotation() -> None:
    sprites = Shapes(count=100).load().train.images.sprites  # type: ignore[attr-defined]
    heart = sprites.view(3, 6, 40, 33, 33)[2, 5]
    assert (
        torch.equal(heart[10], torch.rot90(heart[0], -1))
        or (heart[10].int() - torch.rot90(heart[0], -1).int()).abs().max() < 3
    )
    assert heart[0, 16:].count_nonzero() < heart[0, :17].count_nonzero()  # the tip points down


def test_shapes_have_soft_edges_and_stay_inside() -> None:
    images, _ = everything(Shapes(count=2000).load())
    assert ((images > 0) & (images < 255)).any()
    sprites = Shapes(count=100).load().train.images.sprites.view(-1, 33, 33)  # type: ignore[attr-defined]
    assert sprites[:, 0].max() == sprites[:, -1].max() == sprites[:, :, 0].max() == sprites[:, :, -1].max() == 0


# Letters


def test_letters_cover_the_alphabet_and_digits_only_where_wanted() -> None:
    without, with_digits = Letters(count=3000).load(), Letters(count=3000, digits=True).load()
    assert "".join(without.label_names).isalpha()
    assert len(without.label_names) == 52
    assert with_digits.label_names[52:] == tuple("0123456789")
    assert len(with_digits.train.labels.unique()) == 62  # type: ignore[union-attr]


def test_letters_of_one_kind_differ_and_those_without_variation_repeat() -> None:
    varied, _ = everything(Letters(count=500).load())
    plain, _ = everything(Letters(count=5000, stroke=0, slant=0, shift=0).load())
    assert len(varied.unique(dim=0)) == len(varied)
    assert plain.flatten(1).float().mean() < varied.flatten(1).float().mean()  # strokes grow more than they shrink


def test_a_font_that_is_missing_is_listed_and_the_others_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    moved = drawn_letters.Face("ziafont", "fonts/Moved.ttf")
    monkeypatch.setattr(drawn_letters, "FACES", (moved, *drawn_letters.FACES[:1]))
    dataset = Letters(count=200).load()
    assert [skipped.path for skipped in dataset.skipped] == ["ziafont/fonts/Moved.ttf"]
    assert len(dataset.train) == 180


# A folder of images


def paint(path: Path, grey: int = 128, size: tuple[int, int] = (20, 30), mode: str = "L") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", size, grey).convert(mode).save(path)


def test_a_few_images_of_a_folder_are_there_before_all_are_read(tmp_path: Path) -> None:
    for number in range(40):
        Image.new("RGB", (8, 8), (number, 0, 0)).save(tmp_path / f"{number:02}.png")
    (tmp_path / "03.png").write_bytes(b"no picture")
    few = present(ImageFolder(path=str(tmp_path), size=8).glimpse())
    assert few.shape == (15, 3, 8, 8)
    assert few[:, 0, 0, 0].tolist() == [number for number in range(16) if number != 3]


def test_a_folder_without_images_has_none_to_show_before(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing")
    assert ImageFolder(path=str(tmp_path)).glimpse() is None


def test_a_folder_gives_all_its_images_of_any_size_and_format_nested(tmp_path: Path) -> None:
    for i, name in enumerate(("a.png", "b.JPG", "deep/er/c.bmp", "deep/d.tif", "e.gif")):
        paint(tmp_path / name, 10 + i, (20 + i, 40 - i), "RGB" if i % 2 else "L")
    (tmp_path / "notes.txt").write_text("not an image")
    dataset = ImageFolder(path=str(tmp_path), size=8, held_out=0.2).load()
    assert dataset.shape == (3, 8, 8)
    assert (len(dataset.train), len(dataset.held_out)) == (4, 1)
    assert sorted(int(image.max()) for image in torch.cat(everything(dataset))) == [10, 11, 12, 13, 14]
    assert [(Path(one.path).name, one.reason) for one in dataset.skipped] == [
        ("notes.txt", "It is no picture by its name.")
    ]
    assert dataset.train.labels is None
    assert dataset.name == tmp_path.name


def test_bad_files_are_listed_with_the_reason_and_the_rest_is_used(tmp_path: Path) -> None:
    for i in range(4):
        paint(tmp_path / f"{i}.png", i)
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff nothing more")
    (tmp_path / "empty.png").touch()
    dataset = ImageFolder(path=str(tmp_path), size=8).load()
    assert len(dataset.train) + len(dataset.held_out) == 4
    assert [(Path(s.path).name, s.reason.split()[0]) for s in dataset.skipped] == [
        ("broken.jpg", "broken.jpg"),
        ("empty.png", "empty.png"),
    ]


def test_hidden_files_are_passed_over(tmp_path: Path) -> None:
    for name in ("a.png", "._a.png", ".cache/b.png", "__MACOSX/c.png"):
        paint(tmp_path / name)
    assert [entry.path.name for entry in scan(tmp_path)[0]] == ["a.png"]


def test_subfolders_become_labels_where_every_image_lies_in_one(tmp_path: Path) -> None:
    for i in range(10):
        paint(tmp_path / ("cats" if i % 2 else "dogs") / f"{i}.png", 200 if i % 2 else 50)
    dataset = ImageFolder(path=str(tmp_path), size=8).load()
    assert dataset.label_names == ("cats", "dogs")
    images, _ = everything(dataset)
    assert [["cats", "dogs"].index("cats" if image.max() == 200 else "dogs") for image in images] == (
        dataset.train.labels.tolist()  # type: ignore[union-attr]
    )
    paint(tmp_path / "stray.png")
    assert ImageFolder(path=str(tmp_path), size=8).load().label_names == ()


def test_folders_called_train_and_test_are_the_split(tmp_path: Path) -> None:
    for i in range(6):
        paint(tmp_path / "Train" / "ab"[i % 2] / f"{i}.png", 10)
        paint(tmp_path / "val" / "ab"[i % 2] / f"{i}.png", 20)
    dataset = ImageFolder(path=str(tmp_path), size=8, held_out=0.1).load()
    train, held_out = everything(dataset)
    assert (len(train), len(held_out)) == (6, 6)
    assert (int(train.max()), int(held_out.min())) == (10, 20)
    assert dataset.label_names == ("a", "b")


def test_patches_of_a_folder_keep_its_resolution_and_hold_whole_images_out(tmp_path: Path) -> None:
    for i in range(5):
        paint(tmp_path / f"{i}.png", i * 40, (50, 40))
    paint(tmp_path / "small.png", 7, (5, 5))
    dataset = ImageFolder(
        path=str(tmp_path), size=16, take="random patches", patches=60, colour=False, held_out=0.4
    ).load()
    train, held_out = everything(dataset)
    assert dataset.shape == (1, 16, 16)
    assert len(train) + len(held_out) == 50  # ten of the sixty fell to the image that is too small
    assert not {int(patch[0, 0, 0]) for patch in train} & {int(patch[0, 0, 0]) for patch in held_out}
    assert dataset.skipped[0].reason == "small.png is 5×5 pixels, smaller than a patch of 16×16."


@pytest.mark.parametrize(("side", "patches"), [(31, False), (32, True)])
def test_images_much_larger_than_the_input_are_cut_into_patches_and_others_are_taken_whole(
    tmp_path: Path, side: int, patches: bool
) -> None:
    for i, (width, height) in enumerate(((side, 90), (90, side), (side, side), (9, 9), (300, 200))):
        paint(tmp_path / f"{i}.png", 100 + i, (width, height))
    (tmp_path / "broken.png").write_bytes(b"no")
    dataset = ImageFolder(path=str(tmp_path), size=8, patches=60).load()
    assert len(dataset.skipped) == 1
    if patches:
        assert len(dataset.train) + len(dataset.held_out) == 50  # the share of the broken one is missing
        assert str(dataset.made) == "Patches of 8×8 pixels, cut out of 5 images at full resolution."
    else:
        assert len(dataset.train) + len(dataset.held_out) == 5
        assert str(dataset.made) == "5 whole images, each made 8×8 pixels large."


def test_what_a_stored_run_has_taken_of_a_folder_it_takes_again(tmp_path: Path) -> None:
    for i in range(4):
        paint(tmp_path / f"{i}.png", i, (200, 200))
    stored = Run(data=ImageFolder(path=str(tmp_path), size=8, take="whole images")).to_json()
    dataset = Run.from_json(stored).data.load()
    assert len(dataset.train) + len(dataset.held_out) == 4
    assert '"take":"by size"' in Run(data=ImageFolder(path=str(tmp_path))).to_json()  # said, not left to a default


def test_a_folder_reads_the_same_way_every_time(tmp_path: Path) -> None:
    for i in range(6):
        noise = np.random.default_rng(i).integers(0, 256, (40, 40), dtype=np.uint8)
        Image.fromarray(noise).save(tmp_path / f"{i}.png")
    source = ImageFolder(path=str(tmp_path), size=16, take="random patches", patches=40)
    assert source.load().fingerprint() == source.load().fingerprint()


def test_reading_a_folder_reports_every_image_and_stops_when_cancelled(tmp_path: Path) -> None:
    for i in range(8):
        paint(tmp_path / f"{i}.png")
    heard: list[str] = []

    def listen(doing: str, fraction: float | None) -> None:
        heard.append(doing)
        if fraction == 0.5:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        ImageFolder(path=str(tmp_path), size=8).load(listen)
    assert heard[-1] == "Reading images: 4 of 8"
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("read-images")]


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_images_are_refused_in_a_sentence(tmp_path: Path, count: int) -> None:
    for i in range(count):
        paint(tmp_path / f"{i}.png")
    (tmp_path / "bad.png").write_bytes(b"no")
    with pytest.raises(DataError, match=r"usable image.*at least two.*bad\.png is not an image"):
        ImageFolder(path=str(tmp_path), size=8).load()


@pytest.mark.parametrize("source", [ImageFolder, Idx, Npz])
def test_a_path_that_is_empty_or_leads_nowhere_asks_for_another(source: type[Data], tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No path is given: choose"):
        source().load()
    with pytest.raises(DataError, match=r"There is nothing at .*: choose"):
        source.model_validate({"path": str(tmp_path / "gone")}).load()


def test_images_that_would_not_fit_into_memory_are_refused_before_they_are_read(tmp_path: Path) -> None:
    paint(tmp_path / "a.png")
    paint(tmp_path / "b.png")
    huge = ImageFolder.model_construct(path=str(tmp_path), size=512, take="random patches", patches=10**9, colour=True)
    with pytest.raises(DataError, match="more than half of this computer's memory that is free"):
        huge.load()


# idx


def write_idx(path: Path, values: np.ndarray) -> None:
    head = bytes([0, 0, 8, values.ndim]) + np.array(values.shape, ">u4").tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wb") if path.suffix == ".gz" else path.open("wb") as file:
        file.write(head + values.astype(np.uint8).tobytes())


def digits(count: int, side: int = 6) -> np.ndarray:
    return np.random.default_rng(count).integers(0, 256, (count, side, side), dtype=np.uint8)


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("inside", ["", "raw/"])
def test_an_idx_folder_in_the_form_of_mnist_brings_its_own_split(tmp_path: Path, suffix: str, inside: str) -> None:
    for side, count in (("train", 12), ("t10k", 5)):
        write_idx(tmp_path / f"{inside}{side}-images-idx3-ubyte{suffix}", digits(count))
        write_idx(tmp_path / f"{inside}{side}-labels-idx1-ubyte{suffix}", np.arange(count) % 3)
    dataset = Idx(path=str(tmp_path)).load()
    train, held_out = everything(dataset)
    assert np.array_equal(train[:, 0], digits(12))
    assert np.array_equal(held_out[:, 0], digits(5))
    assert dataset.label_names == ("0", "1", "2")
    assert dataset.held_out.labels.tolist() == [0, 1, 2, 0, 1]  # type: ignore[union-attr]


def test_a_single_idx_file_is_split_and_needs_no_labels(tmp_path: Path) -> None:
    write_idx(tmp_path / "my-own-images-idx3-ubyte", digits(10))
    dataset = Idx(path=str(tmp_path), held_out=0.3).load()
    assert (len(dataset.train), len(dataset.held_out)) == (7, 3)
    assert dataset.name == "my-own"
    assert dataset.train.labels is None


def test_a_limit_takes_only_the_first_images(tmp_path: Path) -> None:
    write_idx(tmp_path / "train-images-idx3-ubyte", digits(12))
    write_idx(tmp_path / "test-images-idx3-ubyte.gz", digits(9))
    dataset = Idx(path=str(tmp_path), limit=4).load()
    assert (len(dataset.train), len(dataset.held_out)) == (4, 4)
    assert np.array_equal(everything(dataset)[0][:, 0], digits(12)[:4])


def test_idx_images_can_be_resized_coloured_and_cut(tmp_path: Path) -> None:
    write_idx(tmp_path / "train-images-idx3-ubyte", digits(12, 10))
    write_idx(tmp_path / "train-labels-idx1-ubyte", np.arange(12))
    assert Idx(path=str(tmp_path), size=4, colours="colour").load().shape == (3, 4, 4)
    cut = Idx(path=str(tmp_path), size=4, take="random patches", patches=50).load()
    assert cut.shape == (1, 4, 4)
    assert len(cut.train) + len(cut.held_out) == 50
    images, _ = everything(cut)
    windows = np.lib.stride_tricks.sliding_window_view(digits(12, 10), (4, 4), (1, 2))
    first = windows[cut.label_names.index(str(int(cut.train.labels[0])))]  # type: ignore[index]
    assert (first == images[0, 0].numpy()).all((2, 3)).any()


def _damage(path: Path, name: str) -> None:
    good = path.read_bytes()
    path.write_bytes(
        {
            "magic": b"\1" + good[1:],
            "type": good[:2] + b"\x0d" + good[3:],
            "dimensions": good[:3] + b"\1" + good[4:],
            "short": good[:-40],
            "head": good[:9],
            "long": good + b"x",
            "empty": good[:4] + bytes(12),
        }[name]
    )


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("magic", "does not start with two zero bytes"),
        ("type", "numbers of type 0x0d"),
        ("dimensions", "has 1 as its number of dimensions, where 3"),
        ("short", "promises 12 items and holds 10"),
        ("head", "ends within its sizes"),
        ("long", "holds more than the 12 items"),
        ("empty", "is empty"),
    ],
)
def test_a_damaged_idx_file_is_refused_with_what_is_wrong(tmp_path: Path, damage: str, said: str) -> None:
    path = tmp_path / "train-images-idx3-ubyte"
    write_idx(path, digits(12))
    _damage(path, damage)
    with pytest.raises(DataError, match=rf"^train-images-idx3-ubyte .*{said}.*\.$"):
        Idx(path=str(tmp_path)).load()


def test_an_idx_file_is_unpacked_by_what_it_holds_whatever_its_name_says(tmp_path: Path) -> None:
    write_idx(tmp_path / "a.gz", digits(12))
    write_idx(tmp_path / "b", digits(9))
    (tmp_path / "a.gz").rename(tmp_path / "train-images-idx3-ubyte")
    (tmp_path / "b").rename(tmp_path / "t10k-images-idx3-ubyte.gz")
    dataset = Idx(path=str(tmp_path)).load()
    assert (len(dataset.train), len(dataset.held_out)) == (12, 9)


def test_a_truncated_gzip_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "train-images-idx3-ubyte.gz"
    write_idx(path, digits(50))
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(DataError, match=r"^train-images-idx3-ubyte\.gz is cut short"):
        Idx(path=str(tmp_path)).load()


def test_labels_that_do_not_match_their_images_are_refused(tmp_path: Path) -> None:
    write_idx(tmp_path / "train-images-idx3-ubyte", digits(12))
    write_idx(tmp_path / "train-labels-idx1-ubyte", np.arange(11))
    with pytest.raises(DataError, match="holds 11 labels for 12 images"):
        Idx(path=str(tmp_path)).load()


def test_several_idx_sets_in_one_folder_are_named_not_mixed(tmp_path: Path) -> None:
    for name in ("emnist-letters-train", "emnist-digits-train"):
        write_idx(tmp_path / f"{name}-images-idx3-ubyte", digits(4))
    with pytest.raises(DataError, match=r"several data sets \(emnist-digits, emnist-letters\)"):
        Idx(path=str(tmp_path)).load()


@pytest.mark.skipif(not (SHARED / "mnist").is_dir(), reason="the shared copy of MNIST is not on this machine")
def test_mnist_itself_is_read() -> None:
    dataset = Idx(path=str(SHARED / "mnist")).load()
    assert (len(dataset.train), len(dataset.held_out), dataset.shape) == (60_000, 10_000, (1, 28, 28))
    assert dataset.train.labels[:5].tolist() == [5, 0, 4, 1, 9]  # type: ignore[index]


@pytest.mark.skipif(not (SHARED / "McMaster").is_dir(), reason="the shared test photographs are not on this machine")
@pytest.mark.parametrize(("name", "count"), [("McMaster", 18), ("Set12", 12), ("RNI6", 6)])
def test_photographs_of_benchmarks_are_read_without_a_bad_file(name: str, count: int) -> None:
    dataset = ImageFolder(path=str(SHARED / name), size=64, take="whole images").load()
    assert dataset.skipped == ()
    assert len(dataset.train) + len(dataset.held_out) == count


# npz


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        (np.full((9, 6, 7), 51, np.uint8), 51),
        (np.full((9, 6, 7, 3), 51, np.uint8), 51),
        (np.full((9, 3, 6, 7), 51, np.uint8), 51),
        (np.full((9, 6, 7, 1), 0.2), 51),
        (np.full((9, 6, 7), 51.0, np.float32), 51),
        (np.full((9, 6, 7), 51, np.int64), 51),
        (np.full((9, 6, 7), 51 * 257, np.uint16), 51),
        (np.ones((9, 6, 7), bool), 255),
        (np.ones((9, 6, 7), np.uint8), 255),
    ],
)
def test_an_npz_of_any_layout_and_type_becomes_bytes(tmp_path: Path, values: np.ndarray, wanted: int) -> None:
    np.savez(tmp_path / "mine.npz", values)
    dataset = Npz(path=str(tmp_path / "mine.npz"), held_out=0.3).load()
    channels = 3 if 3 in values.shape[1:] else 1
    assert dataset.shape == (channels, 6, 7)
    assert (len(dataset.train), len(dataset.held_out)) == (6, 3)
    assert (everything(dataset)[0] == wanted).all()
    assert dataset.name == "mine"


def test_an_npz_in_the_form_of_keras_brings_its_split_and_labels(tmp_path: Path) -> None:
    np.savez_compressed(
        tmp_path / "mnist.npz", x_train=digits(8), y_train=np.arange(8) % 2, x_test=digits(5), y_test=np.ones(5, int)
    )
    dataset = Npz(path=str(tmp_path / "mnist.npz")).load()
    assert (len(dataset.train), len(dataset.held_out)) == (8, 5)
    assert dataset.label_names == ("0", "1")
    assert dataset.held_out.labels.tolist() == [1] * 5  # type: ignore[union-attr]


def test_labels_of_an_npz_may_be_words(tmp_path: Path) -> None:
    np.savez(tmp_path / "pets.npz", images=digits(4), labels=np.array(["dog", "cat", "cat", "dog"]))
    dataset = Npz(path=str(tmp_path / "pets.npz")).load()
    assert dataset.label_names == ("cat", "dog")
    assert dataset.train.labels is not None


@pytest.mark.parametrize(
    "labels",
    [
        np.array([2.0, 0.0, 0.0, 2.0]),
        np.array([[2], [0], [0], [2]], np.float32),
        np.eye(3)[[2, 0, 0, 2]],
        np.eye(3, dtype=bool)[[2, 0, 0, 2]],
        np.eye(3, dtype=np.uint8)[[2, 0, 0, 2]],
    ],
)
def test_whole_numbers_and_one_hot_rows_are_labels_of_an_npz_whatever_their_type(
    tmp_path: Path, labels: np.ndarray
) -> None:
    np.savez(tmp_path / "keras.npz", images=digits(4), labels=labels)
    dataset = Npz(path=str(tmp_path / "keras.npz")).load()
    assert dataset.label_names == ("0", "2")
    assert dataset.made is None


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (np.array([0.5, 1.0, 2.0, 3.0]), "not one whole number, word"),
        (np.array([np.nan, 1.0, 2.0, 3.0]), "not one whole number, word"),
        (np.eye(4) + np.eye(4)[::-1], "not one whole number, word"),
        (np.full((4, 3), 1 / 3), "not one whole number, word"),
        (np.array(["2020-01-01"] * 4, "datetime64[D]"), "not one whole number, word"),
        (np.zeros((4, 2, 2)), "not one whole number, word"),
        (np.zeros((4, 0)), "not one whole number, word"),
        (np.arange(3), "are 3, and there are 4 images"),
        (np.int64(3), "are a single number, and there are 4 images"),
    ],
)
def test_labels_of_an_npz_that_are_not_read_are_told(tmp_path: Path, labels: np.ndarray, said: str) -> None:
    np.savez(tmp_path / "odd.npz", images=digits(4), labels=labels)
    dataset = Npz(path=str(tmp_path / "odd.npz")).load()
    assert dataset.train.labels is None
    assert said in str(dataset.made)


def test_a_second_array_without_a_name_may_be_labels_or_anything(tmp_path: Path) -> None:
    made = []
    for second in (np.array([0, 1, 1, 0]), digits(4)):
        np.savez(tmp_path / "two.npz", digits(4), second)
        made.append(Npz(path=str(tmp_path / "two.npz"), key="arr_0").load())
    assert [one.train.labels is not None for one in made] == [True, False]
    assert [one.made for one in made] == [None, None]


def test_values_of_an_npz_beyond_32_bits_keep_their_brightness(tmp_path: Path) -> None:
    ramp = np.linspace(0, 1, 4 * 36).reshape(4, 6, 6)
    seen = []
    for name, values in (("plain", 300 * ramp - 100), ("huge", 3e300 * ramp), ("far", 3e300 * ramp - 1e300)):
        np.savez(tmp_path / f"{name}.npz", images=values)
        dataset = Npz(path=str(tmp_path / f"{name}.npz")).load()
        seen.append(dataset.train.images.gather(torch.arange(len(dataset.train))).int())
    assert seen[0].max() > 200
    assert all((one - seen[0]).abs().max() <= 1 for one in seen)


@pytest.mark.filterwarnings("error")
def test_infinite_values_of_an_npz_are_black_and_white(tmp_path: Path) -> None:
    values = np.linspace(-1, 1, 20 * 36).reshape(20, 6, 6)
    values[:, 0, 0], values[:, 0, 1] = np.inf, -np.inf
    np.savez(tmp_path / "inf.npz", images=values)
    images = Npz(path=str(tmp_path / "inf.npz")).load().train.images.gather(torch.arange(10))
    assert (images[:, 0, 0, 0] == 255).all()
    assert (images[:, 0, 0, 1] == 0).all()


@pytest.mark.parametrize("values", [digits(12), digits(12).transpose(0, 2, 1), digits(12).astype(">u2") * 257])
def test_an_array_that_lies_alone_in_a_file_is_trained_on(tmp_path: Path, values: np.ndarray) -> None:
    np.save(tmp_path / "quick draw.npy", values)
    for place in (tmp_path / "quick draw.npy", tmp_path):
        dataset = data_from_path(place).load()
        assert dataset.name == "quick draw"
        assert len(dataset.train) + len(dataset.held_out) == 12
        seen = dataset.train.images.gather(torch.arange(1))[0, 0].numpy()
        assert any((seen == one).all() for one in (values if values.itemsize == 1 else values // 257))


@pytest.mark.parametrize("content", [b"", b"no array", np.array([{}], object)])
def test_a_file_that_is_no_array_of_images_is_refused_in_a_sentence(tmp_path: Path, content: object) -> None:
    path = tmp_path / "odd.npy"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        np.save(path, content, allow_pickle=True)  # type: ignore[arg-type]
    with pytest.raises(DataError, match=r"^odd\.npy "):
        Npz(path=str(path)).load()


def test_an_array_that_is_cut_short_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "short.npy"
    np.save(path, digits(50))
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(DataError, match=r"^short\.npy "):
        Npz(path=str(path)).load()


def test_an_array_of_an_npz_can_be_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "two.npz", left=digits(4), right=digits(6))
    with pytest.raises(DataError, match=r"several arrays.*left \[4×6×6\], right \[6×6×6\]; name one"):
        Npz(path=str(tmp_path / "two.npz")).load()
    dataset = Npz(path=str(tmp_path / "two.npz"), key="right").load()
    assert len(dataset.train) + len(dataset.held_out) == 6
    with pytest.raises(DataError, match="no array called middle; it holds left"):
        Npz(path=str(tmp_path / "two.npz"), key="middle").load()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (np.zeros((4, 5)), r"no array of images: it has images \[4×5\]"),
        (np.zeros((4, 5, 6, 7), np.uint8), "1 or 3 channels"),
        (np.full((4, 5, 6), np.nan), "no numbers"),
        (np.zeros((1, 5, 6), np.uint8), "holds only one image"),
        (np.zeros((0, 5, 6), np.uint8), "0×5×6"),
        (np.array([[["a"]], [["b"]]]), "no numbers that are brightnesses"),
        (np.array([[[None]], [[{}]]]), "made of Python objects"),
    ],
)
def test_an_npz_without_usable_images_is_refused_in_a_sentence(tmp_path: Path, values: np.ndarray, said: str) -> None:
    np.savez(tmp_path / "odd.npz", images=values)
    with pytest.raises(DataError, match=said):
        Npz(path=str(tmp_path / "odd.npz")).load()


@pytest.mark.parametrize("content", [b"", b"not a zip file", None])
def test_a_file_that_is_no_npz_is_refused_in_a_sentence(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "odd.npz"
    if content is None:
        np.savez_compressed(path, images=digits(50))
        path.write_bytes(path.read_bytes()[:1000])
    else:
        path.write_bytes(content)
    with pytest.raises(DataError, match=r"^odd\.npz "):
        Npz(path=str(path)).load()


# Paths


def test_a_path_becomes_the_source_that_reads_it(tmp_path: Path) -> None:
    paint(tmp_path / "album" / "deep" / "a.png", mode="RGB")
    write_idx(tmp_path / "idx" / "train-images-idx3-ubyte.gz", digits(4))
    np.savez(tmp_path / "one.npz", digits(4))
    assert data_from_path(tmp_path / "album") == ImageFolder(path=str(tmp_path / "album"))
    assert data_from_path(str(tmp_path / "idx")) == Idx(path=str(tmp_path / "idx"))
    assert data_from_path(tmp_path / "idx" / "train-images-idx3-ubyte.gz") == Idx(path=str(tmp_path / "idx"))
    assert data_from_path(tmp_path / "one.npz") == Npz(path=str(tmp_path / "one.npz"))


def test_a_folder_of_grey_images_is_grey_and_one_of_small_squares_keeps_their_size(tmp_path: Path) -> None:
    for digit in range(10):
        for number in range(5):
            paint(tmp_path / "digits" / str(digit) / f"{number}.png", size=(28, 28))
            paint(tmp_path / "icons" / f"{digit}{number}.png", size=(16, 16), mode="RGB")
            paint(tmp_path / "scans" / f"{digit}{number}.png", size=(40, 30))
    (tmp_path / "digits" / "0" / "0.png").write_bytes(b"no picture")
    paint(tmp_path / "mixed" / "a" / "grey.png")
    paint(tmp_path / "mixed" / "b" / "red.png", mode="RGB")
    kinds = {"digits": (False, 28), "icons": (True, 16), "scans": (False, 32), "mixed": (True, 32)}
    for name, (colour, size) in kinds.items():
        found = ImageFolder(path=str(tmp_path / name), colour=colour, size=size)
        assert data_from_path(tmp_path / name) == data_of_kind("folder", str(tmp_path / name)) == found, name
    assert data_from_path(tmp_path / "digits").load().shape == (1, 28, 28)


def test_a_folder_that_holds_idx_files_too_is_read_as_its_images_are_where_images_are_chosen(tmp_path: Path) -> None:
    for number in range(4):
        paint(tmp_path / f"{number}.png", size=(28, 28))
    write_idx(tmp_path / "train-images-idx3-ubyte", np.zeros((4, 8, 8), np.uint8))
    assert data_from_path(tmp_path).kind == "idx"
    assert data_of_kind("folder", str(tmp_path)) == ImageFolder(path=str(tmp_path), colour=False, size=28)


@pytest.mark.parametrize("path", ["with a \0.npz", "~nobody-of-this-name/digits.npz"])
def test_a_path_that_can_be_of_no_file_is_told_as_one_where_nothing_is(path: str) -> None:
    with pytest.raises(DataError, match="There is nothing at"):
        Npz(path=path).load()


def test_an_archive_in_a_folder_is_found_beside_single_arrays(tmp_path: Path) -> None:
    np.save(tmp_path / "weights.npy", np.arange(4))
    np.savez(tmp_path / "digits.npz", digits(4))
    assert data_from_path(tmp_path) == Npz(path=str(tmp_path / "digits.npz"))


def test_a_path_that_is_no_source_of_the_kind_that_was_chosen_is_told_when_it_is_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "one.npz", digits(4))
    chosen = data_of_kind("folder", str(tmp_path))
    assert chosen == ImageFolder(path=str(tmp_path))
    with pytest.raises(DataError, match="There are no images"):
        chosen.load()


def test_what_the_first_images_of_a_folder_are_is_not_looked_for_in_thousands_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paint(tmp_path / "deep" / "a.png", size=(28, 28))

    def walk(_folder: Path) -> Iterator[list[FoundFile]]:
        yield from [[]] * 5_000
        yield [FoundFile(tmp_path / "deep" / "a.png", ("deep",))]
        yield from [[]] * 1_000
        raise AssertionError("a window would wait")

    monkeypatch.setattr(paths, "walk", walk)
    assert data_from_path(tmp_path) == ImageFolder(path=str(tmp_path), colour=False, size=28)


def test_a_path_is_kept_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.savez(tmp_path / "one.npz", digits(4))
    monkeypatch.chdir(tmp_path)
    assert data_from_path("one.npz") == Npz(path=str(tmp_path / "one.npz"))


def test_a_path_with_nothing_to_train_on_is_refused_with_what_to_choose(tmp_path: Path) -> None:
    (tmp_path / "hollow").mkdir()
    (tmp_path / "notes.txt").write_text("hello")
    paint(tmp_path / "alone.png")
    for path, said in (
        (tmp_path / "hollow", "nothing to train on"),
        (tmp_path / "notes.txt", r"notes\.txt cannot be trained on"),
        (tmp_path / "alone.png", r"alone\.png is a single image: choose the folder"),
        (tmp_path / "gone", "There is nothing at"),
    ):
        with pytest.raises(DataError, match=said):
            data_from_path(path)


def test_normalised_patches_have_no_mean_and_lie_between_a_tenth_and_nine_tenths() -> None:
    settings = {"kind": "photographs", "size": 8, "patches": 500, "normalise": True}
    for split in ((dataset := validated(Data, settings).load()).train, dataset.held_out):
        patches = split.images.gather(torch.arange(100)).float() / 255
        assert float(patches.min()) >= 0.1 - 1 / 255
        assert float(patches.max()) <= 0.9 + 1 / 255
        assert float((patches.mean((1, 2, 3)) - 0.5).abs().mean()) < 0.01
