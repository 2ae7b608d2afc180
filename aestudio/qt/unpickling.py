"""Keeps Qt's readers of settings from running what a file says."""

from __future__ import annotations

import pickle

from PySide6.QtCore import QByteArray, QDataStream, QIODevice


def keep_qt_from_unpickling() -> None:
    """From now on an object of Python that Qt finds in a file is read as None.

    Qt reads files of settings by itself, QtProject.conf for each dialog that asks for a file, and PySide unpickles what
    such a file holds of Python, which may be any code. PySide asks for `pickle.loads` once and keeps the answer: it is
    made to ask now, and is given what reads nothing.
    """
    kept = QByteArray()
    QDataStream(kept, QIODevice.OpenModeFlag.WriteOnly).writeQVariant(frozenset())
    loads = pickle.loads
    pickle.loads = _nothing  # type: ignore[assignment]
    try:
        QDataStream(kept, QIODevice.OpenModeFlag.ReadOnly).readQVariant()
    finally:
        pickle.loads = loads


def _nothing(*_pickled: object) -> None:
    return None
