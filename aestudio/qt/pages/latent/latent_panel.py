"""A panel of the page Latent."""

from __future__ import annotations

from aestudio.core.run.run import Run
from aestudio.qt.pages.latent.shared_state import SharedState
from aestudio.qt.panel import Panel


class LatentPanel(Panel):
    """A panel that knows what all of them share."""

    is_base = True

    def take_shared(self, shared: SharedState) -> None:
        """Called once, by the page."""
        self.shared = shared

    def shows_own_images(self) -> bool:
        """Whether those that a person brings are seen here, as it is now."""
        return False

    def set_run(self, run: Run) -> None:
        """The document's settings, which may have become others than those of the snapshot."""
