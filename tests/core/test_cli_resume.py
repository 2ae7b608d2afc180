"""`aestudio resume` and `aestudio runs`: what they go on with, what they list, and what they refuse."""

from __future__ import annotations

import json
import math
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aestudio.cli import main
from aestudio.core.ground import folders
from aestudio.core.library import schema
from aestudio.core.library.catalogue import Library
from aestudio.core.library.moments import MomentFolder
from aestudio.core.model import model_file
from aestudio.core.run import recipes
from aestudio.core.run.run import Run
from aestudio.core.training.checkpoint_folder import CheckpointFolder
from tests.core.test_cli import QUICK, events, program, refused, rows, trained
from tests.core.trainings import EACH_EPOCH, after_epoch, as_bytes, break_off, damaged, keep, keep_until

pytestmark = pytest.mark.usefixtures("ready_python")
LINEAR = recipes.find("linear").run().with_value("epochs", 3)
"""22 steps an epoch."""
CPU = ("--device", "cpu")


@pytest.fixture
def stopped() -> Run:
    """Run 1 of the library, stopped in the middle of its second epoch."""
    keep_until(folders.library(), 30, LINEAR, LINEAR.data.load(), every=EACH_EPOCH)
    return LINEAR


@pytest.fixture
def crashed() -> Run:
    """Run 1 of the library, whose program ended after two epochs; the newest checkpoints are of steps 22 and 0."""
    break_off(folders.library(), after_epoch(2), LINEAR, LINEAR.data.load(), every=EACH_EPOCH)
    return LINEAR


def state(number: int = 1) -> str:
    with Library() as library:
        return library.summary(number).state


# -- going on ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("named", [(), ("last",), ("1",), ("#1",)], ids=str)
def test_a_stopped_run_goes_on(named: tuple[str, ...], stopped: Run, capsys: pytest.CaptureFixture[str]) -> None:
    said = trained(capsys, "resume", *named, *CPU)
    assert (said[0]["event"], said[0]["number"], said[0]["resumed_at"], said[0]["steps"]) == ("Started", 1, 30, 66)
    first = next(event for event in said if event["event"] == "Progress")
    assert first["first_step"] == 31
    assert (said[-1]["reason"], said[-1]["step"]) == ("completed", 66)
    assert state() == "completed"


