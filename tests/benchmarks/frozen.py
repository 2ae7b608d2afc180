"""The frozen program, tried as a person would: `python tests/benchmarks/frozen.py dist/aestudio [--shot FILE]`, under
`xvfb-run -a -s "-screen 0 1280x800x24"`, after `pyinstaller --noconfirm freeze/aestudio.spec`.

Every command is run in a folder of its own, with an empty home and no variable that leads to another Python. A command
that fails ends the script with what it said. The result is written to tests/benchmarks/frozen.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
from PIL import Image

RESULT = Path(__file__).with_suffix(".md")
PATIENCE = 600
KEPT = ("PATH", "DISPLAY", "XAUTHORITY", "LANG", "TMPDIR")
SIGMA = 25
PLAIN = 0.5
"""A window that still loads has more of its ground than this share."""
FORMATS = {"card.html": "card", "live-card.html": "live-card"}
HEAD = """# The frozen program

`pip install ".[freeze]"`, `pyinstaller --noconfirm freeze/aestudio.spec`, then
`xvfb-run -a -s "-screen 0 1280x800x24" python tests/benchmarks/frozen.py dist/aestudio`: starts, trains, denoises,
exports and opens its window, in an empty home and without any Python of its own. Times are of a machine that others use
too, so they only say that nothing hangs.

