"""The look: two palettes over Qt's Fusion style, the style sheet made from them, and tinted icons.

Widgets ask for a role with a dynamic property and leave the rest to the style sheet:
`QLabel` role = heading, title, muted, caption, strong, error, value, readout; `QFrame` role = card;
`QPushButton` role = primary, quiet, chip; `QToolButton` role = segment. Text boxes turn red while their property
`invalid` is true.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Literal

from PySide6.QtCore import QByteArray, QEvent, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontInfo, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QStyleFactory, QWidget

from aestudio.core.ground.resources import resource
from aestudio.core.ground.texts import language
from aestudio.qt.dressing import Dressing
from aestudio.qt.svg_icon import svg_icon

ThemeMode = Literal["light", "dark", "system"]
GRID = 8
"""Spacing between things in pixels; halves and multiples of it elsewhere."""


@dataclass(frozen=True)
class Theme:
    """Named colours as #RRGGBB."""

    name: Literal["light", "dark"]
    window: str
    """Behind everything."""
    surface: str
    """Cards, plots and input boxes."""
    raised: str
    """What the pointer is over, tooltips, tracks."""
    text: str
    muted: str
    line: str
    accent: str
    accent_text: str
    """Readable on the accent."""
    warning: str
    good: str
    bad: str
    series: tuple[str, ...]
    """Curves, after Okabe and Ito: told apart with any colour vision."""

    def tint(self, colour: str, amount: float) -> str:
        """`colour` laid thinly over the surface, opaque: `amount` 0 is the surface, 1 the colour."""
        return mix(self.surface, colour, amount)


LIGHT = Theme(
    name="light",
    window="#F3F4F7",
    surface="#FFFFFF",
    raised="#E9ECF1",
    text="#1A1F2B",
    muted="#5F697B",
    line="#D9DDE5",
    accent="#3A5BD0",
    accent_text="#FFFFFF",
    warning="#A75A00",
    good="#1A7A4C",
    bad="#C2352D",
    series=(
        "#0072B2",
        "#D55E00",
        "#009E73",
        "#B5508F",
        "#B98200",
        "#2E9BD6",
        "#7A5CC7",
        "#7B7A1E",
        "#8C564B",
        "#5B6678",
        "#00838F",
        "#D81B60",
    ),
)
DARK = Theme(
    name="dark",
    window="#14171D",
    surface="#1B1F27",
    raised="#272C36",
    text="#E6E9EF",
    muted="#98A2B3",
    line="#323844",
    accent="#86A2FF",
    accent_text="#0E1320",
    warning="#F0B35A",
    good="#5CCB8F",
    bad="#FF7F76",
    series=(
        "#56B4E9",
        "#F0884D",
        "#2CC295",
        "#E08CBB",
        "#E3B341",
        "#8FC7F2",
        "#AC97F0",
        "#CFCB62",
        "#C99A8B",
        "#A9B4C4",
        "#4FD1C5",
        "#FF8FAB",
    ),
)

_current = LIGHT
_mode: ThemeMode = "light"
_scale = 100
_undressed = False


def current() -> Theme:
    """The theme in force."""
    return _current


def mode() -> ThemeMode:
    """What was asked for: a system theme stays `system` whichever it resolves to."""
    return _mode


def apply(app: QApplication, wanted: ThemeMode) -> None:
    """Dress the whole program, now and (for `system`) whenever the desktop changes between light and dark.

    What wears the theme already is left alone: dressing every widget of the window takes most of a second.
    """
    global _current, _mode
    _mode = wanted
    hints = app.styleHints()
    if not app.property("aestudioThemed"):
        app.setProperty("aestudioThemed", True)
        app.setStyle(QStyleFactory.create("Fusion"))
        hints.colorSchemeChanged.connect(_follow_desktop)
        app.setProperty("aestudioFont", _bundled(app.font()))
    dark = hints.colorScheme() == Qt.ColorScheme.Dark if wanted == "system" else wanted == "dark"
    _current = DARK if dark else LIGHT
    font = _scaled(app.property("aestudioFont"))
    if _undressed:
        app.setProperty("aestudioScale", _scale)
        app.setPalette(palette(_current))
        app.setFont(font)
        return
    sheet = style_sheet(_current, font)
    if app.styleSheet() != sheet:
        was = app.property("aestudioScale") or 100
        app.setProperty("aestudioScale", _scale)
        dressing(app).change(sheet, palette(_current), font, was, _scale)


