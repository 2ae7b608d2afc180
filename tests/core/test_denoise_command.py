"""`aestudio denoise`: what it writes, what it says, and with which code it ends."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import tifffile
from PIL import Image

from aestudio.cli import main
from aestudio.commands.denoise import chosen_way
from aestudio.core.denoise.files.reading import read_picture
from aestudio.core.denoise.picture import Picture, Values
from aestudio.core.denoise.way import NO_CALLBACKS, Callbacks, Cleaner, Way
from aestudio.core.ground.errors import StudioError

pytestmark = pytest.mark.usefixtures("ready_python")
ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data"
TV = ("--way", "tv")


def noisy(path: Path, *, clean: Path | None = None, mode: str = "L") -> Path:
    """A picture of smooth shades with noise of σ 20, and perhaps the one without."""
    rows, columns = np.mgrid[:48, :64]
    shades = 128 + 60 * np.sin(rows / 9) * np.cos(columns / 11)
    values = np.random.default_rng(0).normal(shades, 20).clip(0, 255)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values.astype(np.uint8)).convert(mode).save(path)
    if clean is not None:
        Image.fromarray(shades.astype(np.uint8)).convert(mode).save(clean)
    return path


def run(*arguments: str | Path) -> int:
    try:
        return main(["denoise", *map(str, arguments)])
    except SystemExit as end:  # argparse's way
        return int(end.code or 0)


def events(text: str) -> list[dict[str, Any]]:
    return [json.loads(line, parse_constant=pytest.fail) for line in text.splitlines()]


def refused(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    assert run(*arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("aestudio")
    assert said.err.count("\n") == 1
    assert said.err.endswith((".\n", "?\n"))
    return said.err


def test_one_picture_is_cleaned_into_the_file_that_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = noisy(tmp_path / "noisy.png")
    before = path.read_bytes()
    assert run(path, "-o", tmp_path / "new" / "clean.tif", *TV) == 0
    made = read_picture(tmp_path / "new" / "clean.tif")
    assert made.values().std() < read_picture(path).values().std()
    assert path.read_bytes() == before
    said = capsys.readouterr()
    assert "noisy.png → " in said.out
    assert "of 255" in said.out
    assert said.err == ""


def test_a_reference_tells_psnr_and_ssim_before_and_after(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = noisy(tmp_path / "noisy.png", clean=tmp_path / "clean.png")
    given = (path, "-o", tmp_path / "out.png", "--reference", tmp_path / "clean.png", *TV)
    assert run(*given) == 0
    assert "PSNR 22." in capsys.readouterr().out
    assert run(*given, "--json") == 0
    (scored,) = (event for event in events(capsys.readouterr().out) if event["event"] == "Scored")
    assert scored["psnr"] > scored["psnr_before"] + 3
    assert scored["ssim"] > scored["ssim_before"]


def test_a_quiet_cleaning_says_nothing_but_what_a_reference_measures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = noisy(tmp_path / "noisy.png", clean=tmp_path / "clean.png")
    given = (path, "-o", tmp_path / "out.png", *TV, "--quiet")
    assert run(*given) == 0
    assert capsys.readouterr() == ("", "")
    assert run(*given, "--reference", tmp_path / "clean.png") == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["PSNR", "SSIM"]


def test_a_reference_that_is_another_picture_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = noisy(tmp_path / "noisy.png")
    Image.new("L", (5, 5)).save(tmp_path / "other.png")
    assert run(path, "-o", tmp_path / "out.png", "--reference", tmp_path / "other.png", *TV) == 2
    assert "choose a reference of the same picture" in capsys.readouterr().err
    assert not (tmp_path / "out.png").exists()
    assert "does not exist" in refused(
        capsys, path, "-o", tmp_path / "out.png", "--reference", tmp_path / "gone.png", *TV
    )


def test_strength_0_leaves_every_pixel_and_sigma_is_taken_as_it_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = noisy(tmp_path / "noisy.png")
    assert run(path, "-o", tmp_path / "out.png", *TV, "--strength", "0", "--sigma", "51", "--json") == 0
    assert np.array_equal(read_picture(tmp_path / "out.png").stored, read_picture(path).stored)
    began, cleaned, ended = events(capsys.readouterr().out)
    assert began["event"] == "Began"
    assert cleaned["event"] == "Cleaned"
    assert cleaned["sigma_255"] == pytest.approx(51)
    assert ended["event"] == "Ended"


def test_a_folder_is_cleaned_into_a_folder_and_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    noisy(tmp_path / "in" / "a.png")
    noisy(tmp_path / "in" / "trip" / "b.jpg", mode="RGB")
    given = (tmp_path / "in", "-o", tmp_path / "out", *TV, "--memory", "50")
    assert run(*given) == 0
    assert (tmp_path / "out" / "a.png").exists()
    assert (tmp_path / "out" / "trip" / "b.jpg").exists()
    assert "Cleaned 2" in capsys.readouterr().out
    assert run(*given) == 0
    assert "2 of 2 are finished already." in capsys.readouterr().out


def test_what_is_skipped_is_said_on_standard_error_and_ends_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = noisy(tmp_path / "a.png")
    (tmp_path / "text.png").write_text("Dear Sir or Madam")
    assert run(good, tmp_path / "text.png", tmp_path / "gone.png", "-o", tmp_path / "out", *TV, "--json") == 1
    said = capsys.readouterr()
    assert [event["event"] for event in events(said.out)] == ["Began", "Skipped", "Skipped", "Cleaned", "Ended"]
    assert said.err.splitlines() == [
        "aestudio: text.png is not an image, or of a kind that cannot be read.",
        f"aestudio: gone.png does not exist in {tmp_path}.",
    ]
    assert "is not an image" in refused(capsys, tmp_path / "text.png", "-o", tmp_path / "out.png", *TV)


def test_a_picture_goes_into_a_folder_under_its_own_name(tmp_path: Path) -> None:
    path = noisy(tmp_path / "noisy.gif", clean=tmp_path / "clean.png")
    (tmp_path / "out").mkdir()
    assert run(path, "-o", tmp_path / "out", *TV) == 0
    assert (tmp_path / "out" / "noisy.gif").exists()
    assert run(path, "-o", tmp_path / "scored", *TV, "--reference", tmp_path / "clean.png") == 0
    assert (tmp_path / "scored" / "noisy.gif").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--way", "nlmm"), "did you mean 'nlm'"),
        (("--way", "nlm", "--model", "x.safetensors"), "leave out --way nlm"),
        (("--way", "nlm", "--set", "patch"), "has no equals sign"),
        (("--way", "nlm", "--set", "patches=3"), "did you mean 'patch'"),
        (("--way", "nlm", "--set", "patch=300"), "patch"),
        (("--way", "nlm", "--set", "patch=large"), "patch"),
        (("--way", "tv", "--sigma", "loud"), "--sigma takes auto or a number from 0 to 255, not 'loud'"),
        (("--way", "tv", "--sigma", "-3"), "--sigma takes auto"),
        (("--way", "tv", "--sigma", "nan"), "--sigma takes auto"),
        (("--way", "tv", "--strength", "2"), "--strength takes a number from 0 to 1, not 2"),
        (("--way", "tv", "--strength", "much"), "--strength"),
        (("--way", "tv", "--memory", "0"), "--memory takes a number of MiB"),
        (("--model", "nothing.safetensors"), "nothing.safetensors"),
    ],
)
def test_arguments_that_cannot_be_meant_are_refused_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    path = noisy(tmp_path / "noisy.png")
    out = tmp_path / "out.png"
    if arguments[0] == "--model":  # found out only once the picture has been read
        assert run(path, "-o", out, *arguments) == 2
        assert said in capsys.readouterr().err
    else:
        assert said in refused(capsys, path, "-o", out, *arguments)
    assert not out.exists()


def test_places_that_cannot_be_written_to_are_refused_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, other = noisy(tmp_path / "noisy.png"), noisy(tmp_path / "other.png")
    before = path.read_bytes()
    assert "is the original" in refused(capsys, path, "-o", path, *TV)
    assert "choose one of .png" in refused(capsys, path, "-o", tmp_path / "out.psd", *TV)
    assert "need a folder" in refused(capsys, path, other, "-o", tmp_path / "out.png", *TV)
    assert "choose another folder" in refused(capsys, path, other, "-o", tmp_path, *TV)
    assert "--reference is of one picture" in refused(
        capsys, path, other, "-o", tmp_path / "out", "--reference", other, *TV
    )
    assert "the following arguments are required" in refused(capsys, path)
    assert path.read_bytes() == before


def test_the_way_is_the_photo_denoiser_unless_another_is_named() -> None:
    assert chosen_way(None, None, []).kind == "photo"
    model = chosen_way(None, "mine.safetensors", ["colour=brightness only"])
    assert (model.kind, model.model_dump()["path"]) == ("model", "mine.safetensors")
    assert chosen_way("nlm", None, ["patch=7", "cut_off = 0.5"]).model_dump()["patch"] == 7
    assert chosen_way("model", None, ["path=7.safetensors"]).model_dump()["path"] == "7.safetensors"
    with pytest.raises(StudioError):
        chosen_way("nlm", None, ["patch=true=false"])


@pytest.mark.skipif(os.name == "nt", reason="signals are sent as POSIX has them")
def test_ctrl_c_ends_with_130_and_keeps_what_is_finished(tmp_path: Path) -> None:
    for number in range(3):
        noisy(tmp_path / "in" / f"{number}.png")
    slow = ("--way", "zero-shot", "--set", "steps=30000", "--set", "crop=16")
    program = subprocess.Popen(
        [sys.executable, "-m", "aestudio", "denoise", "in", "-o", "out", "--json", *slow],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    assert program.stdout is not None
    assert json.loads(program.stdout.readline())["event"] == "Began"
    program.send_signal(signal.SIGINT)
    out, err = program.communicate(timeout=60)
    assert program.returncode == 130, err
    assert [(event["event"], event.get("reason")) for event in events(out)] == [("Ended", "stopped")]


class Endless(Way):
    """Never comes back, and looks at nothing meanwhile."""

    kind: ClassVar[str] = "endless"
    title: ClassVar[str] = "Endless"
    about: ClassVar[str] = "Never comes back."
    source: ClassVar[str] = "this test"

    def prepare(self, pictures: Sequence[Picture], sigma: float, callbacks: Callbacks = NO_CALLBACKS) -> Cleaner:
        def clean(values: Values) -> Values:
            os.kill(os.getpid(), signal.SIGINT)
            while True:
                pass

        return Cleaner(clean, halo=0)


@pytest.mark.skipif(os.name == "nt", reason="signals are sent as POSIX has them")
@pytest.mark.timeout(60)
@pytest.mark.parametrize("many", [False, True])
def test_ctrl_c_does_not_wait_for_a_way_that_is_at_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, many: bool
) -> None:
    monkeypatch.setattr("aestudio.commands.denoise.chosen_way", lambda *_: Endless())
    path = noisy(tmp_path / "in" / "a.png")
    out = tmp_path / "out" if many else tmp_path / "out.png"
    assert run(path.parent if many else path, "-o", out) == 130
    assert not list(tmp_path.rglob("*.part"))
    assert not (out / "a.png" if many else out).exists()


@pytest.mark.skipif(not (SHARED / "Set12").is_dir(), reason="the photographs of ../shared/data are not here")
def test_a_photograph_with_noise_gains_several_decibels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clean = sorted(path for path in (SHARED / "Set12").iterdir() if path.suffix == ".png")[0]
    picture = read_picture(clean)
    values = np.random.default_rng(0).normal(picture.stored[..., 0], 25).clip(0, 255)
    Image.fromarray(values.astype(np.uint8)).save(tmp_path / "noisy.png")
    assert run(tmp_path / "noisy.png", "-o", tmp_path / "out.png", *TV, "--reference", clean, "--json") == 0
    (scored,) = (event for event in events(capsys.readouterr().out) if event["event"] == "Scored")
    assert scored["psnr"] > scored["psnr_before"] + 5


# -- folders, pages, ranges and pipes ----------------------------------------------------------------------------------


def rows(report: Path) -> dict[str, dict[str, str]]:
    with report.open(encoding="utf-8-sig", newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file)}


def test_every_file_of_a_folder_is_accounted_for_under_one_kind_of_path(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "in"
    noisy(folder / "deep" / "a.png")
    noisy(folder / "scan.png").rename(folder / "scan")
    (folder / "shot.dng").write_bytes(b"no camera wrote this")
    (folder / "phone.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(50))
    (folder / "deep" / "notes.txt").write_text("notes")
    (folder / "deep" / "cut.png").write_bytes((folder / "scan").read_bytes()[:100])
    assert run(folder, "-o", tmp_path / "out", *TV) == 1
    said = capsys.readouterr()
    found = rows(tmp_path / "out" / "denoise-report.csv")
    assert {name: row["outcome"] for name, row in found.items()} == {
        "deep/a.png": "cleaned", "scan": "cleaned", "shot.dng": "skipped", "phone.heic": "skipped",
        "deep/cut.png": "skipped", "deep/notes.txt": "no picture",
    }  # fmt: skip
    assert all(row["reason"] for row in found.values() if row["outcome"] != "cleaned")
    assert "deep/a.png → " in said.out
    assert "1 other file is no picture." in said.out


def test_a_folder_that_is_not_there_makes_no_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "There is nothing at" in refused(capsys, tmp_path / "nothere", "-o", tmp_path / "out", *TV)
    assert "does not exist" in refused(capsys, tmp_path / "nothere.png", "-o", tmp_path / "out.png", *TV)
    assert not list(tmp_path.iterdir())


def test_a_picture_that_cannot_be_read_ends_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = noisy(tmp_path / "a.png")
    path.write_bytes(path.read_bytes()[:200])
    assert "damaged or cut short" in refused(capsys, path, "-o", tmp_path / "out.png", *TV)


def test_a_stack_is_cleaned_page_by_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stack = np.random.default_rng(0).normal(2000, 50, (4, 32, 32)).astype(np.uint16)
    tifffile.imwrite(tmp_path / "stack.tif", stack, imagej=True, metadata={"axes": "ZYX"})
    assert run(tmp_path / "stack.tif", "-o", tmp_path / "out.tif", *TV, "--json") == 0
    cleaned = events(capsys.readouterr().out)[1]
    assert cleaned["pages"] == 4
    made = tifffile.imread(tmp_path / "out.tif")
    assert made.shape == stack.shape
    assert all(page.std() < before.std() for page, before in zip(made, stack, strict=True))
    assert "has 4 pages, which .png does not hold" in refused(
        capsys, tmp_path / "stack.tif", "-o", tmp_path / "out.png", *TV
    )


def test_black_and_white_are_said_and_can_be_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tifffile.imwrite(tmp_path / "frame.tif", np.linspace(100, 1100, 1600).reshape(40, 40).astype(np.uint16))
    assert run(tmp_path / "frame.tif", "-o", tmp_path / "out.tif", *TV) == 0
    assert "black 101, white 1098" in capsys.readouterr().out
    assert run(tmp_path / "frame.tif", "-o", tmp_path / "out.tif", *TV, "--json", "--range", "0:4095") == 0
    assert events(capsys.readouterr().out)[1]["levels"] == [0, 4095]
    for wrong in ("5", "9:3", "a:b", "nan:1"):
        assert "--range takes auto or black:white" in refused(
            capsys, tmp_path / "frame.tif", "-o", tmp_path / "out.tif", "--range", wrong
        )


def test_format_suffix_and_quality_are_chosen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    noisy(tmp_path / "in" / "a.png")
    noisy(tmp_path / "in" / "b.png")
    for quality in ("10", "95"):
        out = tmp_path / quality
        more = ("--format", "JPG", "--suffix", "_clean", "--quality", quality)
        assert run(tmp_path / "in", "-o", out, *TV, *more) == 0
        assert sorted(path.name for path in out.glob("*.jpg")) == ["a_clean.jpg", "b_clean.jpg"]
    sizes = [(tmp_path / quality / "a_clean.jpg").stat().st_size for quality in ("10", "95")]
    assert sizes[0] < sizes[1] / 2
    capsys.readouterr()
    for wrong, said in (
        (("--format", "psd"), "choose one of .png"),
        (("--format", "png", "--quality", "50"), "loses nothing"),
        (("--quality", "500"), "from 1 to 100"),
        (("--suffix", "a/b"), "cannot be part of a file's name"),
    ):
        assert said in refused(capsys, tmp_path / "in", "-o", tmp_path / "out", *TV, *wrong)


def test_a_picture_goes_through_pipes(tmp_path: Path) -> None:
    path = noisy(tmp_path / "a.png")
    command = [sys.executable, "-m", "aestudio", "denoise", "-", "-o", "-", *TV]
    done = subprocess.run(command, input=path.read_bytes(), capture_output=True, check=True, cwd=ROOT)
    with Image.open(io.BytesIO(done.stdout)) as image:
        assert image.size == (64, 48)
        assert np.asarray(image).std() < read_picture(path).stored.std()
    assert b"of 255" in done.stderr
    nothing = subprocess.run(command, input=b"", capture_output=True, check=False, cwd=ROOT)
    assert (nothing.returncode, nothing.stdout) == (2, b"")
    assert nothing.stderr == b"aestudio: Nothing came from standard input.\n"


@pytest.mark.skipif(os.name == "nt" or sys.platform == "darwin", reason="names are Unicode there")
def test_names_that_are_not_utf_8_are_cleaned_and_accounted_for(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"mus\xe9e")
    path = noisy(folder / os.fsdecode(b"caf\xe9.png"))
    noisy(folder / "=1+1.png")
    assert run(folder, "-o", tmp_path / "out", *TV, "--json") == 0
    assert (tmp_path / "out" / path.name).is_file()
    assert set(rows(tmp_path / "out" / "denoise-report.csv")) == {"caf\\udce9.png", "'=1+1.png"}
    assert run(folder, "-o", tmp_path / "out", *TV) == 0
    assert {row["outcome"] for row in rows(tmp_path / "out" / "denoise-report.csv").values()} == {"finished before"}
    assert run(path, "-o", folder / os.fsdecode(b"d\xe9j\xe0.png"), *TV) == 0
