"""AEStudio in a Linux desktop: what is written for it, how little of it can go wrong, and that nothing of it stays."""

from __future__ import annotations

import errno
import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
import torch
from safetensors.torch import save_file

from aestudio.cli import main
from aestudio.core.ground import atomic, desktop
from aestudio.core.ground.resources import resource
from aestudio.core.model.model_file import ModelFile, some_samples
from aestudio.core.run.events import Finished
from aestudio.core.run.history import CurveRecorder
from aestudio.core.run.run import Run
from aestudio.core.training.fit import fit
from tests.core.conftest import small_dataset

ROOT = Path(__file__).parents[2]
FILES = (
    "mime/packages/aestudio.xml",
    "icons/hicolor/scalable/apps/aestudio.svg",
    "icons/hicolor/scalable/mimetypes/application-vnd.aestudio.model.svg",
    "applications/aestudio.desktop",
)

pytestmark = pytest.mark.skipif(
    sys.platform in ("darwin", "win32", "cygwin"), reason="macOS and Windows have no XDG desktop"
)


def needs(*programs: str) -> pytest.MarkDecorator:
    missing = [program for program in programs if shutil.which(program) is None]
    packages = "desktop-file-utils, shared-mime-info, xdg-utils and libglib2.0-bin"
    return pytest.mark.skipif(bool(missing), reason=f"{', '.join(missing)} not installed (Debian: {packages})")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own, on no particular desktop; the folder that $XDG_DATA_HOME names."""
    for name in ("XDG_CURRENT_DESKTOP", "DESKTOP_SESSION", "KDE_FULL_SESSION", "KDE_SESSION_VERSION"):
        monkeypatch.delenv(name, raising=False)
    for name, folder in (("HOME", "home"), ("XDG_DATA_HOME", "data"), ("XDG_CONFIG_HOME", "config")):
        monkeypatch.setenv(name, str(tmp_path / folder))
    return tmp_path / "data"


@pytest.fixture
def bare(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same on a machine without any of the desktop's programs; the folder where a test may put its own."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path / "bin"


def contents(folder: Path) -> dict[str, bytes | None]:
    """Every file, and every folder with None."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def keys(data: Path) -> dict[str, str]:
    first, *lines = (data / "applications" / "aestudio.desktop").read_text(encoding="utf-8").splitlines()
    assert first == "[Desktop Entry]"
    return dict(line.split("=", 1) for line in lines)


