"""The film of going back in time, made anew from the window as it is:
`xvfb-run -a -s "-screen 0 1280x800x24" python tests/benchmarks/film.py [--to FILE]`.

A sparse autoencoder is trained, the slider is pulled back to its first step and up again, and a branch goes on from
there with another target. Everything is pressed and pulled in the real window; a ring shows where, and a line below
says what.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from help_pictures import OUT, PATIENCE, Driven
from PIL import Image, ImageDraw, ImageFont

SIZE, LINE = (800, 500), 28
"""Pixels of the window as it is shown, and of the line below it."""
GREYS, COLOURS, LARGEST = 64, 160, 2_000_000
FRAME_MS, HELD_MS = 200, 1800
LEARNED, BACK, ON = 900, 60, 500
"""Steps before the slider is pulled, the one to branch from, and steps of the branch."""
PULLS = 9
TARGET = 0.15
PAPER, INK, RING = (245, 246, 249), (30, 34, 42), (213, 94, 0)


@dataclass
class Film:
    """Frames of the window, each with a line that says what goes on."""

    driven: Driven
    frames: list[Image.Image] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)

    def take(self, said: str, at: tuple[int, int] | None = None, held: int = FRAME_MS) -> None:
        """One frame; `at` is the place in the window that is pressed."""
        window = self.driven.window
        file = self.driven.to / "frame.png"
        window.grab().save(str(file))
        with Image.open(file) as whole:
            scale = SIZE[0] / whole.width
            seen = whole.convert("RGB").resize(SIZE, Image.Resampling.LANCZOS)
        frame = Image.new("RGB", (SIZE[0], SIZE[1] + LINE), PAPER)
        frame.paste(seen)
        draw = ImageDraw.Draw(frame)
        from aestudio.core.ground.resources import resource

        font = ImageFont.truetype(str(resource("fonts", "AEStudioSans-Bold.ttf")), 15)
        draw.text((12, SIZE[1] + 4), said, INK, font)
        if at is not None:
            x, y = (round(one * scale) for one in at)
            draw.ellipse((x - 9, y - 9, x + 9, y + 9), outline=RING, width=3)
        self.frames.append(frame)
        self.lengths.append(held)

    def during(self, said: str, reached: Callable[[], bool]) -> None:
        """Frames until something is reached, twice a second."""
        while not reached():
            self.driven.wait(500)
            self.take(said)

    def write(self, file: Path) -> None:
        """One palette for all frames, so that only what changes is kept."""
        from aestudio.qt.theme import LIGHT

        seen = Image.new("RGB", (SIZE[0], 4 * SIZE[1]))
        for place in range(4):
            seen.paste(self.frames[place * (len(self.frames) - 1) // 3], (0, place * SIZE[1]))
        found = (seen.quantize(COLOURS, Image.Quantize.MEDIANCUT).getpalette() or [])[: 3 * COLOURS]
        greys = [255 * one // (GREYS - 1) for one in range(GREYS) for _ in range(3)]
        lines = [int(one[at : at + 2], 16) for one in (*LIGHT.series, LIGHT.accent) for at in (1, 3, 5)]
        wanted = [*RING, *lines, *greys, *found][: 3 * 256]
        common = Image.new("P", (1, 1))
        common.putpalette(wanted)
        made = [one.quantize(palette=common, dither=Image.Dither.NONE) for one in self.frames]
        made[0].save(file, save_all=True, append_images=made[1:], duration=self.lengths, loop=0, optimize=True)
        print(f"{file.name}: {len(made)} frames, {file.stat().st_size / 1024:.0f} KiB", flush=True)
        if file.stat().st_size > LARGEST:
            raise SystemExit(f"{file} is larger than {LARGEST} bytes.")


def play(film: Film) -> None:
    """All that is seen."""
    from PySide6.QtCore import QPoint
    from PySide6.QtWidgets import QAbstractButton, QSlider, QStyle, QStyleOptionSlider, QWidget

    from aestudio.qt.pages.explore.page import ExplorePage

    driven, window = film.driven, film.driven.window
    document = window.document
    driven.show(ExplorePage)
    document.choose_recipe("sparse-kl")
    driven.until(lambda: document.dataset is not None and document.status.can_train)
    driven.wait(1000)

    def place(of: QWidget, inside: QPoint | None = None) -> tuple[int, int]:
        found = of.mapTo(window, inside or of.rect().center())
        return found.x(), found.y()

    def press(name: str, said: str) -> None:
        button = window.findChild(QAbstractButton, name)
        assert button is not None
        film.take(said, place(button), HELD_MS // 2)
        button.click()

    def step() -> int:
        return document.preview.step if document.preview is not None else 0

    press("trainButton", "Train a sparse autoencoder")
    film.during("Train a sparse autoencoder", lambda: step() >= LEARNED)
    press("stopButton", "Train a sparse autoencoder")
    driven.until(lambda: not document.status.running)
    slider = window.findChild(QSlider, "scrubber")
    assert slider is not None
    line = document.timeline
    back = next(place for place, one in enumerate(line.steps) if one >= BACK)
    last = slider.maximum()
    for value in (*range(last, -1, -max(1, last // PULLS)), 0, *range(0, back, max(1, back // 4)), back):
        slider.setValue(value)
        driven.until(lambda value=value: line.place == value)  # type: ignore[misc]
        driven.wait(300)
        look = QStyleOptionSlider()
        slider.initStyleOption(look)
        handle = slider.style().subControlRect(
            QStyle.ComplexControl.CC_Slider, look, QStyle.SubControl.SC_SliderHandle, slider
        )
        film.take("Pull the slider: all plots go back in time", place(slider, handle.center()))
    film.lengths[-1] = HELD_MS
    press("branchButton", f"Branch from step {line.step}")
    driven.until(lambda: document.status.can_continue)
    driven.wait(500)
    film.take(f"The branch has come as far as step {line.steps[-1]}, and nothing else is changed", held=HELD_MS)
    document.set_value("penalties.kl-sparsity.target", TARGET)
    driven.wait(500)
    said = f"Another target, {TARGET}: continue from there"
    film.take(said, held=HELD_MS)
    press("continueButton", said)
    began = step()
    film.during(said, lambda: step() >= began + ON)
    press("stopButton", said)
    driven.until(lambda: not document.status.running)
    driven.wait(500)
    film.take("Both runs are kept", held=2 * HELD_MS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=OUT / "back.gif")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as fresh:
        for name in ("AESTUDIO_LIBRARY", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
            os.environ[name] = str(Path(fresh) / name.lower())
        os.environ["AESTUDIO_LANGUAGE"] = "en"
        from aestudio.qt.app import application, open_window

        app = application()
        window = open_window()
        window.setGeometry(app.primaryScreen().availableGeometry())
        film = Film(Driven(window, Path(fresh)))
        film.driven.until(lambda: window.document.dataset is not None)
        play(film)
        film.write(given.to)
        window.close()
        window.shut(PATIENCE)


if __name__ == "__main__":
    main()
