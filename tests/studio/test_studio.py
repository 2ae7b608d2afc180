"""What belongs to no one document."""

from __future__ import annotations

import sys

import pytest

from aestudio.studio.studio import Studio


def test_what_has_waited_for_torch_is_done_though_something_before_it_made_a_mistake(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    met: list[BaseException] = []
    monkeypatch.setattr(sys, "excepthook", lambda _kind, error, _trace: met.append(error))
    done: list[str] = []
    studio.wait()
    studio.when_ready(lambda: [][0])
    studio.when_ready(lambda: done.append("done"))
    studio.go_on()
    assert done == ["done"]
    assert [type(error) for error in met] == [IndexError]
