"""The pictures of the README and of Help, made anew from the window as it is:
`xvfb-run -s "-screen 0 1280x800x24" python tests/benchmarks/help_pictures.py [--to FOLDER] [NAME …]`.

Each is what a person sees after training the recipe that the page speaks of, on a real X server, with the library and
the settings of a fresh folder. The names are those of the files in resources/docs/pictures without their ending.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aestudio.qt.page import Page
    from aestudio.qt.pages.studies.kinds.greedy import GreedyStudy
    from aestudio.qt.pages.studies.kinds.tradeoff import TradeoffStudy
    from aestudio.qt.window import Window

OUT = Path(__file__).parents[2] / "resources" / "docs" / "pictures"
WIDE, LARGEST = 1024, 150 * 1024
PATIENCE = 1200


@dataclass
class Driven:
    """A window, and how long anything in it is waited for."""

    window: Window
    to: Path

    def wait(self, milliseconds: int) -> None:
        from PySide6.QtCore import QEventLoop, QTimer

        loop = QEventLoop()
        QTimer.singleShot(milliseconds, loop.quit)
        loop.exec()

    def until(self, reached: Callable[[], bool]) -> None:
        ends = time.monotonic() + PATIENCE
        while not reached():
            if time.monotonic() > ends:
                raise TimeoutError("What the picture shows never came.")
            self.wait(50)

    def show(self, kind: type[Page]) -> None:
        self.window.show_page(self.window.page(kind))

    def trained(self, recipe: str, steps: int, *, stop: bool = True) -> None:
        """The recipe, trained for so many steps."""
        document = self.window.document
        self.until(lambda: not document.status.running)
        document.choose_recipe(recipe)
        self.until(lambda: document.dataset is not None and document.status.can_train)
        document.train()
        self.until(lambda: document.preview is not None and document.preview.step >= steps)
        if stop:
            document.stop()
            self.until(lambda: not document.status.running)

    def photograph(self, name: str) -> None:
        self.wait(1500)
        file = self.to / f"{name}.png"
        self.window.screen().grabWindow(0).save(str(file))
        compress(file)
        print(f"{file.name}: {file.stat().st_size / 1024:.0f} KiB", flush=True)


def plane(driven: Driven) -> None:
    from aestudio.qt.pages.inspect.panels.plane import PlanePanel

    driven.trained("planar-denoising", 2000)
    inspected(driven, PlanePanel)
    driven.photograph("plane")


def inspect(driven: Driven) -> None:
    from aestudio.qt.pages.inspect.panels.filters import FiltersPanel

    driven.trained("natural-patches", 3000)
    inspected(driven, FiltersPanel)
    driven.photograph("inspect")


def inspected(driven: Driven, kind: type) -> None:
    """The page Inspect with a panel, measured."""
    from aestudio.qt.pages.inspect.page import InspectPage

    page = driven.window.page(InspectPage)
    driven.show(InspectPage)
    page.tabs.setCurrentIndex(next(place for place, panel in enumerate(page.panels) if isinstance(panel, kind)))
    driven.until(lambda: page.measured is not None and not page.observer.busy)


def one_step(driven: Driven) -> None:
    from aestudio.core.run.events import Held
    from aestudio.qt.pages.inspect.page import InspectPage
    from aestudio.qt.pages.inspect.panels.one_step import OneStepPanel

    driven.trained("denoising-gaussian", 1500, stop=False)
    document, held = driven.window.document, list[int]()
    document.listen(lambda event: held.append(event.step) if isinstance(event, Held) else None)
    document.pause()
    driven.until(lambda: len(held) >= 1)
    document.step()
    driven.until(lambda: len(held) >= 2)
    driven.show(InspectPage)
    page = driven.window.page(InspectPage)
    page.choose(OneStepPanel)
    panel = page.panel
    assert isinstance(panel, OneStepPanel)
    driven.until(lambda: panel.terms.text().startswith(f"Step {held[-1]:,}:"))
    driven.photograph("one-step")
    document.stop()


def photographs(driven: Driven) -> None:
    from aestudio.qt.pages.explore.page import ExplorePage

    driven.show(ExplorePage)
    driven.trained("denoising-convolutional", 600, stop=False)
    driven.photograph("photographs")
    driven.window.document.stop()


def tradeoff(driven: Driven) -> None:
    from aestudio.qt.pages.studies.kinds.tradeoff import TradeoffStudy

    studied(driven, "linear", TradeoffStudy, epochs=30)
    driven.photograph("tradeoff")


def greedy(driven: Driven) -> None:
    from aestudio.qt.pages.studies.kinds.greedy import GreedyStudy

    studied(driven, "deep-greedy", GreedyStudy, epochs=1)
    driven.photograph("greedy")


def studied(driven: Driven, recipe: str, kind: type[GreedyStudy] | type[TradeoffStudy], epochs: int) -> None:
    """A study of a recipe, carried out."""
    from aestudio.qt.pages.studies.page import StudiesPage

    document, page = driven.window.document, driven.window.page(StudiesPage)
    driven.until(lambda: not document.status.running)
    document.choose_recipe(recipe)
    driven.until(lambda: document.dataset is not None and document.status.can_train)
    driven.show(StudiesPage)
    study: GreedyStudy | TradeoffStudy = page.of(kind)
    page.choose(study)
    study.epochs.setValue(epochs)
    if layer_epochs := getattr(study, "layer_epochs", None):
        layer_epochs.setValue(epochs)
    driven.until(lambda: not study.problem())
    page.begin()
    driven.until(lambda: not page.runner.running)


def denoise(driven: Driven) -> None:
    from aestudio.qt.pages.denoise.page import DenoisePage

    driven.show(DenoisePage)
    page = driven.window.page(DenoisePage)
    page.try_sample()
    driven.until(lambda: bool(page.desk.entries) and not page.desk.running)
    driven.wait(1000)
    page.compare_all()
    driven.until(lambda: page.has_result(whole=True) and not page.desk.running)
    driven.photograph("denoise")


PICTURES = {one.__name__: one for one in (plane, tradeoff, denoise, greedy, photographs, inspect, one_step)}


def compress(file: Path) -> None:
    """As few colours as keep it small enough for a page of help; those of thin lines stay what they are."""
    from PIL import Image

    with Image.open(file) as whole:
        small = whole.convert("RGB").resize((WIDE, round(whole.height * WIDE / whole.width)), Image.Resampling.LANCZOS)
    small.save(file, optimize=True)
    for colours in (256, 128, 64):
        if file.stat().st_size <= LARGEST:
            return
        small.quantize(colours, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(file, optimize=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *PICTURES], help="all by default")
    parser.add_argument("--to", type=Path, default=OUT)
    given = parser.parse_args()
    given.to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as fresh:
        for name in ("AESTUDIO_LIBRARY", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
            os.environ[name] = str(Path(fresh) / name.lower())
        os.environ["AESTUDIO_LANGUAGE"] = "en"
        from aestudio.qt.app import application, open_window

        app = application()
        window = open_window()
        window.setGeometry(app.primaryScreen().availableGeometry())
        driven = Driven(window, given.to)
        driven.until(lambda: window.document.dataset is not None)
        for name in given.names or PICTURES:
            PICTURES[name](driven)
        window.close()
        window.shut(PATIENCE)


if __name__ == "__main__":
    main()