@contextmanager
def undressed() -> Iterator[None]:
    """What is made meanwhile is dressed at the end, at once: Qt dresses a widget, and all that is in it, again whenever
    it gets another parent. There must be nothing yet.
    """
    global _undressed
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    app.setStyleSheet("")
    _undressed = True
    try:
        yield
    finally:
        _undressed = False
        app.setStyleSheet(style_sheet(_current, _scaled(app.property("aestudioFont"))))


def dressing(app: QApplication) -> Dressing:
    """Who puts the theme on."""
    made = app.findChild(Dressing)
    return made if made is not None else Dressing(app)


def finish(root: QWidget) -> None:
    """A part of the window is about to be seen: it wears the theme from now on, if it does not yet."""
    app = QApplication.instance()
    if isinstance(app, QApplication):
        dressing(app).finish(root)


def set_scale(app: QApplication, percent: int) -> None:
    """Makes letters, buttons and all that has a size of its own so much larger than by themselves."""
    global _scale
    _scale = percent
    apply(app, _mode)


def scale() -> int:
    """How large everything is, in percent."""
    return _scale


def px(pixels: float) -> int:
    """So many pixels at 100 %, as many as they are now: for whatever is given a size of its own."""
    return round(pixels * _scale / 100)


def _scaled(font: QFont) -> QFont:
    made = QFont(font)
    if font.pointSizeF() > 0:
        made.setPointSizeF(font.pointSizeF() * _scale / 100)
    else:
        made.setPixelSize(px(font.pixelSize()))
    return made


FONT = "AEStudio Sans"
"""The bundled one: the same letters, and so the same room for them, on every machine; ρ̂ has its hat in place."""
KOREAN = "AEStudio Sans KR"
"""The bundled one that has what FONT lacks for Korean: every syllable, so that none is a box anywhere."""
LEAST_POINTS = 10.0


def _bundled(font: QFont) -> QFont:
    """The bundled font, at the desktop's size; the desktop's own draws the letters that it lacks."""
    for file in sorted(resource("fonts").glob("*.[ot]tf")):
        QFontDatabase.addApplicationFont(str(file))
    made = QFont(font)
    made.setFamilies([FONT, KOREAN, QFontInfo(font).family()])
    if font.pointSizeF() > 0:
        made.setPointSizeF(max(font.pointSizeF(), LEAST_POINTS))
    return made


def fixed() -> QFont:
    """The desktop's letters of one width, for code; the bundled ones draw what they lack."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setFamilies([*font.families(), FONT, KOREAN])
    return font


def _follow_desktop() -> None:
    app = QApplication.instance()
    if _mode == "system" and isinstance(app, QApplication):
        apply(app, "system")


RESTYLING = (
    QEvent.Type.PaletteChange,
    QEvent.Type.ApplicationPaletteChange,
    QEvent.Type.LanguageChange,
    QEvent.Type.FontChange,
)


def is_restyle(event: QEvent) -> bool:
    """Whether a changeEvent says that colours may have changed, or words that are painted, or their size."""
    return event.type() in RESTYLING


class Themed:
    """Before a QWidget among the bases: `restyle` is called whenever the theme is another one, or the language.

    Qt tells each widget of a new palette once for every widget around it; one restyle is enough.
    """

    _worn: tuple[str, str, int] | None = None
    """Theme, language and scale that it has been restyled for."""

    def restyle(self) -> None:
        """Takes the colours of the theme."""
        raise NotImplementedError

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)  # type: ignore[misc]
        if is_restyle(event) and (now := (_current.name, language(), _scale)) != self._worn:
            self._worn = now
            self.restyle()


def polish(widget: QWidget) -> None:
    """Let the style sheet look at a widget again, after one of its dynamic properties changed."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def mix(ground: str, colour: str, amount: float) -> str:
    """`colour` over `ground` at the opacity `amount`, as an opaque #RRGGBB."""
    a, b = QColor(ground), QColor(colour)
    parts = ((a.red(), b.red()), (a.green(), b.green()), (a.blue(), b.blue()))
    return "#" + "".join(f"{round(x + (y - x) * amount):02X}" for x, y in parts)


