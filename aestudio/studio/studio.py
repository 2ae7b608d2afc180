"""All that is open in one window: documents, the one that is shown, and the library they share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from aestudio.core.ground.journal import going_on
from aestudio.core.ground.texts import say
from aestudio.studio.background import Start, plain_thread
from aestudio.studio.behind import Behind
from aestudio.studio.keeping import Keeping
from aestudio.studio.next_training import NextTraining
from aestudio.studio.notice import Failed
from aestudio.studio.only_here import MayReplace, refuse
from aestudio.studio.shelf import Shelf
from aestudio.studio.status import Status
from aestudio.studio.throttle import Throttle

if TYPE_CHECKING:
    from aestudio.core.data.dataset import Dataset
    from aestudio.core.data.source import Data
    from aestudio.studio.comparison import Comparison
    from aestudio.studio.document import Document
    from aestudio.studio.events import Notice, Told


class Studio:
    """Owns the documents. What a person has to be told, whichever page is shown, goes through `tell`."""

    def __init__(
        self, start: Start = plain_thread, wake: Callable[[], None] = lambda: None, *, device: str = "auto"
    ) -> None:
        """As for Document."""
        self._start, self._wake, self._device = start, wake, device
        self._listeners: list[Callable[[Notice], None]] = []
        self._switched: list[Callable[[Document], None]] = []
        self._wanted: list[Callable[[], None]] = []
        self._compared: list[Callable[[Comparison | None], None]] = []
        self._leaving: list[Document] = []
        """Documents that nobody looks at any more, until what goes on in them is over."""
        self._hearers: list[Callable[[Document, Told], None]] = []
        self.may_replace: MayReplace = refuse
        """Whether something else may take the place of a document's model that is in no file."""
        self.shelf = Shelf(lambda reason: self.tell(Failed(reason)))
        self.behind = Behind(self.shelf)
        """Runs that are drawn behind the losses, whichever run these are of."""
        self.throttle = Throttle()
        """Of what is drawn by itself while something is trained."""
        self._keeping = Keeping()
        self.scheduler = ""
        """Of the Dask cluster that studies and batches are spread over; empty for none."""
        self.jobs = 1
        """Runs of a study, and pictures of a batch, that are worked on at the same time, where this machine does it."""
        self.documents: list[Document] = []
        self._document: Document | None = None
        self.comparison: Comparison | None = None
        """The two documents that are shown beside each other, where there are two; one of them is `document`."""
        self.ready = True
        """Torch is in, or nobody minds to wait for it."""
        self._waiting: list[Callable[[], object]] = []

    @property
    def document(self) -> Document:
        """The one that is shown. The first is made when somebody asks for it; before torch is in that takes seconds."""
        if self._document is None:
            self._document = self.add()
        return self._document

    @document.setter
    def document(self, document: Document) -> None:
        self._document = document

    @property
    def seen(self) -> tuple[Document, ...]:
        """Both sides of a comparison, the left one first, else the document that is shown, if there is one."""
        if self.comparison is not None:
            return self.comparison.sides
        return () if self._document is None else (self._document,)

    def may(self, asked: Callable[[Status], bool]) -> bool:
        """Whether something may be done now to the document that is shown, or to either side of a comparison."""
        return any(asked(document.status) for document in self.seen)

    @property
    def trained(self) -> Document | Comparison:
        """What is told to train, pause, step or stop: the document that is shown, or both sides of a comparison."""
        return self.comparison or self.document

    @property
    def status(self) -> Status | None:
        """Of the document that is shown; None where there is none yet."""
        return None if self._document is None else self._document.status

    def wait(self) -> None:
        """Torch is not in yet: what is to be done when it is waits from now on."""
        self.ready = False

    def when_ready(self, do: Callable[[], object]) -> None:
        """Does it now, or after `go_on` where that is waited for, in the order in which it was wanted."""
        if self.ready:
            do()
        else:
            self._waiting.append(do)

    def go_on(self) -> None:
        """Torch is in: does what has waited for it; a mistake in one hinders none of the others."""
        self.ready = True
        while self._waiting:
            with going_on():
                self._waiting.pop(0)()

    def add(self) -> Document:
        """A new document, beside the others."""
        from aestudio.studio.document import Document  # with all that trains, and so with torch

        made = Document(
            self.shelf,
            self._start,
            self._wake,
            device=self._device,
            keeping=self.keeping,
            may_replace=lambda document: self.may_replace(document),
            lent=self._lent,
            throttle=self.throttle,
        )
        self.documents.append(made)
        made.listen(lambda event: self._hear(made, event))
        return made

    @property
    def keeping(self) -> Keeping:
        """What is kept of trainings, in every document that there is or will be."""
        return self._keeping

    @keeping.setter
    def keeping(self, keeping: Keeping) -> None:
        self._keeping = keeping
        for document in self.documents:
            document.keep(keeping)

    def hear(self, reader: Callable[[Document, Told], None]) -> None:
        """Tells all that becomes of any document from now on, shown or not, those to come too."""
        self._hearers.append(reader)

    def _hear(self, document: Document, event: Told) -> None:
        for reader in self._hearers:
            reader(document, event)

    def show(self, document: Document) -> None:
        """Another document is the one that is shown."""
        self.document = document
        for told in self._switched:
            told(document)

    def on_show(self, told: Callable[[Document], None]) -> None:
        """Calls back with each document that is shown from now on."""
        self._switched.append(told)

    def want_document(self) -> None:
        """The page that shows the document should be seen: something has become of it."""
        for told in self._wanted:
            told()

    def on_want(self, told: Callable[[], None]) -> None:
        """Calls back whenever the document should be seen."""
        self._wanted.append(told)

    def listen(self, reader: Callable[[Notice], None]) -> None:
        """Tells all that a person has to know."""
        self._listeners.append(reader)

    def tell(self, notice: Notice) -> None:
        """A sentence for the person."""
        for reader in self._listeners:
            reader(notice)

    def _lent(self, data: Data) -> Dataset | None:
        """Images that one of the documents has: they are not loaded twice."""
        return next((one.dataset for one in self.documents if one.dataset is not None and one.run.data == data), None)

    # -- two beside each other -----------------------------------------------------------------------------------------

    def compare(self) -> None:
        """The document that is shown, and beside it a copy of its settings, which is shown now: to be changed."""
        left = self.document
        if self.comparison is None:
            right = self.add()
            right.start_from(left.run, left.settings.origin)
            self._set_comparison(left, right)
            self.show(right)

    def compare_runs(self, *numbers: int) -> None:
        """One run of the library beside the document that is shown, or two of them beside each other; they take the
        places of a comparison that there is.
        """
        left, right = self.seen if self.comparison is not None else (self.document, None)
        if (len(numbers) > 1 and left.status.running) or (right is not None and right.status.running):
            self.tell(Failed(say("Stop the training before you compare other runs.")))
            return
        made = right or self.add()
        for side, number in zip((left, made) if len(numbers) > 1 else (made,), numbers, strict=True):
            side.kept.open_run(number)
            if side.shown.opened is None or side.shown.number != number:  # why not has been told
                if right is None:
                    self.documents.remove(made)
                return
        if right is None:
            self._set_comparison(left, made)
        else:
            self._tell_comparison()
        self.show(left)

    def put_beside(self, opened: Callable[[Document], bool]) -> None:
        """What this opens in another document, if it can, beside the one that is shown, which stays so."""
        left, made = self.document, self.add()
        if opened(made):
            self._set_comparison(left, made)
            self.show(left)
        else:
            self.documents.remove(made)

    def end_comparison(self) -> bool:
        """The left side stays; the other is stopped, and kept in the library. False where its model is in no file, and
        the person wants to keep it.
        """
        if (comparison := self.comparison) is None:
            return True
        right = comparison.right
        if not right.kept.is_safe():
            return False
        comparison.close()
        right.trainer.prepare(NextTraining())  # what waits for its data does not begin unseen
        if right.status.running:  # where it is only being scored, it is scored
            right.stop()
        self._leaving.append(right)
        self.comparison = None
        self.show(comparison.left)
        self._tell_comparison()
        self._let_go()
        return True

    def on_compare(self, told: Callable[[Comparison | None], None]) -> None:
        """Calls back whenever two documents are compared from now on, or none any more."""
        self._compared.append(told)

    def _set_comparison(self, left: Document, right: Document) -> None:
        from aestudio.studio.comparison import Comparison  # with what trains, and so with torch

        self.comparison = Comparison(left, right)
        self._tell_comparison()

    def _tell_comparison(self) -> None:
        for told in self._compared:
            told(self.comparison)

    def _let_go(self) -> None:
        """Of documents that nobody looks at, once nothing goes on in them and nothing of them would be lost."""
        for one in [one for one in self._leaving if not one.busy and one.kept.unkept is None]:
            self._leaving.remove(one)
            self.documents.remove(one)

    # -- in the background ---------------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Something goes on in the background, so `tick` is wanted."""
        return any(document.busy for document in self.documents)

    def tick(self) -> None:
        """Takes in what has come from the background since the last time."""
        self.throttle.tick()
        for document in list(self.documents):
            document.tick()
        self._let_go()

    def close(self, seconds: float) -> bool:
        """Stops everything and leaves the library; False where something would not stop in time."""
        over = [document.close(seconds) for document in self.documents]
        self.shelf.close()
        return all(over)
