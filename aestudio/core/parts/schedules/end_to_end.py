"""All stages trained together."""

from typing import ClassVar

from aestudio.core.parts.families.schedule import Schedule
from aestudio.core.parts.plan import Phase, Span


class EndToEnd(Schedule):
    """Encoder and decoder are trained as one."""

    kind: ClassVar[str] = "end-to-end"
    title: ClassVar[str] = "End to end"
    about: ClassVar[str] = "Encoder and decoder are trained as one."
    equation: ClassVar[str] = r"\min_{A, B} \; E\left[ \Delta(x, B(A(x))) \right]"
    source: ClassVar[str] = "Bank, Koenigstein, Giryes (2020), section 1"
    rank: ClassVar[int] = 0
    neutral: ClassVar[bool] = True

    def phases(self, epochs: int, depth: int) -> tuple[Phase, ...]:
        return (Phase("end to end", Span(0, depth), epochs),)