"""


@dataclass
class Tried:
    """The program in its folder, and what was seen of it."""

    program: Path
    home: Path
    rows: list[tuple[str, float, str]] = field(default_factory=list)

    def environment(self, **more: str) -> dict[str, str]:
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        return {**kept, "HOME": str(self.home), "AESTUDIO_LANGUAGE": "en", **more}

    def run(self, *arguments: str, **more: str) -> str:
        """What a command prints. Raises: SystemExit where it fails."""
        began = time.perf_counter()
        done = subprocess.run(
            [str(self.program), *arguments], cwd=self.home, env=self.environment(**more), capture_output=True,
            text=True, encoding="utf-8", timeout=PATIENCE,
        )  # fmt: skip
        if done.returncode:
            sys.exit(f"aestudio {' '.join(arguments)}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        self.note(f"`aestudio {' '.join(arguments)}`", began, "")
        return done.stdout

    def note(self, what: str, began: float, seen: str) -> None:
        self.rows.append((what, time.perf_counter() - began, seen))
        print(f"{what}: {self.rows[-1][1]:.1f} s", flush=True)

    def see(self, what: str) -> None:
        """Adds what the last command showed."""
        said, seconds, _ = self.rows[-1]
        self.rows[-1] = said, seconds, what


def commands(tried: Tried) -> None:
    """All that needs no window."""
    assert "Train autoencoders" in tried.run("--help")
    tried.see("starts")
    assert "오토인코더" in tried.run("--help", AESTUDIO_LANGUAGE="ko")
    tried.see("in Korean: translations are there")
    info = json.loads(tried.run("info", "--device", "--json"))
    tried.see(f"torch {info['torch']}, {info['device']}")
    recipes = tried.run("recipes").splitlines()
    tried.see(f"{len(recipes) - 1} lines")
    tried.run("train", "sparse-kl", "--epochs", "5", "--out", "run", "--quiet")
    tried.see("the digits of scikit-learn")
    tried.run("train", "natural-patches", "--epochs", "1", "--quiet")
    tried.see("the photographs of scikit-learn and scikit-image")
    tried.run("train", "deep-end-to-end", "--epochs", "1", "--nproc", "2", "--quiet")
    tried.see("two processes, each of which is this program")
    runs = tried.run("runs", "--csv").strip().splitlines()
    tried.see(f"{len(runs) - 1} runs in the library")
    denoised(tried)
    for name in ("model.onnx", "model.pt2", "script", "card.html", "live-card.html"):
        kind = FORMATS.get(name, name.rpartition(".")[2])
        said = tried.run("export", "run/model.safetensors", "--to", kind, "-o", name)
        found = re.search(r"Largest difference[^:]*: (\S+)", said)
        tried.see(f"differs from the model by {found[1]}" if found else "")
    tried.run("docs", "help")
    tried.see(f"{len(list((tried.home / 'help').rglob('*.html')))} pages")


def denoised(tried: Tried) -> None:
    """A photograph with noise, and what the bundled weights make of it."""
    clean = np.asarray(Image.open(sample()).convert("RGB").crop((0, 0, 256, 256)), np.float64)
    noise = np.random.default_rng(0).normal(0, SIGMA, clean.shape)
    Image.fromarray((clean + noise).round().clip(0, 255).astype(np.uint8)).save(tried.home / "noisy.png")
    tried.run("denoise", "noisy.png", "-o", "clean.png")
    before, after = (psnr(clean, tried.home / name) for name in ("noisy.png", "clean.png"))
    assert after > before + 6, (before, after)
    tried.see(f"256×256, σ = {SIGMA}: {before:.1f} dB become {after:.1f} dB")


def sample() -> Path:
    from aestudio.core.data.carried import carried

    return carried("skimage", "data/astronaut.png")


def plain(picture: np.ndarray) -> float:
    """How much of a picture has its commonest colour."""
    _, counts = np.unique(picture.reshape(-1, 3) @ np.array([1, 256, 65536]), return_counts=True)
    return float(counts.max() / counts.sum())


def psnr(clean: np.ndarray, path: Path) -> float:
    error = np.mean((clean - np.asarray(Image.open(path), np.float64)) ** 2)
    return float(10 * np.log10(255**2 / error))


def window(tried: Tried, shot: Path | None) -> None:
    """The window with the trained model in it, in Korean, photographed and closed."""
    from PySide6.QtCore import QEventLoop, QTimer
    from PySide6.QtGui import QGuiApplication, QImage

    app = QGuiApplication(sys.argv[:1])

    def seen() -> np.ndarray:
        loop = QEventLoop()
        QTimer.singleShot(1000, loop.quit)
        loop.exec()
        picture = app.primaryScreen().grabWindow(0).toImage().convertToFormat(QImage.Format.Format_RGB32)
        return (
            np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), picture.width(), 4)[..., :3].copy()
        )

    began = time.perf_counter()
    process = subprocess.Popen(
        [str(tried.program), "run/model.safetensors"], cwd=tried.home, env=tried.environment(AESTUDIO_LANGUAGE="ko"),
        stderr=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip
    before, now, still = seen(), seen(), 0
    while still < 5:  # it is all there when five pictures are alike, and more than a ground and a sentence
        before, now = now, seen()
        still = still + 1 if np.array_equal(before, now) and plain(now) < PLAIN else 0
        if process.poll() is not None or time.perf_counter() - began > PATIENCE:
            sys.exit(f"The window never came: {process.stderr.read() if process.stderr else ''}")
    tried.note("the window, `aestudio run/model.safetensors` in Korean", began, "five seconds of it without a change")
    if shot is not None:
        app.primaryScreen().grabWindow(0).save(str(shot))
    began = time.perf_counter()
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 128 + signal.SIGTERM, (process.returncode, said)
    tried.note("closing it by SIGTERM", began, "exit code 143" + (f"; it said: {said.strip()}" if said.strip() else ""))


def written(tried: Tried, folder: Path) -> str:
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    parts = {part.name: part for part in (folder / "_internal").iterdir() if part.is_dir() and not part.is_symlink()}
    weigh = {
        name: sum(one.stat().st_size for one in part.rglob("*") if one.is_file() and not one.is_symlink())
        for name, part in parts.items()
    }
    largest = sorted(weigh, key=weigh.__getitem__, reverse=True)[:4]
    about = ", ".join(f"{name} {weigh[name] / 1e6:.0f} MB" for name in largest)
    lines = [
        f"{date.today()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores of a shared machine, Python "
        f"{platform.python_version()}. The folder has {size / 1e6:,.0f} MB ({about}).\n",
        "| what | seconds | seen |\n|---|---|---|",
        *(f"| {what} | {seconds:.1f} | {seen} |" for what, seconds, seen in tried.rows),
    ]
    return HEAD + "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="that PyInstaller has made")
    parser.add_argument("--shot", type=Path, help="where a picture of the window goes")
    parser.add_argument("--to", type=Path, default=RESULT)
    given = parser.parse_args()
    program = given.folder.resolve() / ("aestudio.exe" if os.name == "nt" else "aestudio")
    with tempfile.TemporaryDirectory(prefix="aestudio-") as home:
        tried = Tried(program, Path(home))
        commands(tried)
        window(tried, given.shot)
    given.to.write_text(written(tried, given.folder.resolve()), encoding="utf-8")


if __name__ == "__main__":
    main()
