"""Latent: where images lie in the space of codes, and what the decoder makes of its places."""

from __future__ import annotations

from aestudio.core.run.run import Run
from aestudio.qt.measured_page import MeasuredPage
from aestudio.qt.pages.latent import Latent
from aestudio.qt.pages.latent.latent_panel import LatentPanel
from aestudio.qt.pages.latent.panels import panels
from aestudio.qt.pages.latent.shared_state import SharedState
from aestudio.qt.panel import Panel
from aestudio.studio.document import Document
from aestudio.studio.events import ImagesTried, RunChanged, Told
from aestudio.studio.studio import Studio


class LatentPage(Latent, MeasuredPage):
    """A map, a grid on a plane and samples, live while a model trains."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.shared = SharedState(self)
        for panel in self.panels:
            if isinstance(panel, LatentPanel):
                panel.take_shared(self.shared)

    @property
    def shows_own_images(self) -> bool:
        panel = self.panel
        return self.inspection.subject is not None and isinstance(panel, LatentPanel) and panel.shows_own_images()

    def attach(self, document: Document) -> None:
        self._tell_run(document.run)
        super().attach(document)

    def read(self, event: Told) -> None:
        super().read(event)
        match event:
            case RunChanged(run):
                self._tell_run(run)
            case ImagesTried(images):
                self.shared.put(images)

    def _tell_run(self, run: Run) -> None:
        for panel in self.panels:
            if isinstance(panel, LatentPanel):
                panel.set_run(run)

    def _forget(self) -> None:
        super()._forget()
        self.shared.forget()

    def kinds(self) -> list[type[Panel]]:
        return panels()
