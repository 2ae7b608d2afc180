"""The pictures of the page Latent, made anew from the window as it is:
`xvfb-run -s "-screen 0 1280x800x24" python tests/benchmarks/latent_pictures.py [--to FOLDER] [NAME …]`.

A variational autoencoder on MNIST gives the map with thumbnails, the grid through three images and the paths; a β-TCVAE
on drawn shapes the traversals and the factors; a β that is too strong the collapse. The names are those of the files in
resources/docs/pictures without their ending.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import _published as published
from help_pictures import Driven, main

if TYPE_CHECKING:
    from aestudio.qt.pages.latent.page import LatentPage
    from aestudio.qt.panel import Panel

    AnyPanel = TypeVar("AnyPanel", bound=Panel)


def latent(driven: Driven) -> None:
    from PySide6.QtCore import QPointF

    from aestudio.qt.pages.latent.panels.map import MapPanel

    digits(driven)
    page, panel = opened(driven, MapPanel)
    panel.thumbnails.setChecked(True)
    panel.view.zoom_by(6, QPointF(0.45 * panel.view.width(), 0.55 * panel.view.height()))
    driven.wait(500)
    panel.view.click(QPointF(0.6 * panel.view.width(), 0.4 * panel.view.height()))
    driven.until(lambda: not page.observer.busy)
    driven.photograph("latent")


def manifold(driven: Driven) -> None:
    from aestudio.qt.pages.latent.panels.grid import GridPanel

    digits(driven)
    page, panel = opened(driven, GridPanel)
    panel.plane.kind.choose(3)
    driven.until(lambda: panel._found is not None and panel._found.offer is not None and not page.observer.busy)
    driven.photograph("manifold")


def paths(driven: Driven) -> None:
    from aestudio.qt.pages.latent.panels.paths import PathsPanel

    digits(driven)
    page, _ = opened(driven, PathsPanel)
    driven.until(lambda: not page.observer.busy)
    driven.photograph("paths")


def traversals(driven: Driven) -> None:
    from aestudio.qt.pages.latent.panels.traversals import TraversalsPanel

    shapes(driven)
    page, _ = opened(driven, TraversalsPanel)
    driven.until(lambda: not page.observer.busy)
    driven.photograph("traversals")


def factors(driven: Driven) -> None:
    from aestudio.qt.pages.latent.panels.factors import FactorsPanel

    shapes(driven)
    page, _ = opened(driven, FactorsPanel)
    driven.until(lambda: not page.observer.busy)
    driven.photograph("factors")


def collapse(driven: Driven) -> None:
    from aestudio.qt.pages.latent.panels.collapse import CollapsePanel

    def strong() -> None:
        driven.window.document.set_value("penalties.kl-to-prior.weight", 6.0)

    driven.trained("vae", 2000, changed=strong)
    page, panel = opened(driven, CollapsePanel)
    driven.until(lambda: panel.buttons[0].isVisible() and not page.observer.busy)
    driven.photograph("collapse")


def digits(driven: Driven) -> None:
    """A variational autoencoder on MNIST, trained once for all of its pictures."""
    document = driven.window.document
    has_digits = document.dataset is not None and document.dataset.shape == (1, 28, 28)
    if document.run.title == "Variational autoencoder" and document.preview is not None and has_digits:
        return

    def mnist() -> None:
        document.set_value("data", {"kind": "idx", "path": str(published.MNIST)})

    driven.trained("vae", 2500, changed=mnist)


def shapes(driven: Driven) -> None:
    """A β-TCVAE on drawn shapes, trained once for both pictures."""
    document = driven.window.document
    if document.run.title != "β-TCVAE on shapes" or document.preview is None:
        driven.trained("beta-tcvae", 1500)


def opened(driven: Driven, kind: type[AnyPanel]) -> tuple[LatentPage, AnyPanel]:
    """The page with a panel, measured."""
    from aestudio.qt.pages.latent.page import LatentPage

    page = driven.window.page(LatentPage)
    driven.show(LatentPage)
    page.choose(kind)
    driven.until(lambda: page.measured is not None and page.measured[0] is page.panel and not page.observer.busy)
    panel = page.panel
    assert isinstance(panel, kind)
    return page, panel


PICTURES: dict[str, Callable[[Driven], None]] = {
    one.__name__: one for one in (latent, manifold, paths, traversals, factors, collapse)
}

if __name__ == "__main__":
    main(PICTURES, __doc__)
