"""The map of 70,000 codes, frame by frame: `python -m tests.benchmarks.map_frames [OUT.md]`. No X server is needed.

A frame is what a person waits for after the pointer or the wheel has moved: the change, and everything that is painted
of it. Goal: at most 16 ms.
"""

from __future__ import annotations

import os
import platform
import sys
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import PySide6
import torch
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication

from aestudio.core.data.dataset import Dataset, Resident, Split
from aestudio.core.latent.codes import Codes
from aestudio.core.latent.holes import holes
from aestudio.core.latent.plane import of_components, window_of
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.run.run import Run
from aestudio.qt.app import application
from aestudio.qt.pages.latent.mapped import Mapped
from aestudio.qt.pages.latent.panels.map import MapPanel
from aestudio.qt.pages.latent.shared_state import SharedState
from aestudio.studio.inspect.examined import Examined
from tests.benchmarks.library import Seconds, row, settle, timed  # type: ignore[import-untyped]

IMAGES, HELD_OUT, UNITS = 70_000, 10_000, 50
FRAMES = 200
RUN = Run.from_settings(
    {"network": {"kind": "mlp", "widths": [200, 200]}, "code": {"kind": "gaussian", "size": UNITS}, "epochs": 1}
)


def mapped() -> tuple[Mapped, Examined]:
    """Ten clusters of codes, images of noise, and a model that has learned nothing: a decoder of MNIST's size."""
    random = np.random.default_rng(0)
    labels = random.integers(10, size=IMAGES)
    middles = random.normal(0, 1.5, (10, UNITS))
    points = (middles[labels] + random.normal(0, 1, (IMAGES, UNITS))).astype(np.float32)
    pixels = torch.from_numpy(random.integers(0, 256, (IMAGES, 1, 28, 28), np.uint8))
    dataset = Dataset("noise", Split(Resident(pixels[HELD_OUT:])), Split(Resident(pixels[:HELD_OUT])))
    errors = random.uniform(size=IMAGES).astype(np.float32)
    codes = Codes(points, errors, labels, HELD_OUT, kl=errors, drawn=points)
    plane = of_components(points)
    places, middle = plane.places(points), plane.places(np.zeros((1, UNITS), np.float32))[0]
    found = Mapped(codes, places, window_of(places), dataset, plane, (middle[0], middle[1]), holes(places, middle))
    torch.manual_seed(0)
    module = Autoencoder(RUN, (1, 28, 28))
    few = pixels[:2].float() / 255
    return found, Examined(RUN, (1, 28, 28), module.depth, 1, module.snapshot(), dataset, few)


def zooming(app: QApplication, panel: MapPanel) -> Seconds:
    """Notches of the wheel about places of the map, in and out again."""
    at = QPointF(0.4 * panel.view.width(), 0.6 * panel.view.height())
    return [timed(app, partial(panel.view.zoom_by, 1 if turn // 10 % 2 == 0 else -1, at)) for turn in range(FRAMES)]


def panning(app: QApplication, panel: MapPanel) -> Seconds:
    """Dragging, seven pixels a frame, to the right and back."""
    middle = QPointF(panel.view.width() / 2, panel.view.height() / 2)
    held = panel.view.press(middle)
    return [
        timed(app, partial(panel.view.drag, held, middle, QPointF(7.0 * (turn % 40 - 20), 0))) for turn in range(FRAMES)
    ]


def pointing(app: QApplication, panel: MapPanel) -> Seconds:
    """The pointer moves: the place is decoded, and the image with the nearest code is looked for and shown."""
    wide, high = panel.view.width(), panel.view.height()
    return [
        timed(app, partial(panel.view.hover, QPointF(wide * (0.2 + 0.6 * turn / FRAMES), high * 0.5)))
        for turn in range(FRAMES)
    ]


def main() -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    torch.set_num_threads(1)
    app = application()
    panel = MapPanel()
    panel.take_shared(SharedState())
    panel.resize(1196, 640)
    panel.show()
    found, subject = mapped()
    panel.show_found(found, subject)
    settle(app)
    panel.view.hover(QPointF(100, 100))  # the model is built where it is first asked for
    lines = [
        f"# The map of {IMAGES:,} codes, frame by frame",
        "",
        f"`python -m tests.benchmarks.map_frames`, {date.today()}, {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, PySide6 {PySide6.__version__}, {app.platformName()}, a map of "
        f"{panel.view.width()} × {panel.view.height()} pixels, codes of {UNITS} numbers, a decoder "
        f"{UNITS}-200-200-784. Load of others before it: {os.getloadavg()[0] if hasattr(os, 'getloadavg') else 0:.1f}.",
        "",
        "| a frame | processor, median, ms | clock, median | 99 % | worst | frames |",
        "|---|---|---|---|---|---|",
    ]
    for shown in ("dots", "thumbnails"):
        panel.thumbnails.setChecked(shown == "thumbnails")
        settle(app)
        panel.view.show_all()
        lines.append(row(f"{shown}: zooming, a notch of the wheel", zooming(app, panel)))
        panel.view.show_all()
        lines.append(row(f"{shown}: panning", panning(app, panel)))
        panel.view.show_all()
        lines.append(row(f"{shown}: pointing, decoded beside the nearest image", pointing(app, panel)))
    lines.append("")
    text = "\n".join(lines)
    print(text)
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(text, encoding="utf-8")
    assert panel.close_down(60)
    panel.close()


if __name__ == "__main__":
    main()
