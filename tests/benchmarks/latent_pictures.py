"""The pictures of the page Latent that take MNIST or drawn shapes, made anew from the window as it is:
`xvfb-run -s "-screen 0 1280x800x24" python tests/benchmarks/latent_pictures.py [--to FOLDER] [NAME …]`.

A variational autoencoder on MNIST gives the map with thumbnails, the grid through three images and the paths, a β-TCVAE
on shapes the traversals; each is trained once. The names are those of the files in resources/docs/pictures without
their ending. MNIST has to be in ../shared/data/mnist.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import _published as published
from help_pictures import Driven, main, measured

if TYPE_CHECKING:
    from aestudio.qt.pages.latent.page import LatentPage
    from aestudio.qt.panel import Panel

    AnyPanel = TypeVar("AnyPanel", bound=Panel)


def thumbnails(driven: Driven) -> None:
    from PySide6.QtCore import QPointF

    from aestudio.qt.pages.latent.panels.map import MapPanel

    digits(driven)
    _, panel = opened(driven, MapPanel)
    panel.thumbnails.setChecked(True)
    panel.view.zoom_by(3, QPointF(0.5 * panel.view.width(), 0.5 * panel.view.height()))
    panel.view.click(QPointF(0.6 * panel.view.width(), 0.4 * panel.view.height()))
    driven.photograph("thumbnails")


def manifold(driven: Driven) -> None:
    from aestudio.qt.pages.latent.panels.grid import GridPanel
    from aestudio.qt.pages.latent.plane_choice import IMAGES

    digits(driven)
    page, panel = opened(driven, GridPanel)
    panel.plane.kind.choose(IMAGES - 1)
    driven.until(lambda: panel._found is not None and panel._found.offer is not None and not page.observer.busy)
    driven.photograph("manifold")


def paths(driven: Driven) -> None:
    from aestudio.qt.pages.latent.panels.paths import PathsPanel

    digits(driven)
    opened(driven, PathsPanel)
    driven.photograph("paths")


def traversals(driven: Driven) -> None:
    from aestudio.qt.pages.latent.panels.traversals import TraversalsPanel

    driven.trained("beta-tcvae", 1500)
    opened(driven, TraversalsPanel)
    driven.photograph("traversals")


def digits(driven: Driven) -> None:
    """A variational autoencoder on MNIST."""
    from aestudio.core.data.sources.idx import Idx

    document = driven.window.document
    if document.run.data.kind != "idx" or document.preview is None:
        driven.trained("vae", 2500, data=Idx(path=str(published.MNIST)))


def opened(driven: Driven, kind: type[AnyPanel]) -> tuple[LatentPage, AnyPanel]:
    """The page with a panel, measured."""
    from aestudio.qt.pages.latent.page import LatentPage

    page = measured(driven, LatentPage, kind)
    panel = page.panel
    assert isinstance(panel, kind)
    return page, panel


PICTURES: dict[str, Callable[[Driven], None]] = {one.__name__: one for one in (thumbnails, manifold, paths, traversals)}

if __name__ == "__main__":
    main(PICTURES, __doc__)
