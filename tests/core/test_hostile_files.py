"""What others may have put into files and folders: it is refused in a sentence, soon, and nothing of theirs is run,
followed or written over.
"""

from __future__ import annotations

import csv
import io
import os
import struct
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from aestudio.cli import main
from aestudio.commands.results import Results
from aestudio.core.data.reading import header
from aestudio.core.data.reading.header import Header
from aestudio.core.data.reading.pictures import read_image
from aestudio.core.denoise.files.reading import read_picture
from aestudio.core.denoise.record import ReportRow, write_report
from aestudio.core.ground import atomic, bounded_toml, folders
from aestudio.core.ground.cells import plain_cells
from aestudio.core.ground.errors import DataError, RunError, StudioError
from aestudio.core.library.catalogue import Library
from aestudio.core.run import recipes
from tests.core.conftest import small_dataset
from tests.core.test_cli import QUICK, refused
from tests.core.trainings import keep

HOSTILE = {
    "dotted": "a." * 50_000 + "a = 1",
    "dotted in a table": "[" + "a." * 50_000 + "a]",
    "dotted and quoted": '"a" . ' * 20_000 + "a = 1",
    "dotted in an inline table": "x = {" + "a." * 50_000 + "a = 1}",
    "arrays in arrays": "x = " + "[" * 50_000,
    "tables in tables": "x = " + "{a = " * 20_000,
    "digits": "epochs = " + "9" * 100_000,
    "one long word": "a" * 200_000,
    "too large": "# " + "x" * 2_000_000,
    "no text": "\ud800",
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_recipe_is_a_sentence_and_soon(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(HOSTILE[name].encode("utf-8", "surrogatepass"))
    assert f"The recipe {path} cannot be " in refused(capsys, "train", str(path))


@pytest.mark.timeout(60)
def test_hostile_recipes_in_the_person_s_folder_are_left_out_of_the_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aestudio.core.ground.folders.recipes", lambda: tmp_path)
    for name, content in HOSTILE.items():
        (tmp_path / f"{name}.toml").write_bytes(content.encode("utf-8", "surrogatepass"))
    assert not recipes.everything().keys() & HOSTILE.keys()


def test_recipes_that_ship_are_far_from_the_bounds() -> None:
    for recipe in recipes.everything().values():
        assert recipe.path.stat().st_size < bounded_toml.LARGEST / 20
        assert recipe.run()


@pytest.mark.parametrize("read", [read_image, read_picture])
def test_a_few_bytes_that_claim_a_huge_picture_are_refused_before_they_are_unpacked(
    read: Callable[[Path], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aestudio.core.data.reading.header.FREE_PIXELS", 1_000_000)
    monkeypatch.setattr("aestudio.core.data.reading.header.free_memory", lambda: 700_000_000)
    bomb, blank, small = (tmp_path / name for name in ("bomb.webp", "blank.png", "small.webp"))
    Image.new("RGB", (2000, 2000), "green").save(bomb, lossless=True)
    Image.new("RGB", (900, 900), "green").save(small, lossless=True)
    Image.new("1", (2000, 2000)).save(blank)
    with pytest.raises(StudioError, match=r"bomb\.webp claims 2000×2000 pixels in [\d,]+ bytes, so there is next to "):
        read(bomb)
    for honest in (blank, small):
        assert read(honest) is not None


@pytest.mark.parametrize("read", [read_image, read_picture])
def test_an_empty_page_that_an_archive_has_scanned_is_opened_where_the_memory_is_enough(
    read: Callable[[Path], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aestudio.core.data.reading.header.FREE_PIXELS", 1_000_000)
    page = tmp_path / "page.tif"
    Image.new("1", (9920, 1000), 1).save(page, compression="group4")  # a bit for each row
    assert page.stat().st_size < 9920 * 1000 / header.PIXELS_OF_A_BYTE
    monkeypatch.setattr(header, "free_memory", lambda: 2_000_000_000)
    assert read(page) is not None
    monkeypatch.setattr(header, "free_memory", lambda: 200_000_000)
    with pytest.raises(StudioError, match=r"up to 0\.1 GB, more than an eighth of the 0\.2 GB of memory"):
        read(page)


@pytest.mark.parametrize("read", [read_image, read_picture])
def test_a_frame_that_is_far_larger_than_its_file_says_is_refused(
    read: Callable[[Path, int], object], tmp_path: Path
) -> None:
    path, content = tmp_path / "trap.gif", io.BytesIO()
    Image.new("L", (10, 10), 50).save(content, "GIF", save_all=True, append_images=[Image.new("L", (10, 10), 200)])
    made = bytearray(content.getvalue())
    size = made.rindex(b"\x2c\0\0\0\0") + 5  # of the second frame, behind its separator and place
    made[size : size + 4] = struct.pack("<HH", 60_000, 60_000)
    path.write_bytes(made)
    assert read(path, 0) is not None
    with pytest.raises(StudioError, match=r"trap\.gif holds a picture that is far larger than it says"):
        read(path, 1)


def test_the_largest_trap_is_refused_on_a_large_machine_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trap = tmp_path / "trap.webp"
    trap.write_bytes(bytes(7500))
    monkeypatch.setattr(header, "free_memory", lambda: 32_000_000_000)
    with pytest.raises(DataError, match="next to nothing"):
        Header(trap, "WEBP", "RGB", (16_000, 12_000), 3, 8, alpha=False).check()
    Header(trap, "TIFF", "1", (4960, 7016 * 4), 1, 8, alpha=False).check()


def test_a_number_of_thousands_of_digits_on_the_command_line_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert "epochs cannot be" in refused(capsys, *QUICK, "--set", "epochs=" + "9" * 5000)


# -- what is written ---------------------------------------------------------------------------------------------------


def test_cells_of_the_report_are_no_formulas(tmp_path: Path) -> None:
    names = ["=1+1.png", "+a.png", "-a.png", "@a.png", "\ta.png", "plain.png"]
    path = write_report(tmp_path, [ReportRow(name, "skipped", reason="=cmd()") for name in names])
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))[1:]
    assert [row[0] for row in rows] == [*(f"'{name}" for name in names[:-1]), "plain.png"]
    assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row)


def test_titles_in_a_table_of_runs_are_no_formulas_and_numbers_stay(capsys: pytest.CaptureFixture[str]) -> None:
    keep(folders.library())
    with Library() as library:
        library.rename(1, '=HYPERLINK("http://example.org")')
    assert main(["runs", "--csv"]) == 0
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert row["title"] == """'=HYPERLINK("http://example.org")"""
    assert plain_cells(["-0.5", "+1e3", -2, "-1.png", "@a", "", "plain"]) == [
        "-0.5", "+1e3", -2, "'-1.png", "'@a", "", "plain",
    ]  # fmt: skip


@pytest.mark.skipif(os.name == "nt", reason="Windows lets only some make links")
@pytest.mark.parametrize("name", ["metrics.csv", "model.safetensors", "run.toml", "curves.csv"])
def test_a_link_in_the_output_folder_is_not_followed(name: str, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine")
    out = tmp_path / "out"
    out.mkdir()
    (out / name).symlink_to(tmp_path / "precious")
    assert main([*QUICK, "--json", "--no-library", "--out", str(out)]) == 0
    assert (tmp_path / "precious").read_text() == "mine"
    assert not (out / name).is_symlink()
    assert (out / name).stat().st_size > 4


@pytest.mark.skipif(os.name == "nt", reason="Windows refuses to write into an open file by itself")
def test_a_folder_that_a_training_writes_into_is_not_given_to_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Results(tmp_path, small_dataset()):
        assert "Another training is writing into the folder" in refused(capsys, *QUICK, "--out", str(tmp_path))
        with pytest.raises(RunError), Results(tmp_path, small_dataset()):
            pass
    assert main([*QUICK, "--json", "--out", str(tmp_path)]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("curves.csv", "metrics.csv", "model.safetensors", "run.toml")
    ]


def make_in_a_workshop(path: Path) -> None:
    with atomic.workshop(path) as folder:
        (folder / "made").write_bytes(b"x")
        atomic.put(folder / "made", path)


def write_beside(path: Path) -> None:
    atomic.write_bytes(path, b"x")


@pytest.mark.parametrize("write", [make_in_a_workshop, write_beside])
def test_what_a_killed_export_left_is_swept_by_the_next_one_and_a_young_one_stays(
    tmp_path: Path, write: Callable[[Path], None]
) -> None:
    old, young = tmp_path / ".aestudio-0123.part", tmp_path / ".aestudio-4567.part"
    for part in (old, young):
        part.mkdir()
        (part / "half.onnx").write_bytes(b"x")
    long_ago = time.time() - 2 * atomic.ABANDONED_SECONDS
    os.utime(old, (long_ago, long_ago))
    write(tmp_path / "model.onnx")
    assert sorted(path.name for path in tmp_path.iterdir()) == [young.name, "model.onnx"]
