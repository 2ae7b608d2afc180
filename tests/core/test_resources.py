"""The shipped files, found beside the package in the source tree."""

from __future__ import annotations

from pathlib import Path

import pytest

from aestudio.core.ground.resources import resource

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("parts", [(), ("recipes",), ("icons",), ("style.qss",), ("recipes", "sparse-kl.toml")])
def test_a_resource_of_the_source_tree_is_there(parts: tuple[str, ...]) -> None:
    assert resource(*parts).exists()


def test_resources_do_not_depend_on_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert resource("style.qss").is_absolute()
    assert resource("style.qss").exists()


def test_a_resource_that_is_not_there_is_a_path_that_does_not_exist() -> None:
    assert not resource("recipes", "nobody.toml").exists()


def test_the_source_tree_has_one_folder_of_resources() -> None:
    assert not (ROOT / "aestudio" / "resources").exists()
