"""A walk through the window as a new user, from the start page to an exported model, photographed step by step:
`xvfb-run -s "-screen 0 1280x800x24" python tests/benchmarks/walk.py [--to FOLDER] [--picture FILE]`.

Every step presses a real button or pulls a real slider on a real X server, but for the target and the choice of an
export's form and folder, which are set; a button that cannot be pressed ends the walk with an error. The library and
the settings are those of a fresh folder.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

OUT = Path(__file__).parents[2] / "resources" / "docs" / "pictures" / "walk"
WIDE, LARGEST = 900, 60 * 1024
LEARNED, SHARP = 400, 1200
"""Steps after which a first picture is taken, and after which filters can be seen."""
PATIENCE = 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=OUT)
    parser.add_argument("--picture", type=Path, help="a picture of your own to clean, else the sample")
    given = parser.parse_args()
    given.to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as fresh:
        for name in ("AESTUDIO_LIBRARY", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
            os.environ[name] = str(Path(fresh) / name.lower())
        os.environ["AESTUDIO_LANGUAGE"] = "en"
        walk(given.to, given.picture, Path(fresh) / "exported")


def walk(to: Path, picture: Path | None, exported: Path) -> None:
    """All steps, a picture of each into the folder."""
    from PySide6.QtCore import QEventLoop, QPoint, Qt, QTimer
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

    from aestudio.qt.app import application, open_window
    from aestudio.qt.export_dialog import ExportDialog
    from aestudio.qt.pages.denoise.page import DenoisePage
    from aestudio.qt.pages.explore.page import ExplorePage
    from aestudio.qt.pages.inspect.page import InspectPage
    from aestudio.qt.pages.runs.page import RunsPage
    from aestudio.qt.pages.start.page import StartPage
    from aestudio.qt.window import Window
    from aestudio.studio.status import State

    app = application()
    window: Window = open_window()
    window.setGeometry(app.primaryScreen().availableGeometry())
    document = window.document

    def wait(milliseconds: int) -> None:
        loop = QEventLoop()
        QTimer.singleShot(milliseconds, loop.quit)
        loop.exec()

    def until(reached: Callable[[], bool]) -> None:
        ends = time.monotonic() + PATIENCE
        while not reached():
            if time.monotonic() > ends:
                raise TimeoutError("A step of the walk never ended.")
            wait(50)

    def press(button: QWidget) -> None:
        if not button.isEnabled() or button.visibleRegion().isEmpty():
            raise RuntimeError(f"{button.accessibleName()!r} cannot be pressed.")
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def button(name: str) -> QAbstractButton:
        found = window.findChild(QAbstractButton, name)
        if found is None:
            raise RuntimeError(f"There is no button {name!r}.")
        return found

    def photograph(name: str) -> None:
        wait(700)
        file = to / f"{name}.jpg"
        app.primaryScreen().grabWindow(0).save(str(file), quality=100)
        compress(file)
        print(f"{file.name}: {file.stat().st_size / 1024:.0f} KiB", flush=True)

    until(lambda: document.dataset is not None and document.status.state is State.READY)
    photograph("1-start")
    press(window.page(StartPage).cards["sparse-kl"])
    until(lambda: document.status.state is State.READY)
    explore = window.page(ExplorePage)
    photograph("2-recipe")
    press(button("trainButton"))
    until(lambda: document.preview is not None and document.preview.step >= LEARNED)
    photograph("3-training")
    document.set_value("penalties.kl-sparsity.target", 0.1)
    press(button("pauseButton"))
    until(lambda: document.status.state is State.PAUSED)
    slider = explore.sliders.rows[0].slider
    QTest.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(slider.width() - 8, slider.height() // 2))
    photograph("4-change-and-pull")
    press(button("pauseButton"))
    until(lambda: document.preview is not None and document.preview.step >= SHARP)
    press(button("stopButton"))
    until(lambda: document.status.state is State.READY)
    press(button("inspectPageButton"))
    inspect = window.page(InspectPage)
    until(lambda: inspect.measured is not None and not inspect.observer.busy)
    photograph("5-inspect")
    press(button("denoisePageButton"))
    denoise = window.page(DenoisePage)
    if picture is None:
        press(denoise.first_sample)
    else:
        denoise.desk.open([picture])
    until(lambda: bool(denoise.desk.entries) and not denoise.desk.running)
    press(denoise.clean)
    until(lambda: denoise.has_result(whole=True) and not denoise.desk.running)
    photograph("6-denoise")
    press(button("runsPageButton"))
    runs = window.page(RunsPage)
    until(lambda: runs.model.rowCount() > 0)
    runs.table.choose([runs.model.run(0).id])
    photograph("7-runs")
    window.action("export").trigger()
    until(lambda: window.findChild(ExportDialog) is not None)
    dialog = window.findChild(ExportDialog)
    assert dialog is not None
    dialog.choose("script")
    dialog.place.setText(str(exported))
    photograph("8-export")
    press(dialog.start)
    until(lambda: not dialog.working)
    photograph("9-exported")
    if not any(exported.iterdir()):
        raise RuntimeError("Nothing was exported.")
    dialog.close()
    window.close()
    window.shut(PATIENCE)
    QApplication.processEvents()


def compress(file: Path) -> None:
    """Small enough for a page of help."""
    from PIL import Image

    with Image.open(file) as whole:
        small = whole.convert("RGB").resize((WIDE, round(whole.height * WIDE / whole.width)), Image.Resampling.LANCZOS)
    for quality in (60, 50, 40, 30):
        small.save(file, quality=quality, optimize=True)
        if file.stat().st_size <= LARGEST:
            return


if __name__ == "__main__":
    main()
