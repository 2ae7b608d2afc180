"""The pictures of the README and of Help, made anew from the window as it is:
`xvfb-run -s "-screen 0 1280x800x24" python tests/benchmarks/help_pictures.py [--to FOLDER] [NAME …]`.

Each is what a person sees after training the recipe that the page speaks of, on a real X server, with the library and
the settings of a fresh folder. The names are those of the files in resources/docs/pictures without their ending;
`contractive` makes three of them, for one training.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from aestudio.qt.measured_page import MeasuredPage
    from aestudio.qt.page import Page
    from aestudio.qt.pages.inspect.page import InspectPage
    from aestudio.qt.pages.studies.kinds.greedy import GreedyStudy
    from aestudio.qt.pages.studies.kinds.rate_distortion import RateDistortionStudy
    from aestudio.qt.pages.studies.kinds.tradeoff import TradeoffStudy
    from aestudio.qt.panel import Panel
    from aestudio.qt.window import Window

    KindOfStudy = type[GreedyStudy] | type[TradeoffStudy] | type[RateDistortionStudy]

OUT = Path(__file__).parents[2] / "resources" / "docs" / "pictures"
WIDE, LARGEST = 1024, 150 * 1024
TALL = 1080
"""Pixels of a window whose whole comparison is seen."""
PATIENCE = 1200
P = TypeVar("P", bound="MeasuredPage")


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

    def chosen(self, recipe: str, **changed: Any) -> None:
        """The recipe with its images, and with some fields of its run changed."""
        document = self.window.document
        self.until(lambda: not document.status.running)
        document.choose_recipe(recipe)
        if changed:
            document.set_run(document.run.model_copy(update=changed))
        self.until(lambda: document.dataset is not None and document.status.can_train)

    def trained(self, recipe: str, steps: int, *, stop: bool = True, **changed: Any) -> None:
        """The recipe, trained for so many steps."""
        document = self.window.document
        self.chosen(recipe, **changed)
        document.train()
        self.until(lambda: document.preview is not None and document.preview.step >= steps)
        if stop:
            document.stop()
            self.until(lambda: not document.status.running)

    def photograph(self, name: str) -> None:
        self.wait(1500)
        file = self.to / f"{name}.png"
        self.window.grab().save(str(file))
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


def twin(driven: Driven) -> None:
    from aestudio.qt.pages.inspect.panels.twin import TwinPanel

    driven.trained("linear", 2200)
    inspected(driven, TwinPanel)
    driven.photograph("twin")


def contractive(driven: Driven) -> None:
    """Three panels of one model: its spectrum and its contraction beside those of the network without the penalty."""
    from aestudio.core.parts.corruptions.gaussian import GaussianNoise
    from aestudio.qt.pages.inspect.overlay_panel import OverlayPanel
    from aestudio.qt.pages.inspect.panels.contraction import ContractionPanel
    from aestudio.qt.pages.inspect.panels.spectrum import SpectrumPanel
    from aestudio.qt.pages.inspect.panels.tangents import TangentsPanel

    driven.trained("contractive", 880, title="Plain autoencoder", penalties=())
    driven.trained("contractive", 880, title="Denoising autoencoder", penalties=(), corruption=GaussianNoise(sigma=0.3))
    driven.trained("contractive", 880)
    library = driven.window.studio.shelf.library
    assert library is not None
    beside = [run.id for run in library.runs() if run.title in ("Plain autoencoder", "Denoising autoencoder")]
    for kind, name in ((SpectrumPanel, "spectrum"), (ContractionPanel, "contraction")):
        page = inspected(driven, kind)
        panel = page.panel
        assert isinstance(panel, OverlayPanel)
        panel.overlays.open()
        panel.overlays.chooser.hide()
        for number in sorted(beside):
            panel.overlays.choose(number)
        driven.until(lambda panel=panel: len(panel.plot.lines()) == 3)  # type: ignore[misc]
        driven.photograph(name)
    inspected(driven, TangentsPanel)
    driven.photograph("tangents")


def inspected(driven: Driven, kind: type[Panel]) -> InspectPage:
    """The page Inspect with a panel, measured."""
    from aestudio.qt.pages.inspect.page import InspectPage

    return measured(driven, InspectPage, kind)


def measured(driven: Driven, page_of: type[P], kind: type[Panel]) -> P:
    """A page with a panel of it that has measured the newest model."""
    page = driven.window.page(page_of)
    driven.show(page_of)
    page.choose(kind)
    driven.until(lambda: page.measured is not None and not page.observer.busy)
    return page


def latent(driven: Driven) -> None:
    from PySide6.QtCore import QPointF

    from aestudio.qt.pages.latent.page import LatentPage
    from aestudio.qt.pages.latent.panels.map import MapPanel

    driven.trained("sparse-kl", 3000)
    panel = measured(driven, LatentPage, MapPanel).panel
    assert isinstance(panel, MapPanel)
    panel.view.hover(QPointF(0.55 * panel.view.width(), 0.25 * panel.view.height()))
    driven.photograph("latent")


def collapse(driven: Driven) -> None:
    from aestudio.qt.pages.latent.page import LatentPage
    from aestudio.qt.pages.latent.panels.collapse import CollapsePanel

    document = driven.window.document
    driven.chosen("vae")
    document.set_value("penalties.kl-to-prior.weight", 6.0)
    driven.trained("vae", 2000, penalties=document.run.penalties)
    measured(driven, LatentPage, CollapsePanel)
    driven.photograph("collapse")


def factors(driven: Driven) -> None:
    from aestudio.qt.pages.latent.page import LatentPage
    from aestudio.qt.pages.latent.panels.factors import FactorsPanel

    driven.trained("beta-tcvae", 1120)
    measured(driven, LatentPage, FactorsPanel)
    driven.photograph("factors")


def compare(driven: Driven) -> None:
    """Taller than a small screen, so that both histograms are on the picture."""
    from aestudio.qt.pages.explore.page import ExplorePage

    window, studio = driven.window, driven.window.studio
    size = window.size()
    driven.show(ExplorePage)
    driven.chosen("sparse-kl")
    studio.compare()
    assert studio.comparison is not None
    left, right = studio.comparison.sides
    driven.until(lambda: left.status.can_train and right.status.can_train)
    right.set_value("penalties.kl-sparsity.weight", 0)
    window.resize(size.width(), TALL)
    studio.comparison.train()
    driven.until(lambda: all(one.preview is not None and one.preview.step >= 1500 for one in (left, right)))
    studio.comparison.pause()
    driven.photograph("compare")
    studio.comparison.stop()
    driven.until(lambda: not left.status.running and not right.status.running)
    studio.end_comparison()
    window.resize(size)


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


def rate_distortion(driven: Driven) -> None:
    from aestudio.qt.pages.studies.kinds.rate_distortion import RateDistortionStudy

    studied(driven, "vae", RateDistortionStudy, epochs=30, values="0.1, 0.3, 1, 3, 10, 30")
    driven.photograph("rate_distortion")


def studied(driven: Driven, recipe: str, kind: KindOfStudy, epochs: int, values: str = "") -> None:
    """A study of a recipe, carried out; with these values of what it varies."""
    from aestudio.qt.pages.studies.page import StudiesPage

    page = driven.window.page(StudiesPage)
    driven.chosen(recipe)
    driven.show(StudiesPage)
    study: GreedyStudy | TradeoffStudy | RateDistortionStudy = page.of(kind)
    page.choose(study)
    study.epochs.setValue(epochs)
    if layer_epochs := getattr(study, "layer_epochs", None):
        layer_epochs.setValue(epochs)
    if values and (box := getattr(study, "values", None)):
        box.setText(values)
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


PICTURES = {
    one.__name__: one
    for one in (
        *(plane, inspect, twin, contractive, one_step, latent, collapse, factors, photographs, compare),
        *(tradeoff, rate_distortion, greedy, denoise),
    )
}


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


def main(pictures: Mapping[str, Callable[[Driven], None]], about: str | None) -> None:
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("names", nargs="*", choices=[[], *pictures], help="all by default")
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
        for name in given.names or pictures:
            pictures[name](driven)
        window.close()
        window.shut(PATIENCE)


if __name__ == "__main__":
    main(PICTURES, __doc__)
