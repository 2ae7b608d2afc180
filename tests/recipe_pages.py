"""The page of help that tells of every recipe, in each language, from the recipes' own texts, pictures and costs.

`python -m tests.texts` writes it; a test says where it is out of step.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from aestudio.core.data.source import Data
from aestudio.core.ground import texts
from aestudio.core.ground.resources import resource
from aestudio.core.ground.texts import say
from aestudio.core.parts.slots import options
from aestudio.core.run import recipes
from aestudio.core.run.recipes import Recipe
from aestudio.studio import start

NAME = "recipes.md"
WORDS = {
    "en": {
        "title": "The recipes",
        "about": """
Everything that can be trained without changing a setting. Each picture was made by the recipe itself, after 40 seconds
on one processor core. Where a code has a prior, it shows images drawn from it; where units are shaped by a penalty,
what each of them draws; of points in the plane, where they are and where they are moved; and else what goes in, above
what comes out. Times are those of a whole training on one core of the machine where all recipes were measured. How
plots are read is told [here](plots.md), what was measured of the claims [there](claims.md).
""",
        "facts": "{data} · {epochs:,} epochs, {time} · `aestudio train {name}`",
        "claims": "What it claims, and the window measures:",
        "source": "Source: {citation}",
        "next": "Then try: {title}",
    },
    "ko": {
        "title": "레시피",
        "about": """
설정을 바꾸지 않고 바로 학습할 수 있는 모든 것입니다. 그림은 각 레시피가 프로세서 코어 하나로 40초 동안
학습한 뒤 직접 만든 것입니다. 코드에 사전 분포가 있으면 거기에서 뽑은 이미지를, 페널티가 유닛을 다듬으면
유닛마다 그리는 것을, 평면의 점이면 점이 있던 곳과 옮겨진 곳을, 그 밖에는 들어간 것과 그 아래에 나온 것을
보여 줍니다. 시간은 모든 레시피를 잰 컴퓨터의 코어 하나로 끝까지 학습할 때 걸리는 시간입니다. 그래프를 읽는
법은 [여기](plots.md)에, 주장을 잰 값은 [여기](claims.md)에 있습니다.
""",
        "facts": "{data} · {epochs:,} 에포크, {time} · `aestudio train {name}`",
        "claims": "이 레시피가 주장하는 것이며, 창에서 측정합니다.",
        "source": "출처: {citation}",
        "next": "다음에 해 볼 것: {title}",
    },
}


def path(language: str) -> Path:
    """Where the page lies."""
    return resource("docs", *([] if language == texts.ENGLISH else [language]), NAME)


def page(language: str) -> str:
    """The page in a language of WORDS."""
    with texts.in_language(language):
        return "\n".join(lines(WORDS[language]))


def lines(words: dict[str, str]) -> Iterator[str]:
    shipped = {recipe.name: recipe for recipe in recipes.everything().values() if recipe.path.parent == FOLDER}
    yield f"# {words['title']}\n{words['about'].rstrip()}"
    for chapter, found in recipes.chapters(shipped.values()).items():
        yield f"\n## {say(chapter)}"
        for recipe in found:
            yield from told(recipe, shipped, words)
    yield ""


def told(recipe: Recipe, others: dict[str, Recipe], words: dict[str, str]) -> Iterator[str]:
    """One recipe."""
    title, cost, picture = say(recipe.title), start.cost(recipe), recipe.picture
    assert cost is not None
    assert picture is not None
    up = "../" if texts.language() == texts.ENGLISH else "../../"
    yield f"\n### {title}\n\n![{title}]({up}recipes/{picture.name})\n"
    yield f"**{say(recipe.summary)}** {' '.join(say(recipe.explanation).split())}\n"
    data = say(options(Data)[recipe.data].title)
    time = start.about(cost.seconds)
    yield f"{words['facts'].format(data=data, epochs=recipe.epochs, time=time, name=recipe.name)}\n"
    if claims := recipe.run().claims:
        yield f"{words['claims']}\n"
        yield from (f"- {say(claim.sentence)}" for claim in claims)
        yield ""
    yield words["source"].format(citation=recipe.citation)
    if recipe.next:
        yield f"\n{words['next'].format(title=say(others[recipe.next].title))}"


FOLDER = resource("recipes")


def write() -> None:
    """All of them."""
    for language in WORDS:
        path(language).write_text(page(language), encoding="utf-8")