def test_a_crashed_run_goes_on_and_ends_as_an_uninterrupted_one(
    crashed: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said = trained(capsys, "resume", *CPU)
    assert said[0]["resumed_at"] == 22
    with Library() as library:
        weights, curves = as_bytes(library.model(1).weights), library.curves(1)
    keep(tmp_path / "whole", crashed, crashed.data.load())
    with Library(tmp_path / "whole") as library:
        assert as_bytes(library.model(1).weights) == weights
        assert library.curves(1).terms.tobytes() == curves.terms.tobytes()


def test_the_last_run_is_the_one_that_was_trained_last_and_not_in_the_trash(
    stopped: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    keep_until(folders.library(), 5, LINEAR, LINEAR.data.load())
    keep_until(folders.library(), 5, LINEAR, LINEAR.data.load())
    with Library() as library:
        library.trash([3])
    assert trained(capsys, "resume", *CPU)[0]["number"] == 2
    assert trained(capsys, "resume", "3", *CPU)[0]["number"] == 3
    with Library() as library:
        assert library.summary(3).trashed is None


def test_bars_say_where_it_goes_on(stopped: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["resume", *CPU]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    unwrapped = " ".join(said.out.split())
    assert "Kept in the library as run 1" in unwrapped
    assert "Going on from step 30 of 66" in unwrapped
    assert "Completed after 66 steps." in unwrapped
    assert "epoch 3 held out" in unwrapped
    assert "epoch 1 held out" not in unwrapped


def test_a_live_setting_may_be_another_from_here_on(stopped: Run, capsys: pytest.CaptureFixture[str]) -> None:
    said = trained(capsys, "resume", *CPU, "--set", "optimiser.learning_rate=0.0001")
    assert said[0]["run"]["optimiser"]["learning_rate"] == 0.0001
    with Library() as library:
        assert library.run(1) == stopped.with_value("optimiser.learning_rate", 0.0001)
        assert library.run(1, as_it_began=True) == stopped


def test_a_complete_run_goes_on_for_more_epochs(capsys: pytest.CaptureFixture[str]) -> None:
    trained(capsys, *QUICK)
    said = trained(capsys, "resume", "1", "--epochs", "3", *CPU)
    assert (said[0]["resumed_at"], said[0]["steps"], said[-1]["step"]) == (44, 66, 66)
    with Library() as library:
        assert (library.summary(1).state, library.run(1).epochs) == ("completed", 3)


def test_a_resumed_run_writes_the_whole_curves_and_every_score(
    stopped: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    trained(capsys, "resume", *CPU, "--out", str(tmp_path / "resumed"))
    trained(capsys, "train", "linear", "--epochs", "3", *CPU, "--out", str(tmp_path / "whole"))
    for name in ("metrics.csv", "curves.csv", "run.toml"):
        assert (tmp_path / "resumed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    one, other = (model_file.load(tmp_path / name / "model.safetensors") for name in ("resumed", "whole"))
    assert as_bytes(one.weights) == as_bytes(other.weights)
    assert one.curves.to_json() == other.curves.to_json()
    assert [row["step"] for row in rows(tmp_path / "resumed")] == ["0", "22", "22", "44", "44", "66", "66"]


def test_a_run_that_was_stopped_before_its_first_step_has_its_first_score_in_what_it_writes(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    keep_until(folders.library(), 0, LINEAR, LINEAR.data.load())
    said = trained(capsys, "resume", *CPU, "--out", str(tmp_path / "out"))
    assert said[0]["resumed_at"] == 0
    assert [row["step"] for row in rows(tmp_path / "out")] == ["0", "22", "22", "44", "44", "66", "66"]
    assert rows(tmp_path / "out")[0]["split"] == "held-out"


def test_checkpoints_are_taken_as_often_as_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    said = trained(capsys, *QUICK, "--checkpoint-every", "1 epoch")
    names = [Path(event["path"]).stem for event in said if event.get("what") == "checkpoint"]
    assert names == [f"step-{step:09}" for step in (0, 22, 44)]
    said = trained(capsys, "resume", "--epochs", "4", "--checkpoint-every", "never", *CPU)
    assert [Path(event["path"]).stem for event in said if event.get("what") == "checkpoint"] == ["step-000000088"]


def test_snapshots_take_as_much_room_as_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    trained(capsys, *QUICK, "--snapshots", "0")
    trained(capsys, *QUICK, "--snapshots", "0.5")
    with Library() as library:
        none, some = (MomentFolder(library.files(number)) for number in (1, 2))
        assert none.steps() == []
        assert 0 < some.size() <= 2**19


def pictures(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for number in range(24):
        pixels = np.random.default_rng(number).integers(0, 256, (16, 16, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    return folder


def test_images_that_have_moved_are_said_where_they_are_now(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Others are refused, and so is a folder that is not there."""
    before = pictures(tmp_path / "before")
    settings = ("--set", "data.size=8", "--set", "batch_size=4")
    trained(capsys, *QUICK, "--data", str(before), *settings)
    shutil.move(before, tmp_path / "after")
    assert str(before) in refused(capsys, "resume", "1", "--epochs", "3", *CPU)
    others = pictures(tmp_path / "others")
    Image.new("RGB", (16, 16), "red").save(others / "0.png")
    said = refused(capsys, "resume", "1", "--epochs", "3", *CPU, "--data", str(others))
    assert "are not those that this training began with, so it cannot go on" in said
    assert state() == "completed"
    arguments = ("resume", "1", "--epochs", "3", *CPU, "--data", str(tmp_path / "after"))
    assert trained(capsys, *arguments)[-1]["reason"] == "completed"
    with Library() as library:
        assert library.run(1).data.path == str(tmp_path / "after")  # type: ignore[attr-defined]


# -- damage ------------------------------------------------------------------------------------------------------------


def damage_newest() -> None:
    with Library() as library:
        newest, before = CheckpointFolder(library.files(1)).files()
        assert (newest.stem, before.stem) == ("step-000000030", "step-000000022")
        damaged(newest)


DAMAGED = (
    "The checkpoint step-000000030.checkpoint is damaged: what it holds is not what was written. "
    "The training goes on from the one before, at step 22."
)


def test_a_damaged_newest_checkpoint_says_so_as_json(stopped: Run, capsys: pytest.CaptureFixture[str]) -> None:
    damage_newest()
    said = trained(capsys, "resume", *CPU)
    assert said[:2] == [said[0], {"event": "Warned", "sentence": DAMAGED}]
    assert (said[0]["event"], said[0]["resumed_at"]) == ("Started", 22)
    assert said[-1]["reason"] == "completed"


def test_a_damaged_newest_checkpoint_says_so_on_standard_error(
    stopped: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    damage_newest()
    assert main(["resume", *CPU]) == 0
    said = capsys.readouterr()
    assert said.err == f"aestudio: {DAMAGED}\n"
    assert "Going on from step 22 of 66" in said.out


def test_damaged_checkpoints_only_are_refused(stopped: Run, capsys: pytest.CaptureFixture[str]) -> None:
    with Library() as library:
        for file in CheckpointFolder(library.files(1)).files():
            damaged(file)
    assert "No checkpoint of this run can be used." in refused(capsys, "resume", *CPU)
    assert state() == "stopped"


# -- bad input ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["resume"], "There is no run in the library yet; `aestudio train` begins one."),
        (["resume", "last"], "There is no run in the library yet; `aestudio train` begins one."),
        (["resume", "7"], "There is no run 7 in the library; `aestudio runs` lists them."),
        (["resume", "0"], "There is no run 0 in the library; `aestudio runs` lists them."),
        (["resume", "first"], "A run is named by its number, or `last`; 'first' is neither. `aestudio runs` lists"),
        (["resume", "1.5"], "'1.5' is neither"),
        (["resume", "²"], "'²' is neither"),
        (["resume", ""], "'' is neither"),
        (["resume", "#"], "'#' is neither"),
        (["resume", "9" * 19], f"There is no run {'9' * 19} in the library"),
        (["resume", "9" * 5000], "There is no run 999"),
        (["resume", "1", "2"], "unrecognized arguments: 2"),
        (["resume", "--no-library"], "there is no option --no-library; choose one of --help,"),
        (
            ["resume", "--checkpoint-every", "nonsense"],
            "Checkpoints can be taken every 30s, 5min or 2 epochs, or never",
        ),
        ([*QUICK, "--checkpoint-every", "nonsense"], "or never; not every 'nonsense'."),
        ([*QUICK, "--checkpoint-every", "1.5 epochs"], "not every '1.5 epochs'."),
        ([*QUICK, "--checkpoint-every"], "expected one argument"),
        ([*QUICK, "--snapshots", "-1"], "--snapshots takes a number of MiB"),
        (["resume", "--device", "nope"], "There is no device called 'nope'"),
        (["runs", "--most", "many"], "it takes a whole number from 1, not 'many'"),
        (["runs", "--most", "-1"], "argument --most: it takes a whole number from 1, not '-1'"),
        (["sweep", "linear", "epochs", "--count", "0"], "it takes a whole number from 1, not '0'"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else "",
)
def test_bad_input_is_one_sentence_and_code_2(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert words in refused(capsys, *arguments)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--set", "network.code_size=3"], "A training cannot go on with another network.code_size; train again"),
        (["--set", "batch_size=3"], "cannot go on with another batch_size; train again with the change instead."),
        (["--set", "optimiser=sgd"], "cannot go on with another optimiser"),
        (["--set", "l1.weight=0.5"], "cannot go on with other penalties; train again with the change instead."),
        (["--set", "seed=3"], "another seed"),
        (["--set", "colour=3"], "There is no setting 'colour'"),
        (["--set", "optimiser.learning_rate"], "has no equals sign"),
        (["--set", "optimiser.learning_rate=fast"], "optimiser.learning_rate cannot be 'fast'"),
        (["--epochs", "1"], "This training has already gone beyond epoch 1; choose more epochs."),
        (["--epochs", "0"], "epochs cannot be 0"),
        (["--data", "nowhere"], "There is no data source or path 'nowhere'"),
        (["--data", "letters", "--set", "data.count=100"], "are not those that this training began with"),
        (["--data", "letters", "--set", "data.count=100", "--json"], "are not those that this training began with"),
        (["--set", "seed=3", "--json"], "another seed"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_it_cannot_go_on_with_is_refused_and_leaves_the_run_alone(
    arguments: list[str], words: str, stopped: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    with Library() as library:
        before = (library.summary(1), library.run(1), len(library.curves(1).steps))
    assert words in refused(capsys, "resume", "1", *CPU, *arguments)
    with Library() as library:
        assert (library.summary(1), library.run(1), len(library.curves(1).steps)) == before


def test_a_complete_run_asks_how_many_epochs_there_shall_be(capsys: pytest.CaptureFixture[str]) -> None:
    trained(capsys, *QUICK)
    assert refused(capsys, "resume", *CPU) == (
        "aestudio: Run 1 is complete after epoch 2; --epochs 4 says how many there shall be in all.\n"
    )
    assert "This training has already gone beyond epoch 1" in refused(capsys, "resume", "--epochs", "1", *CPU)
    assert state() == "completed"


def test_a_run_without_checkpoints_is_refused(stopped: Run, capsys: pytest.CaptureFixture[str]) -> None:
    with Library() as library:
        library.budget = 0
        library.make_room()
    said = refused(capsys, "resume", *CPU)
    assert "has no checkpoint to continue from; train it again instead." in said
    assert state() == "stopped"


def test_a_run_that_trains_elsewhere_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    from aestudio.core.library.keeping import fit_and_keep

    stream = fit_and_keep(LINEAR, LINEAR.data.load())
    for event in stream:
        if after_epoch(1)(event):
            said = refused(capsys, "resume", *CPU)
            assert said == "aestudio: This run is training in another window or program; it can go on in one only.\n"
    assert state() == "completed"


# -- keeping or not ----------------------------------------------------------------------------------------------------


def test_without_the_library_nothing_is_kept_and_bars_say_so(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    said = trained(capsys, *QUICK, "--no-library")
    assert [event["event"] for event in said if event["event"] in ("Saved", "Warned")] == []
    assert said[0]["number"] == 0
    assert not folders.library().exists()
    assert main([*QUICK, "--no-library"]) == 0
    assert "Nothing was saved; leave --no-library out, or say --out DIR." in " ".join(capsys.readouterr().out.split())
    assert main([*QUICK, "--no-library", "--out", str(tmp_path / "out")]) == 0
    assert "Nothing was saved" not in capsys.readouterr().out
    assert not folders.library().exists()


def test_a_library_that_cannot_be_used_is_told_and_a_run_with_another_place_trains_all_the_same(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folders.library().mkdir(parents=True)
    (folders.library() / schema.FILE).write_text("no database " * 100)
    said = trained(capsys, *QUICK, "--out", str(tmp_path / "out"))
    assert [event["event"] for event in said[:2]] == ["Started", "Warned"]
    assert said[1]["sentence"].endswith("This run is not kept.")
    assert said[-1]["reason"] == "completed"
    assert (tmp_path / "out" / "model.safetensors").is_file()
    for arguments in (["runs"], ["resume"], [*QUICK]):
        assert "file is not a database" in refused(capsys, *arguments)


def test_a_library_in_a_place_that_is_a_file_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("mine")
    monkeypatch.setenv("AESTUDIO_LIBRARY", str(tmp_path / "file"))
    for arguments in (["runs"], [*QUICK]):
        assert "cannot be opened: File exists." in refused(capsys, *arguments)


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to one process")
def test_ctrl_c_then_resume_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import signal

    process = program(tmp_path, "train", "linear", "--device", "cpu", "--epochs", "100000", "--json")
    assert process.stdout
    for line in process.stdout:
        if json.loads(line)["event"] == "Progress":
            break
    process.send_signal(signal.SIGINT)
    out, said = process.communicate(timeout=120)
    assert (process.returncode, said) == (130, "")
    stopped_at = events(out)[-1]["step"]
    with Library() as library:
        assert (library.summary(1).state, library.summary(1).checkpoint_step) == ("stopped", stopped_at)
        enough = math.ceil(stopped_at / 22) + 1
    told = trained(capsys, "resume", "--epochs", str(enough), *CPU)
    assert (told[0]["resumed_at"], told[-1]["step"]) == (stopped_at, enough * 22)


# -- listing -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def several() -> None:
    digits = LINEAR.data.load()
    for title, epochs in (("Sparse one", 1), ("Dense one", 2), ("In the trash", 1)):
        keep(folders.library(), LINEAR.model_copy(update={"title": title, "epochs": epochs}), digits)
    keep_until(folders.library(), 5, LINEAR.model_copy(update={"title": "[b]Stopped[/b] :x:"}), digits)
    with Library() as library:
        library.annotate(2, "remember me")
        library.star([2])
        library.trash([3])


def listed(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[int]:
    assert main(["runs", *arguments, "--json"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    return [run["id"] for run in events(said.out)]


FOUND: list[tuple[tuple[str, ...], list[int]]] = [
    ((), [4, 2, 1]),
    (("sparse",), [1]),
    (("SPARSE", "one"), [1]),
    (("one",), [2, 1]),
    (("one", "stopped"), []),
    (("remember",), [2]),
    (("stopped",), [4]),
    (("digits",), [4, 2, 1]),
    (("#2",), [2]),
    (("--trash",), [3]),
    (("--trash", "sparse"), []),
    (("--most", "1"), [4, 2, 1]),
]


@pytest.mark.usefixtures("several")
def test_runs_are_found_by_words(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, found in FOUND:
        assert listed(capsys, *arguments) == found, arguments


@pytest.mark.usefixtures("several")
def test_a_listed_run_is_all_that_is_known_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    main(["runs", "--json", "dense"])
    (run,) = events(capsys.readouterr().out)
    assert (run["title"], run["note"], run["starred"], run["state"]) == ("Dense one", "remember me", True, "completed")
    assert (run["step"], run["steps"], run["epoch"], run["seed"], run["shape"]) == (44, 44, 2.0, 0, [1, 8, 8])
    assert run["psnr"] > 0
    assert len(run["fingerprint"]) == 64


@pytest.mark.usefixtures("several")
def test_a_table_lists_the_newest_first_with_titles_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:3] == ["Run", "Title", "State"]
    assert [line.split()[0] for line in lines[1:] if line[:3].strip()] == ["4", "2", "1"]
    assert "[b]Stopped[/b]" in lines[1]
    assert "★ Dense one" in lines[2]
    assert main(["runs", "--most", "2"]) == 0
    assert "1 older one is left out; --most 3 shows all." in capsys.readouterr().out
    assert main(["runs", "nobody"]) == 0
    assert capsys.readouterr().out == "No run in the library fits.\n"


def test_a_table_says_which_runs_nobody_has_scored(capsys: pytest.CaptureFixture[str]) -> None:
    keep_until(folders.library(), 0, LINEAR.model_copy(update={"title": "A"}), LINEAR.data.load())
    assert main(["runs"]) == 0
    (line,) = capsys.readouterr().out.splitlines()[1:]
    assert line.count("not scored") == 2


def test_an_empty_library_says_what_fills_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs"]) == 0
    assert capsys.readouterr().out == "The library is empty; `aestudio train` fills it.\n"
    assert listed(capsys) == []
    assert main(["runs", "--trash"]) == 0
    assert capsys.readouterr().out == "The trash is empty.\n"


def test_a_crashed_run_is_listed_as_interrupted(crashed: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs", "--json"]) == 0
    (run,) = events(capsys.readouterr().out)
    assert (run["state"], run["checkpoint_step"]) == ("interrupted", 22)


def test_scores_that_are_no_numbers_are_null_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    """JSON knows no infinity: a perfect reconstruction has one."""
    trained(capsys, *QUICK)
    with Library() as library:
        library.write([1], psnr=math.inf, objective=math.inf)
    assert main(["runs", "--json"]) == 0
    (run,) = events(capsys.readouterr().out)
    assert (run["psnr"], run["objective"]) == (None, None)
    assert main(["runs"]) == 0
    assert "inf" in capsys.readouterr().out


def test_a_complete_greedy_run_without_fine_tuning_says_that_epochs_do_not_lengthen_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    greedy = ("--set", "schedule.layer_epochs=1", "--set", "schedule.fine_tune=false")
    trained(capsys, "train", "deep-greedy", "--data", "digits", "--device", "cpu", *greedy)
    for more in ((), ("--epochs", "9")):
        assert main(["resume", "1", *more]) == 2
        assert "which more epochs do not lengthen" in capsys.readouterr().err


def test_half_a_character_in_a_title_is_written_as_a_question_mark(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trained(capsys, *QUICK, "--set", "title=a\udce9b", "--out", str(tmp_path / "out"))
    with Library() as library:
        assert library.run(1).title == "a?b"
