"""The map of the page Latent: t-SNE, colours of numbers, the prior and its holes, a person's picture, what leaves."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from threading import get_ident

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QFontMetrics, QImage
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from aestudio.core.data.dataset import Dataset, Split
from aestudio.core.latent import tsne
from aestudio.core.model.trained import Model
from aestudio.core.probes.disentangling.known import knowing_of
from aestudio.qt import theme
from aestudio.qt.pages.latent import marks
from aestudio.qt.pages.latent.beside import csv_of
from aestudio.qt.pages.latent.map_colours import FACTORS, coloured
from aestudio.qt.pages.latent.page import LatentPage
from aestudio.qt.pages.latent.panels import map as map_room
from aestudio.qt.pages.latent.panels.map import MapPanel
from aestudio.qt.pages.latent.thumbnails import SIDE, Thumbnails, roomy
from aestudio.studio.events import ImagesTried
from aestudio.studio.latent import encoded as room
from aestudio.studio.status import TriedImage
from tests.core.probing import images, model, store
from tests.core.test_latent_factors import model_of, shapes
from tests.present import present
from tests.qt.inspecting import subject
from tests.qt.test_latent_page import looked_at, opened, shown

__all__ = ["shapes"]
COMPONENTS, UNITS, DIRECTION, NEIGHBOURS = range(4)
ERROR, KL = 1, 2


def variational() -> Model:
    return model({"kind": "mlp", "widths": [12]}, code={"kind": "gaussian", "size": 3})


@pytest.fixture
def page(qtbot: QtBot) -> LatentPage:
    return opened(qtbot)


def panel_of(page: LatentPage) -> MapPanel:
    assert isinstance(page.panel, MapPanel)
    return page.panel


def settled(qtbot: QtBot, page: LatentPage) -> None:
    qtbot.waitUntil(lambda: not page.observer.busy and (page.measured is not None or bool(page.refusal())))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tsne, "STEPS", 20)
    monkeypatch.setattr(tsne, "EARLY", 5)
    monkeypatch.setattr(room, "seconds", lambda _codes: 0.0)  # on a machine that is busy with other tests too


@pytest.mark.usefixtures("quick")
def test_t_sne_maps_the_images_and_the_nearest_dot_speaks_for_a_place(qtbot: QtBot, page: LatentPage) -> None:
    shown(qtbot, page, looked_at())
    panel = panel_of(page)
    panel.plane.kind.choose(NEIGHBOURS)
    assert panel.plane.mapped.text() == "2,500 of each split"
    qtbot.waitUntil(lambda: panel._found is not None and panel._found.plane is None and not page.observer.busy)
    found = present(panel._found)
    assert found.places.shape == (70, 2)
    x, y = found.places[33].tolist()
    panel.view._point_at((x, y))
    np.testing.assert_array_equal(present(panel.beside.nearest.images())[0], found.codes.image(found.dataset, 33))
    assert "a place has no code" in panel.caption.text()
    picture = np.zeros((1, 8, 8), np.float32)
    page.shared.put([TriedImage("mine.png", picture, picture, picture, found.codes.codes[33], "")])
    assert "mine.png lies in the middle of the ten images" in panel.caption.text()
    near = np.argsort(np.square(found.codes.codes - found.codes.codes[33]).sum(1))[:10]
    assert panel.view._marks.points[0][:2] == pytest.approx(np.median(found.places[near], 0))
    kept = found.places
    page.choose(type(page.panels[1]))
    settled(qtbot, page)
    page.choose(MapPanel)
    settled(qtbot, page)
    assert present(panel._found).places is kept  # it is not computed again


def refused_for_its_time(qtbot: QtBot, page: LatentPage, monkeypatch: pytest.MonkeyPatch) -> MapPanel:
    """t-SNE was chosen, and asks whether it may take a quarter of an hour."""
    monkeypatch.setattr(room, "seconds", lambda _codes: 1000.0)
    shown(qtbot, page, looked_at())
    panel = panel_of(page)
    panel.plane.kind.choose(NEIGHBOURS)
    qtbot.waitUntil(lambda: "17 minutes" in page.refusal() and not page.observer.busy)
    return panel


@pytest.mark.usefixtures("quick")
def test_t_sne_that_takes_long_is_only_begun_when_the_person_wants_it(
    qtbot: QtBot, page: LatentPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = refused_for_its_time(qtbot, page, monkeypatch)
    assert page.refused.remedy.text() == "Begin"
    page.refused.remedy.click()
    qtbot.waitUntil(lambda: not page.refusal() and present(panel._found).plane is None)
    panel.plane.kind.choose(COMPONENTS)
    qtbot.waitUntil(lambda: present(panel._found).plane is not None)


@pytest.mark.usefixtures("quick")
def test_t_sne_of_too_few_images_offers_nothing_to_begin(qtbot: QtBot, page: LatentPage) -> None:
    examined = looked_at()
    data = present(examined.dataset)
    few = replace(data, train=Split(store(1)), held_out=Split(store(1)))
    panel_of(page).plane.kind.choose(NEIGHBOURS)
    page.set_subject(replace(examined, dataset=few))
    qtbot.waitUntil(lambda: "four images" in page.refusal() and not page.observer.busy)
    assert not page.refused.remedy.isVisible()


@pytest.mark.usefixtures("quick")
def test_a_refusal_goes_as_soon_as_something_else_is_wanted(
    qtbot: QtBot, page: LatentPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = refused_for_its_time(qtbot, page, monkeypatch)
    panel.plane.kind.choose(COMPONENTS)
    assert page.refusal() == ""
    assert panel.plane.isVisible()


def test_errors_and_nats_are_shades_with_a_bar_that_says_which(qtbot: QtBot, page: LatentPage) -> None:
    shown(qtbot, page, looked_at(variational()))
    panel = panel_of(page)
    assert not panel.bar.isVisible()
    for by, words in ((ERROR, ""), (KL, "nats")):
        panel.colour.choose(by)
        assert panel.bar.isVisible()
        assert words in panel.bar.accessibleName()
        codes = present(panel._found).codes
        values = codes.errors if by == ERROR else present(codes.kl)
        colours = coloured(codes, by).astype(int)
        assert colours[values.argmax()].tolist() != colours[values.argmin()].tolist()
    panel.colour.choose(0)
    assert not panel.bar.isVisible()


def test_the_kl_of_each_image_is_that_of_its_code(qtbot: QtBot, page: LatentPage) -> None:
    shown(qtbot, page, looked_at(variational()))
    codes = present(panel_of(page)._found).codes
    kl = present(codes.kl)
    assert kl.shape == (70,)
    assert (kl > 0).all()
    drawn = present(codes.drawn)
    assert drawn.shape == codes.codes.shape
    assert not np.allclose(drawn, codes.codes)


def test_without_a_prior_there_are_no_rings_and_the_caption_says_that_there_are_no_nats(
    qtbot: QtBot, page: LatentPage
) -> None:
    shown(qtbot, page, looked_at())
    panel = panel_of(page)
    assert present(panel._found).centre is None
    panel.colour.choose(KL)
    assert "no cost in nats" in panel.caption.text()
    assert not panel.bar.isVisible()


@pytest.mark.parametrize("kind", [COMPONENTS, UNITS])
def test_the_prior_stands_about_the_place_of_zero_on_every_plane(qtbot: QtBot, page: LatentPage, kind: int) -> None:
    shown(qtbot, page, looked_at(variational()))
    panel = panel_of(page)
    before = panel._found
    if kind:
        panel.plane.kind.choose(kind)
        qtbot.waitUntil(lambda: panel._found is not before and not page.observer.busy)
    found = present(panel._found)
    zero = present(found.plane).places(np.zeros((1, 3), np.float32))[0]
    np.testing.assert_allclose(present(found.centre), zero, atol=1e-6)
    assert panel.view._marks.rings == (1.0, 2.0)
    assert "standard deviations" in panel.caption.text()


def test_where_all_codes_lie_far_within_the_rings_it_is_said_that_none_is_seen(qtbot: QtBot, page: LatentPage) -> None:
    flat = variational()
    with torch.no_grad():
        for parameter in flat.module.parameters():
            parameter.mul_(0.01)
    shown(qtbot, page, looked_at(flat))
    assert "along both axes the codes differ less than the prior does" in panel_of(page).caption.text()
    assert "Dashed" not in panel_of(page).caption.text()


def test_a_picture_of_the_person_has_its_place_on_the_map_until_it_is_put_away(qtbot: QtBot, page: LatentPage) -> None:
    examined = looked_at()
    shown(qtbot, page, examined)
    panel = panel_of(page)
    image = images(1)
    code = examined.model.encode(image)[0].numpy()
    page.read(ImagesTried((TriedImage("mine.png", image[0].numpy(), image[0].numpy(), None, code, ""),)))
    (x, y, name), *_ = panel.view._marks.points
    np.testing.assert_allclose((x, y), present(present(panel._found).plane).places(code[None])[0], atol=1e-6)
    assert name == "mine.png"
    page.read(ImagesTried(()))
    assert panel.view._marks.points == ()


def test_pictures_that_were_tried_before_keep_their_places_until_all_are_put_away(
    qtbot: QtBot, page: LatentPage
) -> None:
    examined = looked_at()
    shown(qtbot, page, examined)
    panel, both = panel_of(page), images(2)
    codes = examined.model.encode(both).numpy()
    for name, image, code in zip(("one.png", "two.png"), both, codes, strict=True):
        page.read(ImagesTried((TriedImage(name, image.numpy(), image.numpy(), None, code, ""),)))
    qtbot.waitUntil(lambda: [name for *_, name in panel.view._marks.points] == ["one.png", "two.png"])
    places = np.array([point[:2] for point in panel.view._marks.points])
    np.testing.assert_allclose(places, present(present(panel._found).plane).places(codes), atol=1e-5)
    newer = looked_at()
    weights = {name: 2 * one for name, one in newer.weights.items()}
    page.set_subject(replace(newer, dataset=examined.dataset, weights=weights))
    page.measure()
    qtbot.waitUntil(lambda: not np.allclose(panel.view._marks.points[0][:2], places[0]))  # by the newer model
    page.read(ImagesTried(()))
    assert panel.view._marks.points == ()
    assert page.shared.earlier == ()


def test_a_picture_that_lies_beyond_the_edge_of_the_map_is_told(qtbot: QtBot, page: LatentPage) -> None:
    shown(qtbot, page, looked_at())
    panel, image = panel_of(page), images(1)[0].numpy()
    for name, code, told in (("near.png", np.zeros(4), False), ("far.png", np.full(4, 1e3), True)):
        page.read(ImagesTried((TriedImage(name, image, image, None, code.astype(np.float32), ""),)))
        assert (f"Beyond the edge of the map: {name};" in panel.caption.text()) == told


def test_points_of_ones_own_pictures_lie_above_thumbnails(qtbot: QtBot, page: LatentPage) -> None:
    examined = looked_at()
    shown(qtbot, page, examined)
    panel, image = panel_of(page), images(1)
    panel.thumbnails.setChecked(True)
    at = present(panel._found).places.mean(0)
    code = present(present(panel._found).plane).codes(at[None])[0]
    page.read(ImagesTried((TriedImage("me.png", image[0].numpy(), image[0].numpy(), None, code, ""),)))
    x, y = panel.view.at(at[None])[0]
    assert panel.view.grab().toImage().pixelColor(int(x), int(y)).name() == QColor(theme.current().text).name()


@pytest.mark.parametrize("x", [0.02, 0.5, 0.98])
def test_the_name_of_a_point_is_within_the_map(x: float) -> None:
    metrics = QFontMetrics(QApplication.font())
    for name in ("me.png", "a name that is longer than half of the map, " * 3):
        place, words = marks._beside(metrics, QPointF(400 * x, 100), name, 400)
        assert 0 <= place.x() <= place.x() + metrics.horizontalAdvance(words) <= 400
        assert words == name or len(words) > 15


def test_a_map_leaves_as_codes_with_their_places(qtbot: QtBot, page: LatentPage) -> None:
    shown(qtbot, page, looked_at(variational()))
    panel = panel_of(page)
    rows = panel.view.sharing.content("csv").decode().splitlines()
    assert rows[0] == "split,image,label,error,code_0,code_1,code_2,x,y"
    assert len(rows) == 71
    with np.load(io.BytesIO(panel.view.sharing.content("npz"))) as read:
        assert sorted(read) == ["codes", "errors", "held_out", "kl", "labels", "places"]
        np.testing.assert_array_equal(read["places"], present(panel._found).places)


def test_the_numbers_of_a_map_are_written_in_the_background_and_closing_waits_for_them(
    qtbot: QtBot, page: LatentPage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shown(qtbot, page, looked_at())
    panel, window, path = panel_of(page), get_ident(), tmp_path / "map.csv"
    threads: list[int] = []
    written = csv_of
    monkeypatch.setattr(map_room, "csv_of", lambda *what: threads.append(get_ident()) or written(*what))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    panel.view.sharing.save("csv")
    qtbot.waitUntil(lambda: not panel.view.sharing.saving)
    assert path.read_bytes() == panel.view.sharing.content("csv")
    assert threads[0] != window


def test_a_map_that_cannot_be_written_says_why(
    qtbot: QtBot, page: LatentPage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shown(qtbot, page, looked_at())
    said: list[str] = []
    monkeypatch.setattr(QMessageBox, "warning", lambda _widget, _title, words: said.append(words))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "gone" / "map.npz"), ""))
    panel_of(page).view.sharing.save("npz")
    qtbot.waitUntil(lambda: bool(said))
    assert "could not be written" in said[0]


def test_images_without_labels_are_mapped_too(qtbot: QtBot, page: LatentPage) -> None:
    examined = looked_at()
    dataset = present(examined.dataset)
    bare = replace(dataset, train=replace(dataset.train, labels=None), held_out=replace(dataset.held_out, labels=None))
    shown(qtbot, page, replace(examined, dataset=bare))
    assert "no labels" in panel_of(page).caption.text()


def test_another_plane_shows_all_dots_after_zooming_into_one_and_points_nowhere(qtbot: QtBot, page: LatentPage) -> None:
    shown(qtbot, page, looked_at())
    panel = panel_of(page)
    before = present(panel._found)
    panel.view._point_at((before.window.x, before.window.y))
    for _ in range(8):
        panel.view.zoom_by(3, QPointF(3, 3))
    panel.plane.kind.choose(UNITS)
    qtbot.waitUntil(lambda: panel._found is not before and not page.observer.busy)
    found = present(panel._found)
    assert panel.view.window_shown() == found.window
    at = panel.view.at(found.places)
    assert ((at > 0) & (at < (panel.view.width(), panel.view.height()))).all(1).mean() > 0.9
    assert panel.view.place() is None
    assert panel.beside.decoded.images() is None


def test_a_code_with_a_prior_that_is_not_drawn_has_no_cost_and_its_rings_all_the_same(
    qtbot: QtBot, page: LatentPage
) -> None:
    shown(qtbot, page, looked_at(model({"kind": "mlp", "widths": [12, 3]}, penalties=[{"kind": "mmd"}])))
    panel = panel_of(page)
    panel.colour.choose(KL)
    assert panel.view._marks.rings
    assert "The code of this model is not drawn, so it has no cost in nats." in panel.caption.text()


def test_dots_have_the_colours_of_the_factor_that_is_chosen(qtbot: QtBot, page: LatentPage, shapes: Dataset) -> None:
    shown(qtbot, page, replace(subject(model_of(shapes), images(2, shapes.shape)), dataset=shapes))
    panel = panel_of(page)
    panel.colour.choose(FACTORS)
    assert [panel.factor.itemText(row) for row in range(4)] == ["Size", "Rotation", "Place across", "Place downwards"]
    panel.factor.setCurrentIndex(2)
    store, count = present(knowing_of(shapes.held_out.images)), len(shapes.held_out)
    across = store.classes(torch.arange(count))[:, list(store.factor_names).index("x")].numpy()
    shades = panel.view._colours[:count].astype(int)
    order = np.argsort(across, kind="stable")
    away = np.abs(shades[order] - shades[order[0]]).sum(1)
    assert (np.diff(away) >= 0).all()  # ever further from the colour of the left
    assert away[-1] > 0
    assert panel.bar.isVisible()
    assert panel.bar.accessibleName().startswith("Colours from step")
    panel._offer_factors(present(panel._found).factors[1:])  # of other images
    assert panel.factor.currentText() == "Place across"


def test_a_rotation_goes_round_in_its_colours(qtbot: QtBot, page: LatentPage, shapes: Dataset) -> None:
    shown(qtbot, page, replace(subject(model_of(shapes), images(2, shapes.shape)), dataset=shapes))
    panel = panel_of(page)
    panel.colour.choose(FACTORS)
    panel.factor.setCurrentIndex(panel.factor.findData("rotation"))
    store, count = present(knowing_of(shapes.held_out.images)), len(shapes.held_out)
    rotation = store.classes(torch.arange(count))[:, list(store.factor_names).index("rotation")].numpy()
    shades = panel.view._colours[:count].astype(int)
    first, last, opposite = (shades[np.abs(rotation - step).argmin()] for step in (0, 39, 20))
    assert np.abs(last - first).sum() < 0.2 * np.abs(opposite - first).sum()
    strip = panel.bar.colouring(np.linspace(0, 1, 41, dtype=np.float32)[None, None, None])[0, :, 0]
    assert np.abs(strip[:, 0] - strip[:, 40]).sum() < 0.05
    assert panel.bar.accessibleName() == "Colours from step 0 to step 0 again"
    panel.factor.setCurrentIndex(panel.factor.findData("scale"))
    assert panel.bar.accessibleName() == "Colours from step 0 to step 5"


def test_images_that_were_not_drawn_by_known_factors_say_so(qtbot: QtBot, page: LatentPage) -> None:
    shown(qtbot, page, looked_at())
    panel = panel_of(page)
    panel.colour.choose(FACTORS)
    assert "By what these images were drawn is not known." in panel.caption.text()
    assert panel.factor.isHidden()


def test_each_square_of_the_map_has_the_image_of_the_dot_nearest_to_its_middle() -> None:
    random = np.random.default_rng(0)
    at, origin = random.uniform(-50, 450, (3000, 2)).astype(np.float32), np.array([13.0, -7.0], np.float32)
    chosen, corners = roomy(at, origin, 400, 300)
    assert len({tuple(corner) for corner in corners.tolist()}) == len(corners)
    assert (corners > -SIDE).all()
    assert (corners < (400, 300)).all()  # those at the edges are seen in part
    np.testing.assert_allclose(np.mod(corners - origin, SIDE), 0, atol=1e-3)  # squares belong to the plane
    for dot, corner in zip(chosen, corners, strict=True):
        inside = np.flatnonzero(((at >= corner) & (at < corner + SIDE)).all(1))
        away = np.square(at[inside] - corner - SIDE / 2).sum(1)
        assert np.square(at[dot] - corner - SIDE / 2).sum() <= away.min() + 0.5  # as far as it is rounded


def test_images_that_come_into_sight_again_are_not_made_again() -> None:
    asked: list[int] = []

    def images(which: Sequence[int]) -> np.ndarray:
        asked.extend(which)
        return np.zeros((len(which), 1, 4, 4), np.float32)

    thumbnails, at = Thumbnails(images), np.array([[20, 20], [70, 70]], np.float32)
    for shift in (0, 5, 0):
        assert len(thumbnails.of(at + shift, np.array([shift, shift], np.float32), 400, 300)) == 2
    assert asked == [0, 1]


def test_thumbnails_are_kept_in_the_format_that_is_scaled_quickly() -> None:
    for channels in (1, 3):
        made = np.zeros((1, channels, 4, 4), np.float32)
        thumbnails = Thumbnails(lambda _which, made=made: made)  # type: ignore[misc]
        ((_, _, image),) = thumbnails.of(np.full((1, 2), 20, np.float32), np.zeros(2, np.float32), 400, 300)
        assert image.format() == QImage.Format.Format_RGB32