def fake(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


# -- what is written ---------------------------------------------------------------------------------------------------


def test_the_entry_the_icons_and_the_file_type_are_written_and_named(
    home: Path, bare: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["integrate"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert {name for name, content in contents(home).items() if content is not None} == set(FILES)
    for name in FILES:
        assert f"Wrote {home / name}\n" in said.out
    assert (home / FILES[1]).read_bytes() == resource("icons", "app.svg").read_bytes()
    assert keys(home)["MimeType"] == "application/vnd.aestudio.model;"
    assert keys(home)["StartupWMClass"] == "aestudio"
    assert {"Science", "Education", "ArtificialIntelligence"} <= set(keys(home)["Categories"].split(";"))


@pytest.mark.parametrize("chosen", [None, "", "relative/folder"])
def test_without_an_absolute_data_folder_it_goes_where_the_specification_says(
    home: Path, bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chosen: str | None
) -> None:
    if chosen is None:
        monkeypatch.delenv("XDG_DATA_HOME")
    else:
        monkeypatch.setenv("XDG_DATA_HOME", chosen)
    monkeypatch.chdir(tmp_path)
    desktop.integrate()
    assert set(FILES) <= set(contents(tmp_path / "home" / ".local" / "share"))
    desktop.remove()
    assert contents(tmp_path) == {"bin": None, "home": None, "home/.local": None, "home/.local/share": None}


def test_done_again_it_writes_nothing_and_says_so(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["integrate"])
    before = contents(home.parent)
    capsys.readouterr()
    assert main(["integrate"]) == 0
    assert contents(home.parent) == before
    said = capsys.readouterr().out
    assert "Wrote" not in said
    assert "Everything is there already." in said


def test_a_program_that_has_moved_is_written_anew_and_nothing_else(
    home: Path, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desktop.integrate()
    fake(bare, "aestudio", "")
    monkeypatch.setattr(sys, "argv", [str(bare / "aestudio"), "integrate"])
    assert desktop.integrate().written == (home / "applications" / "aestudio.desktop",)
    assert keys(home)["Exec"] == f"{bare / 'aestudio'} %f"
    assert keys(home)["TryExec"] == str(bare / "aestudio")
    assert "Path" not in keys(home)


def test_the_command_is_named_as_it_was_called_and_not_where_a_link_leads(
    home: Path, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pipx and uv put a link on the PATH that stays where it is when what it leads to is installed anew."""
    fake(bare, "elsewhere", "")
    (bare / "aestudio").symlink_to(bare / "elsewhere")
    monkeypatch.chdir(bare.parent)
    monkeypatch.setattr(sys, "argv", ["bin/aestudio", "integrate"])
    assert desktop.running_program() == ([str(bare / "aestudio")], None)


def test_a_frozen_program_that_was_found_on_the_path_is_named_by_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["aestudio", "integrate"])
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert desktop.running_program() == ([sys.executable], None)


def test_python_dash_m_is_started_by_the_same_python_in_the_source_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", [str(ROOT / "aestudio" / "__main__.py"), "integrate"])
    assert desktop.running_program() == ([sys.executable, "-m", "aestudio"], ROOT)
    monkeypatch.setattr(
        "aestudio.core.ground.desktop.sysconfig.get_path", lambda _: str(ROOT)
    )  # as if it were site-packages
    assert desktop.running_program() == ([sys.executable, "-m", "aestudio"], None)


def test_the_command_needs_neither_qt_nor_torch(home: Path, bare: Path) -> None:
    block = "import sys; sys.modules.update(dict.fromkeys(['PySide6', 'pyqtgraph', 'torch'])); "
    code = f"{block}from aestudio.cli import main; sys.exit(main(['integrate', *sys.argv[1:]]))"
    for arguments in ([], ["--remove"]):
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            capture_output=True,
            text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            timeout=120,
        )
        assert (done.returncode, done.stderr) == (0, "")


# -- a command in an entry ---------------------------------------------------------------------------------------------

ODD = [
    "with space",
    "O'Neill & sons; $HOME `id`",
    'quo"ted',
    r"back\slash",
    "100% (sure) #1 ~*?|<>",
    "größe ρ̂",
    "tab\tand\nnewline",
    "%f",
    "a=b",
]


@needs("gio")
@pytest.mark.parametrize("folder", ODD)
def test_a_program_in_an_oddly_named_folder_is_started_with_the_file(tmp_path: Path, home: Path, folder: str) -> None:
    place = tmp_path / folder
    place.mkdir()
    answer = tmp_path / "answer"
    os.mkfifo(answer)
    fake(place, "aestudio", f'for one in "$0" "$@" "$PWD"; do printf "%s\\0" "$one"; done > {answer}')
    entry = tmp_path / "aestudio.desktop"
    entry.write_text(desktop.entry([str(place / "aestudio"), "-m", folder], place), encoding="utf-8")
    model = place / "my model.safetensors"
    model.touch()
    subprocess.run(["gio", "launch", str(entry), str(model)], check=True, timeout=60)
    said = answer.read_bytes().decode().split("\0")  # waits for the program
    assert said == [str(place / "aestudio"), "-m", folder, str(model), str(place), ""]


def test_a_path_that_an_entry_cannot_name_is_one_sentence(
    home: Path, bare: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = bare / os.fsdecode(b"\xff")
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("names are UTF-8 on this file system")
    fake(folder, "aestudio", "")
    monkeypatch.setattr(sys, "argv", [str(folder / "aestudio")])
    assert main(["integrate"]) == 2
    said = capsys.readouterr()
    assert "its path is not UTF-8; install AEStudio in another folder.\n" in said.err
    assert said.err.count("\n") == 1
    assert not home.exists()


@needs("desktop-file-validate")
def test_the_entry_is_valid(home: Path) -> None:
    desktop.integrate()
    said = subprocess.run(
        ["desktop-file-validate", "--no-hints", str(home / "applications" / "aestudio.desktop")],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")


# -- the file type -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    """Models as they are saved, whose descriptions come in another order each time, and weights that are none."""
    folder = tmp_path_factory.mktemp("models")
    dataset, recorder = small_dataset((1, 28, 28), held_out=64), CurveRecorder()
    run = Run(epochs=20, batch_size=8).with_value("network.widths", [4]).with_value("kl-sparsity.weight", 1.0)
    for event in fit(run, dataset):
        recorder.read(event)
    assert isinstance(event, Finished)
    assert event.weights is not None
    samples = some_samples(dataset.held_out.images)
    facts = {"trained on": "small", "data fingerprint": "0" * 64}
    models = []
    for number in range(60):
        path = folder / f"model {number}.safetensors"
        curves = recorder.curves()
        ModelFile(run, dataset.shape, event.weights, {"mse": 0.1}, None, samples, curves, facts).save(path)
        models.append(path)
    plain = folder / "plain.safetensors"
    ModelFile(run, dataset.shape, event.weights, {}).save(plain)
    others = {
        "bare": None,
        "of another program": {"format": "pt"},
        "of an export": {"run": run.to_json()},
        "of one with samples": {"samples": "64"},
    }
    for name, about in others.items():
        save_file({"weight": torch.zeros(3)}, folder / f"{name}.safetensors", about)
    return {"models": [*models, plain], "others": [folder / f"{name}.safetensors" for name in others]}


def words(path: Path, *, first: int) -> list[str]:
    """The names in a description, in their order, of those that begin within so many bytes."""
    header = path.read_bytes()[:first].decode("utf-8", "replace")
    return re.findall(r'"(format|curves|samples)":"', header)


def test_models_hold_the_words_that_they_are_recognised_by_in_any_order(files: dict[str, list[Path]]) -> None:
    """What the magic rule relies on: one of the three begins early; and that this is no accident of one order."""
    orders = {tuple(words(path, first=10**6)) for path in files["models"][:-1]}
    assert len(orders) == 6
    assert any("format" not in words(path, first=4096) for path in files["models"])
    assert all(words(path, first=4000) for path in files["models"])


def test_the_magic_rules_tell_models_from_other_weights(files: dict[str, list[Path]]) -> None:
    tree = ElementTree.parse(resource("desktop", "aestudio.xml"))
    space = {"": "http://www.freedesktop.org/standards/shared-mime-info"}
    rules = {kind.get("type"): kind.findall("magic/match", space) for kind in tree.findall("mime-type", space)}

    def matches(rule: ElementTree.Element, content: bytes) -> bool:
        value = rule.attrib["value"].encode().decode("unicode_escape").encode("latin-1")
        mask = bytes.fromhex(rule.get("mask", "0x" + "ff" * len(value))[2:])
        assert len(mask) == len(value)
        begin, _, end = rule.attrib["offset"].partition(":")
        inner = rule.findall("match", space)
        return any(
            all(there & bit == wanted & bit for there, wanted, bit in zip(content[at:], value, mask, strict=False))
            and len(content) >= at + len(value)
            for at in range(int(begin), int(end or begin) + 1)
        ) and (not inner or any(matches(one, content) for one in inner))

    for group, path in ((group, path) for group, paths in files.items() for path in paths):
        content = path.read_bytes()[:4096]
        found = {kind for kind, some in rules.items() if any(matches(rule, content) for rule in some)}
        assert ("application/vnd.aestudio.model" in found) == (group == "models"), path
        assert "application/x-safetensors" in found


@needs("update-mime-database", "update-desktop-database", "xdg-mime", "gio")
def test_the_desktop_opens_models_and_no_other_weights_with_aestudio(home: Path, files: dict[str, list[Path]]) -> None:
    assert desktop.integrate().notes == ()

    def kinds(paths: list[Path]) -> list[str]:
        said = [asked("gio", "info", "-a", "standard::content-type", str(path)) for path in paths]
        return [line.rsplit(maxsplit=1)[-1] for line in said]

    models, others = files["models"], files["others"]
    assert kinds(models) == [desktop.MODEL_TYPE] * len(models)
    assert kinds(others) == ["application/x-safetensors"] * len(others)
    nameless = models[0].with_name("downloaded")
    nameless.write_bytes(models[0].read_bytes())
    assert kinds([nameless]) == [desktop.MODEL_TYPE]
    assert "aestudio.desktop" in asked("gio", "mime", desktop.MODEL_TYPE).splitlines()[0]
    assert asked("xdg-mime", "query", "default", desktop.MODEL_TYPE) == "aestudio.desktop"
    if shutil.which("mimetype"):  # without it, xdg-mime asks `file`, which knows no types of the desktop
        assert asked("xdg-mime", "query", "filetype", str(models[0])) == desktop.MODEL_TYPE
    desktop.remove()
    assert desktop.MODEL_TYPE not in kinds(models)
    assert desktop.ENTRY not in asked("gio", "mime", desktop.MODEL_TYPE)


def asked(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout.strip()


@pytest.mark.parametrize("parts", [("icons", "app.svg"), ("desktop", "model.svg"), ("desktop", "aestudio.xml")])
def test_what_is_copied_is_well_formed(parts: tuple[str, ...]) -> None:
    ElementTree.parse(resource(*parts))


# -- taking it away ----------------------------------------------------------------------------------------------------


def test_nothing_stays_when_it_is_taken_away(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["integrate"])
    capsys.readouterr()
    assert main(["integrate", "--remove"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    for name in FILES:
        assert f"Removed {home / name}\n" in said.out
    assert [path for path in home.parent.rglob("*") if path.is_file()] == []
    assert contents(home) == {}
    assert main(["integrate", "--remove"]) == 0
    assert capsys.readouterr().out == "There was nothing to remove.\n"


def test_what_others_put_there_stays_as_it_was(home: Path) -> None:
    package = resource("desktop", "aestudio.xml").read_text().replace("aestudio", "other").replace("x-safe", "x-other")
    (home / "mime" / "packages").mkdir(parents=True)
    (home / "mime" / "packages" / "other.xml").write_text(package)
    (home / "applications").mkdir()
    (home / "applications" / "other.desktop").write_text("[Desktop Entry]\nType=Application\nName=O\nExec=true\n")
    (home / "icons" / "hicolor" / "scalable" / "apps").mkdir(parents=True)
    (home / "icons" / "hicolor" / "scalable" / "apps" / "other.svg").write_text("<svg/>")
    if shutil.which("update-mime-database"):
        subprocess.run(["update-mime-database", str(home / "mime")], check=True, timeout=60)
    if shutil.which("update-desktop-database"):
        subprocess.run(["update-desktop-database", str(home / "applications")], check=True, timeout=60)
    before = contents(home)
    desktop.integrate()
    assert contents(home) != before
    desktop.remove()
    assert contents(home) == before


def test_only_our_entry_leaves_the_lists_of_what_opens_what(home: Path, bare: Path) -> None:
    lists = home.parent / "config" / "mimeapps.list"
    own = home.parent / "config" / "gnome-mimeapps.list"
    lists.parent.mkdir()
    lists.write_text(
        textwrap.dedent(
            """\
            # mine; aestudio.desktop is only named here
            [Default Applications]
            application/vnd.aestudio.model=aestudio.desktop
            image/png=viewer.desktop

            [Added Associations]
            image/png=aestudio.desktop;viewer.desktop;
            image/tiff=other-aestudio.desktop;
            """
        )
    )
    own.write_text("[Default Applications]\n\napplication/vnd.aestudio.model=aestudio.desktop\n")
    change = desktop.remove()
    assert (change.written, change.removed) == ((lists,), (own,))
    assert lists.read_text() == textwrap.dedent(
        """\
        # mine; aestudio.desktop is only named here
        [Default Applications]
        image/png=viewer.desktop

        [Added Associations]
        image/png=viewer.desktop;
        image/tiff=other-aestudio.desktop;
        """
    )
    assert desktop.remove() == desktop.FileChanges()


def test_a_list_that_is_a_link_stays_one(home: Path, bare: Path) -> None:
    real = home.parent / "dotfiles"
    real.write_text("[Default Applications]\na/b=c.desktop\napplication/vnd.aestudio.model=aestudio.desktop\n")
    link = home.parent / "config" / "mimeapps.list"
    link.parent.mkdir()
    link.symlink_to(real)
    desktop.remove()
    assert link.is_symlink()
    assert real.read_text() == "[Default Applications]\na/b=c.desktop\n"


# -- the desktop's programs --------------------------------------------------------------------------------------------


def test_programs_that_are_not_there_are_one_line_each_and_no_failure(
    home: Path, bare: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["integrate"]) == 0
    lines = capsys.readouterr().out.splitlines()
    missing = [line for line in lines if "is not installed (Debian package" in line]
    assert [line.split()[0] for line in missing] == ["update-mime-database", "update-desktop-database", "xdg-mime"]
    assert set(FILES) <= set(contents(home))


def test_a_program_that_fails_is_one_line_and_no_failure(
    home: Path, bare: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fake(bare, "update-mime-database", "echo 'broken package' >&2; echo 'of another program' >&2; exit 3")
    (bare / "update-desktop-database").write_bytes(b"not a program")
    (bare / "update-desktop-database").chmod(0o755)
    assert main(["integrate"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum("update-mime-database failed with code 3 (broken package of another program)." in one for one in lines)
    assert sum("update-desktop-database could not run: Exec format error." in one for one in lines) == 1


def test_a_program_that_hangs_is_left_alone(home: Path, bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desktop, "SECONDS", 0.2)
    fake(bare, "xdg-mime", "read forever < /dev/zero")
    assert any("xdg-mime could not run" in note for note in desktop.integrate().notes)


@pytest.mark.parametrize("cached", [True, False])
def test_a_cache_of_icons_is_renewed_but_never_begun(home: Path, bare: Path, cached: bool) -> None:
    """One that nobody else renews would hide the icons that others put there later."""
    theme = home / "icons" / "hicolor"
    theme.mkdir(parents=True)
    if cached:
        (theme / "icon-theme.cache").touch()
    fake(bare, "gtk-update-icon-cache", f'echo "$@" >> {bare / "called"}')
    desktop.integrate()
    called = bare / "called"
    assert (called.read_text() if called.exists() else "") == (f"-q -f -t {theme}\n" if cached else "")


# -- what can go wrong -------------------------------------------------------------------------------------------------

Broken = Callable[[int], None]


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Broken:
    """Lets a number of writes and renames work, and fails from then on as a full disk does."""

    def after(count: int) -> None:
        left = [count]

        def failing(honest: Callable[..., object]) -> Callable[..., object]:
            def one(*arguments: object, **options: object) -> object:
                if left[0] == 0:
                    left[0] = -1  # undoing works: it takes no room
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                left[0] -= 1
                return honest(*arguments, **options)

            return one

        monkeypatch.setattr(atomic, "write_bytes", failing(atomic.write_bytes))
        monkeypatch.setattr(Path, "mkdir", failing(Path.mkdir))
        monkeypatch.setattr("aestudio.core.ground.desktop.os.replace", failing(os.replace))

    return after


@pytest.mark.parametrize("there", [False, True], ids=["new", "over an older one"])
def test_a_full_disk_leaves_everything_as_it_was(
    home: Path, bare: Path, tmp_path: Path, broken: Broken, capsys: pytest.CaptureFixture[str], there: bool
) -> None:
    if there:
        desktop.integrate()
        for name in FILES:
            (home / name).write_text("of an older AEStudio")
    before = contents(tmp_path)
    for count in range(100):
        broken(count)
        code = main(["integrate"])
        said = capsys.readouterr()
        if code == 0:
            break
        assert code == 1
        assert re.fullmatch(
            rf"aestudio: {home}/\S+ could not be written: No space left on device\. Nothing was changed\.\n", said.err
        )
        assert contents(tmp_path) == before
    assert count > 10
    assert set(FILES) == {name for name, content in contents(home).items() if content is not None}


def test_a_folder_that_is_in_the_way_is_one_sentence(
    home: Path, bare: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home.write_text("a file where the folder should be")
    assert main(["integrate"]) == 2
    assert "could not be written: Not a directory. Nothing was changed." in capsys.readouterr().err


def test_what_cannot_be_removed_is_one_sentence(
    home: Path, bare: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desktop.integrate()
    before = contents(home)

    def denied(path: Path, *_: object, **__: object) -> None:
        raise PermissionError(errno.EROFS, os.strerror(errno.EROFS), str(path))

    monkeypatch.setattr(Path, "unlink", denied)
    assert main(["integrate", "--remove"]) == 2
    assert capsys.readouterr().err == (f"aestudio: {home / FILES[0]} could not be removed: Read-only file system.\n")
    assert contents(home) == before


@pytest.mark.parametrize("platform", ["darwin", "win32"])
@pytest.mark.parametrize("arguments", [["integrate"], ["integrate", "--remove"]])
def test_on_macos_and_windows_it_says_how_to_open_a_model_there(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    platform: str,
    arguments: list[str],
) -> None:
    monkeypatch.setattr("aestudio.core.ground.desktop.sys.platform", platform)
    assert main(arguments) == 2
    said = capsys.readouterr()
    monkeypatch.undo()
    assert said.out == ""
    assert said.err.count("\n") == 1
    for word in ("Linux desktops", "`aestudio FILE`", "Open", "dropping"):
        assert word in said.err
    assert not home.exists()