def palette(theme: Theme) -> QPalette:
    """The theme as Qt's palette, for all that a style sheet does not reach."""
    role = QPalette.ColorRole
    made = QPalette()
    for which, colour in {
        role.Window: theme.window,
        role.WindowText: theme.text,
        role.Base: theme.surface,
        role.AlternateBase: mix(theme.surface, theme.raised, 0.5),
        role.Text: theme.text,
        role.Button: theme.surface,
        role.ButtonText: theme.text,
        role.BrightText: theme.bad,
        role.ToolTipBase: theme.raised,
        role.ToolTipText: theme.text,
        role.PlaceholderText: theme.muted,
        role.Highlight: theme.accent,
        role.HighlightedText: theme.accent_text,
        role.Accent: theme.accent,
        role.Link: theme.accent,
        role.LinkVisited: theme.accent,
        role.Light: mix(theme.line, theme.surface, 0.5),
        role.Midlight: theme.line,
        role.Mid: theme.line,
        role.Dark: mix(theme.line, theme.text, 0.3),
        role.Shadow: "#000000",
    }.items():
        made.setColor(which, QColor(colour))
    faded = QColor(mix(theme.window, theme.muted, 0.6))
    for which in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, which, faded)
    made.setColor(QPalette.ColorGroup.Disabled, role.Highlight, QColor(theme.line))
    return made


def icon(name: str, colour: str | None = None) -> QIcon:
    """A bundled icon in the theme's text colour, or in `colour`; it goes pale where its button is disabled."""
    theme = current()
    return _icon(name, colour or theme.text, mix(theme.window, theme.muted, 0.5))


def app_icon() -> QIcon:
    """The program's own icon, in its own colours."""
    return _icon("app", "", "")


@cache
def _icon(name: str, colour: str, disabled: str) -> QIcon:
    made = {QIcon.Mode.Normal: colour, QIcon.Mode.Disabled: disabled}
    return svg_icon({mode: _tinted(name, tint) for mode, tint in made.items() if tint or mode == QIcon.Mode.Normal})


def pixmap(name: str, size: int, colour: str, ratio: float = 1.0) -> QPixmap:
    """One picture of a bundled icon, `size` logical pixels wide, for a screen of the given device pixel ratio."""
    picture = QPixmap(round(size * ratio), round(size * ratio))
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    QSvgRenderer(QByteArray(_tinted(name, colour))).render(painter, QRectF(picture.rect()))
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture


def _tinted(name: str, colour: str) -> bytes:
    return _source(name).replace("currentColor", colour).encode()


@cache
def _source(name: str) -> str:
    return resource("icons", f"{name}.svg").read_text(encoding="utf-8")


def style_sheet(theme: Theme, font: QFont) -> str:
    """The one style sheet of the program."""
    base = font.pointSizeF() if font.pointSizeF() > 0 else 10.0
    names = {
        **{
            name: getattr(theme, name)
            for name in ("window", "surface", "raised", "text", "muted", "line", "accent", "accent_text", "bad")
        },
        "soft": theme.tint(theme.accent, 0.14),
        "accent_edge": theme.tint(theme.accent, 0.4),
        "bad_soft": theme.tint(theme.bad, 0.12),
        "bad_edge": theme.tint(theme.bad, 0.4),
        "warning_soft": theme.tint(theme.warning, 0.12),
        "warning_edge": theme.tint(theme.warning, 0.4),
        "accent_over": mix(theme.accent, theme.text, 0.12),
        "accent_down": mix(theme.accent, theme.text, 0.24),
        "down": mix(theme.raised, theme.line, 0.8),
        "edge": mix(theme.line, theme.muted, 0.25),
        "faded": mix(theme.window, theme.muted, 0.55),
        "still": mix(theme.window, theme.surface, 0.4),
        "small": f"{base * 0.92:.1f}pt",
        "large": f"{base * 1.2:.1f}pt",
        "huge": f"{base * 1.5:.1f}pt",
        "icons": resource("icons").as_posix(),
        "tick": f"tick-{theme.name}.svg",
    }
    sheet = resource("style.qss").read_text(encoding="utf-8")
    for name in sorted(names, key=len, reverse=True):
        sheet = sheet.replace(f"@{name}@", names[name])
    # Hairlines stay hairlines.
    return re.sub(r"\b(\d+)px", lambda found: f"{max(px(int(found[1])), min(int(found[1]), 1))}px", sheet)
