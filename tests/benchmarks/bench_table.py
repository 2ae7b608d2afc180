"""The table of speeds in both READMEs, from bench.md: `python tests/benchmarks/bench_table.py`.

Numbers are copied, never measured here.
"""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BEGIN, END = "<!-- bench -->", "<!-- /bench -->"
HEADINGS = {
    "README.md": "| what | beside | × as quick | quartiles |",
    "resources/docs/README.ko.md": "| 무엇 | 기준 | × 빠르기 | 사분위수 |",
}


def table(page: str) -> list[str]:
    """The rows of every figure but the first of each, which is what the others are compared with."""
    rows: list[str] = []
    title = yardstick = ""
    for line in page.splitlines():
        if line.startswith("## "):
            title, yardstick = line[3:], ""
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("| ") or not re.fullmatch(r"[\d.]+", cells[1]):
            continue
        if not yardstick:
            yardstick = cells[0]
        else:
            rows.append(f"| {title}: {cells[0]} | {yardstick} | {cells[1]} | {cells[2]} |")
    return rows


def main() -> None:
    rows = table((HERE / "bench.md").read_text(encoding="utf-8"))
    for name, heading in HEADINGS.items():
        path = ROOT / name
        before, _, rest = path.read_text(encoding="utf-8").partition(BEGIN)
        _, _, after = rest.partition(END)
        made = "\n".join([BEGIN, heading, "|---|---|---:|---:|", *rows, END])
        path.write_text(before + made + after, encoding="utf-8")


if __name__ == "__main__":
    main()
