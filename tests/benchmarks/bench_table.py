"""The table of speeds in both READMEs, from bench.md: `python tests/benchmarks/bench_table.py`.

Numbers are copied, never measured here; names go through the program's own catalogue.
"""

from __future__ import annotations

import re
from pathlib import Path

from aestudio.core.ground.texts import AND, Text, in_language, listed, say

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BEGIN, END = "<!-- bench -->", "<!-- /bench -->"
UNREACHED = "## What is not reached"
"""What stands below has tables of its own."""
PLACES = {
    "en": ("README.md", "| what | beside | × as quick | quartiles |"),
    "ko": ("resources/docs/README.ko.md", "| 무엇 | 기준 | × 빠르기 | 사분위수 |"),
}


def table(page: str) -> list[str]:
    """The rows of every figure but the first of each, which is what the others are compared with."""
    rows: list[str] = []
    title = yardstick = ""
    for line in page.partition(UNREACHED)[0].splitlines():
        if line.startswith("## "):
            title, yardstick = line[3:], ""
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("| ") or not re.fullmatch(r"[\d.]+", cells[1]):
            continue
        if not yardstick:
            yardstick = cells[0]
        else:
            rows.append(f"| {say(title)}: {name(cells[0])} | {name(yardstick)} | {cells[1]} | {cells[2]} |")
    return rows


def name(english: str) -> str:
    """What is measured, as the program calls it: several penalties, or with its precision at the end."""
    one, _, last = english.partition(" and ")
    if last:
        return str(listed([Text(one), Text(last)], AND))
    what, _, precision = english.rpartition(", ")
    known = say(english)
    return known if known != english or not what else say(f"{what}, {{precision}}", precision=precision)


def main() -> None:
    page = (HERE / "bench.md").read_text(encoding="utf-8")
    for language, (file, heading) in PLACES.items():
        with in_language(language):
            rows = table(page)
        path = ROOT / file
        before, _, rest = path.read_text(encoding="utf-8").partition(BEGIN)
        _, _, after = rest.partition(END)
        made = "\n".join([BEGIN, heading, "|---|---|---:|---:|", *rows, END])
        path.write_text(before + made + after, encoding="utf-8")


if __name__ == "__main__":
    main()
