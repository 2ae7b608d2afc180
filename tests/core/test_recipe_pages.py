"""The page of help about every recipe is what the recipes' own texts make of it."""

import pytest
from PIL import Image

from aestudio.core.ground.resources import resource
from aestudio.studio.help_pages import LINK
from tests import recipe_pages

SHIPPED = sorted(path.stem for path in resource("recipes").glob("*.toml"))
LARGEST = 30 * 1024


@pytest.mark.parametrize("language", recipe_pages.WORDS)
def test_the_page_of_recipes_is_in_step_with_them(language: str) -> None:
    there = recipe_pages.path(language).read_text(encoding="utf-8")
    assert there == recipe_pages.page(language), "run python -m tests.texts"


@pytest.mark.parametrize("language", recipe_pages.WORDS)
def test_every_recipe_is_on_it_with_a_small_picture_of_its_own(language: str) -> None:
    page = recipe_pages.path(language)
    pictures = [page.parent / link for mark, _, link in LINK.findall(page.read_text(encoding="utf-8")) if mark]
    assert sorted(one.stem for one in pictures) == SHIPPED
    for one in pictures:
        assert one.stat().st_size <= LARGEST
        with Image.open(one) as picture:
            assert picture.width > 0
