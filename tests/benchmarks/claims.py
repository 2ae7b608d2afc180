"""Recipes prove their claims: `python tests/benchmarks/claims.py [--quick] [--references] [RECIPE …]`.

Every recipe is trained as it ships, for the epochs that it names, and the claims are measured on held-out images: the
same numbers that the window shows while training. The page of Help gets the table, in every language. With
--references the networks that recipes are compared with, the same without the penalty that they are about, are trained
first and put into resources/references. The photo denoisers take an hour each: what is measured of them are the weights
that ship with the program, on the held-out images of their recipes.

Goal: every claim is reached.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aestudio.core.ground.compute import choose, machine
from aestudio.core.ground.texts import in_language, say
from aestudio.core.model.model_file import ModelFile, load
from aestudio.core.probes.scores import evaluate
from aestudio.core.run.claims import Claim, ClaimResult
from aestudio.core.run.events import Evaluated, Finished
from aestudio.core.run.recipes import everything, find
from aestudio.core.run.run import Run
from aestudio.core.training.fit import fit

ROOT = Path(__file__).resolve().parents[2]
REFERENCES: Mapping[str, tuple[str, str]] = {"contractive-without": ("contractive", "contractive")}
"""By file: the recipe, and the penalty whose weight is 0."""
BEGIN, END = "<!-- claims -->", "<!-- /claims -->"


@dataclass(frozen=True)
class Words:
    """What the table says besides titles, claims and numbers."""

    page: str
    heading: str
    ships: str
    by: Mapping[str, str]
    yes: str = "yes"
    no: str = "**no**"
    missing: str = "not measured"
    measured: str = "Measured on {machine}."


LANGUAGES: Mapping[str, Words] = {
    "en": Words(
        "claims.md",
        "| recipe | claim | now | beside | wanted | reached |",
        "weights that ship",
        {"value": "", "difference": "difference ", "ratio": "ratio "},
    ),
    "ko": Words(
        "ko/claims.md",
        "| 레시피 | 주장 | 잰 값 | 비교 대상 | 바라는 값 | 도달 |",
        "함께 제공하는 가중치",
        {"value": "", "difference": "차이 ", "ratio": "비율 "},
        "예",
        "**아니요**",
        "재지 않음",
        "{machine}에서 쟀습니다.",
    ),
}


@dataclass(frozen=True)
class Proved:
    """What one recipe came to."""

    name: str
    run: Run
    scores: Mapping[str, float]
    seconds: float
    ships: bool = False
    """Measured are the weights that ship with the program."""

    def rows(self, words: Words = LANGUAGES["en"]) -> list[str]:
        """In the language in use, which is that of the words."""
        title = say(self.run.title) + (f" ({words.ships})" if self.ships else "")
        return [row(title, claim, claim.figure(self.scores), words) for claim in self.run.claims]


def proved(name: str, *, quick: bool) -> Proved:
    run = find(name).run()
    if (path := ROOT / "resources" / "models" / f"{name}.safetensors").is_file() and not quick:
        return bundled(name, run, path)
    if quick:
        run = run.with_value("epochs", 1)
    began, scores = time.perf_counter(), {}
    for event in fit(run, run.data.load()):
        match event:
            case Evaluated(split="held-out", scores=found):
                scores = found
            case Finished(reason=reason, error=error) if reason != "completed":
                raise SystemExit(f"{name} was not trained: {error or reason}")
    return Proved(name, run, scores, time.perf_counter() - began)


def bundled(name: str, run: Run, path: Path) -> Proved:
    """Of the weights in a file that ships with the program."""
    began, where = time.perf_counter(), choose("cpu")
    dataset, model = run.data.load(), load(path).model()
    phase = run.plan(dataset.shape).phases[-1]
    told = evaluate(model.module, run, dataset.held_out.images, where, step=0, epoch=run.epochs, phase=phase)
    return Proved(name, run, told.scores, time.perf_counter() - began, ships=True)


def row(title: str, claim: Claim, found: ClaimResult | None, words: Words) -> str:
    sign = "≥" if claim.at_least is not None else "≤"
    wanted = f"{words.by[claim.by]}{sign} {claim.bound:g}"
    about = f"| {title} | {say(claim.sentence)} |"
    if found is None:
        return f"{about} – | – | {wanted} | {words.missing} |"
    beside = "" if found.comparison is None else f"{found.comparison:.4g}"
    measured = f"{found.value:.4g}" + ("" if claim.by == "value" else f" ({found.measured:.3g})")
    return f"{about} {measured} | {beside} | {wanted} | {words.yes if found.reached else words.no} |"


def reference(file: str) -> None:
    """Trains the network that a recipe is compared with."""
    name, penalty = REFERENCES[file]
    run = find(name).run().with_value(f"{penalty}.weight", 0.0).model_copy(update={"claims": ()})
    dataset, scores = run.data.load(), {}
    for event in fit(run, dataset):
        match event:
            case Evaluated(split="held-out", scores=found):
                scores = found
            case Finished(reason="completed", weights=dict(weights)):
                path = ROOT / "resources" / "references" / f"{file}.safetensors"
                path.parent.mkdir(exist_ok=True)
                ModelFile(run, dataset.shape, weights, scores).save(path)
                print(f"Wrote {path.relative_to(ROOT)}", flush=True)


def write(found: Mapping[str, Proved]) -> None:
    """The table of every language into its page."""
    for language, words in LANGUAGES.items():
        with in_language(language):
            rows = [line for one in found.values() for line in one.rows(words)]
        path = ROOT / "resources" / "docs" / words.page
        before, _, rest = path.read_text(encoding="utf-8").partition(BEGIN)
        _, _, after = rest.partition(END)
        table = [words.heading, "|---|---|---|---|---|---|", *rows, "", words.measured.format(machine=machine())]
        path.write_text("\n".join([before + BEGIN, *table, END + after]), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipes", nargs="*", help="all by default; of some only the rows are printed")
    parser.add_argument("--quick", action="store_true", help="one epoch each, only to see that it runs; writes no file")
    parser.add_argument("--references", action="store_true", help="train the networks to compare with first")
    chosen = parser.parse_args()
    if chosen.references and not chosen.quick:
        for file in REFERENCES:
            reference(file)
    found: dict[str, Proved] = {}
    for name in chosen.recipes or everything():
        found[name] = proved(name, quick=chosen.quick)
        print("\n".join([f"{name}: {found[name].seconds:.0f} s", *found[name].rows()]), flush=True)
    if chosen.quick or chosen.recipes:
        return
    write(found)


if __name__ == "__main__":
    main()
