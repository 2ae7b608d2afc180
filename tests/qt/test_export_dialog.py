"""The export dialog as a person uses it: every format, what it refuses before it starts, cancelling, the result."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import onnx
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit
from pytestqt.qtbot import QtBot

from aestudio.core.export import exporting
from aestudio.core.export.format import Exported, Format
from aestudio.core.export.formats.onnx import Onnx
from aestudio.core.export.onnx_weights import LIMITS
from aestudio.core.ground.reports import Report
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.model.model_file import ModelFile, load
from aestudio.core.parts.slots import options
from aestudio.core.run.run import Run
from aestudio.qt import export_dialog
from aestudio.qt.export_dialog import FORM, RESULT, ExportDialog
from tests.core.conftest import images

SHAPE = (1, 8, 8)
RUN = Run.from_settings({"title": "Seven units", "network": {"kind": "mlp", "widths": [7]}})


@pytest.fixture
def dialog(qtbot: QtBot, tmp_path: Path) -> Iterator[ExportDialog]:
    model = ModelFile(RUN, SHAPE, Autoencoder(RUN, SHAPE).snapshot(), {"psnr": 12.5}, samples=images(8, SHAPE))
    made = ExportDialog(model)
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(made)
    made.place.setText(str(tmp_path / "seven-units.onnx"))
    made.show()
    yield made
    made.close()


def export(qtbot: QtBot, dialog: ExportDialog) -> None:
    qtbot.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not dialog.working)


@pytest.mark.parametrize("kind", options(Format))
@pytest.mark.slow
def test_every_format_is_written_compared_and_shown(
    qtbot: QtBot, dialog: ExportDialog, tmp_path: Path, kind: str
) -> None:
    dialog.choose(kind)
    assert dialog.path().parent == tmp_path
    assert dialog.path().suffix == options(Format)[kind].suffix
    export(qtbot, dialog)
    assert dialog.steps.currentIndex() == RESULT, dialog.problem.text()
    assert dialog.path().exists()
    assert str(dialog.path()) in dialog.written.path.text()
    assert dialog.written.parity.text()
    assert list(tmp_path.iterdir()) == [dialog.path()]


def test_the_lines_that_run_an_onnx_file_can_be_copied(qtbot: QtBot, dialog: ExportDialog) -> None:
    export(qtbot, dialog)
    languages = [dialog.written.snippets.tabText(index) for index in range(dialog.written.snippets.count())]
    assert {"Python", "C++", "JavaScript"} <= set(languages)
    page = dialog.written.snippets.widget(languages.index("C++"))
    assert isinstance(page, QPlainTextEdit)
    dialog.written.snippets.setCurrentWidget(page)
    qtbot.mouseClick(dialog.written.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == page.toPlainText()
    assert "seven-units.onnx" in page.toPlainText()


def test_the_folder_is_shown_by_the_desktop(
    qtbot: QtBot, dialog: ExportDialog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    export(qtbot, dialog)
    qtbot.mouseClick(dialog.written.show_folder, Qt.MouseButton.LeftButton)
    assert opened == [str(tmp_path)]


def test_a_part_by_itself_is_exported(qtbot: QtBot, dialog: ExportDialog) -> None:
    dialog.part.setCurrentIndex(dialog.part.findData("decoder"))
    export(qtbot, dialog)
    assert dialog.steps.currentIndex() == RESULT
    assert dialog.path().is_file()


@pytest.mark.parametrize(("weights", "note"), [("float16", "16 bits"), ("int8", "8 bits and a scale")])
def test_opset_and_weights_of_onnx_are_chosen_and_the_difference_is_said(
    qtbot: QtBot, dialog: ExportDialog, weights: str, note: str
) -> None:
    assert dialog.settings is not None
    assert dialog.settings.values() == {"opset": 20, "weights": "float32"}
    dialog.settings.set_values(Onnx(opset=21, weights=weights))
    export(qtbot, dialog)
    assert dialog.steps.currentIndex() == RESULT, dialog.problem.text()
    assert note in dialog.written.notes.text()
    assert "Largest difference" in dialog.written.parity.text()
    written = onnx.load(dialog.path())
    assert written.opset_import[0].version == 21
    kinds = {tensor.data_type for tensor in written.graph.initializer}
    assert {"float16": onnx.TensorProto.FLOAT16, "int8": onnx.TensorProto.INT8}[weights] in kinds


def test_weights_in_fewer_bits_that_differ_too_much_are_refused_with_what_to_do(
    qtbot: QtBot, dialog: ExportDialog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LIMITS, "int8", 1e-9)
    assert dialog.settings is not None
    dialog.settings.set_values(Onnx(weights="int8"))
    export(qtbot, dialog)
    assert dialog.steps.currentIndex() == FORM
    assert "differs from it by" in dialog.problem.text()
    assert "Choose weights with more bits." in dialog.problem.text()
    assert list(tmp_path.iterdir()) == []


def test_a_format_without_settings_offers_none(dialog: ExportDialog) -> None:
    dialog.choose("pt2")
    assert dialog.settings is None


def test_a_format_of_the_whole_offers_no_parts(dialog: ExportDialog) -> None:
    dialog.choose("card")
    assert dialog.part.count() == 1
    assert not dialog.part.isEnabled()


def test_a_place_that_cannot_be_is_refused_before_the_work(dialog: ExportDialog, tmp_path: Path) -> None:
    dialog.place.setText(str(tmp_path / "nowhere" / "model.onnx"))
    assert "There is no folder" in dialog.problem.text()
    assert not dialog.start.isEnabled()
    dialog.place.setText(str(tmp_path / "model.onnx"))
    assert dialog.start.isEnabled()
    assert not dialog.problem.isVisible()


def test_a_place_in_the_home_of_nobody_is_a_folder_that_is_not_there(dialog: ExportDialog) -> None:
    dialog.place.setText("~nobody-of-this-name/model.onnx")
    assert "There is no folder" in dialog.problem.text()
    assert not dialog.start.isEnabled()


def test_a_full_disk_is_said_in_words_and_the_form_stays(
    qtbot: QtBot, dialog: ExportDialog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("aestudio.core.ground.atomic.os.fsync", full)
    export(qtbot, dialog)
    monkeypatch.undo()
    assert dialog.steps.currentIndex() == FORM
    assert "No space left on device" in dialog.problem.text()
    assert dialog.start.isEnabled()
    assert list(tmp_path.iterdir()) == []


def test_a_cancelled_export_leaves_nothing_and_says_so(
    qtbot: QtBot, dialog: ExportDialog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go = threading.Event(), threading.Event()
    honest = exporting.export

    def slow(*given: object, report: Report, **more: object) -> Exported:
        def held(doing: str, fraction: float | None) -> None:
            begun.set()
            assert go.wait(60)
            report(doing, fraction)

        return honest(*given, report=held, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(export_dialog, "export", slow)
    qtbot.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(begun.is_set)
    assert dialog.cancel.text() == "Cancel"
    qtbot.mouseClick(dialog.cancel, Qt.MouseButton.LeftButton)
    go.set()
    qtbot.waitUntil(lambda: not dialog.working)
    assert dialog.problem.text() == "The export was cancelled."
    assert list(tmp_path.iterdir()) == []


def test_the_file_that_the_model_was_read_from_is_not_replaced(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    ModelFile(RUN, SHAPE, Autoencoder(RUN, SHAPE).snapshot(), {}, samples=images(8, SHAPE)).save(path)
    dialog = ExportDialog(load(path))
    qtbot.addWidget(dialog)
    dialog.choose("safetensors")
    dialog.place.setText(str(path))
    assert "is a model that is to be exported" in dialog.problem.text()
    assert not dialog.start.isEnabled()
