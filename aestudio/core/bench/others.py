"""Trainers of other libraries, used as their documentation uses them; they take turns where they are installed."""

from __future__ import annotations

import logging
import threading
import time
import warnings
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from aestudio.core.bench.running import Contender
from aestudio.core.data.dataset import Dataset, to_float
from aestudio.core.ground.compute import choose
from aestudio.core.ground.errors import StudioError, reason
from aestudio.core.ground.texts import Text
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.run.run import Run

NAMES = ("lightning", "pythae")
EPOCHS = 1_000_000
Tick = Callable[[int], None]
"""Told after each step how many images it took; it does not return while others have their turn."""


def others(run: Run, dataset: Dataset) -> list[Contender]:
    """Of the same network and loss as the textbook loop, in batches of the same size."""
    made = {"lightning": _lightning, "pythae": _pythae}
    titles = {"lightning": Text("Lightning’s Trainer"), "pythae": Text("pythae’s BaseTrainer")}
    known = [name for name in NAMES if find_spec(name) is not None]
    return [Contender(titles[name], Turns(made[name], run, dataset).go_on) for name in known]


def left_out() -> Text | None:
    """What is to be said where one of them is not installed."""
    if all(find_spec(name) is not None for name in NAMES):
        return None
    return Text(
        "Lightning and pythae are left out where they are not installed: "
        'pip install "aestudio[bench]" lets them take turns, too.'
    )


class Turns:
    """A loop that is not ours, in a thread of its own: it works in its turns and rests between them."""

    def __init__(self, work: Callable[[Run, Dataset, Tick], None], run: Run, dataset: Dataset) -> None:
        self._thread = threading.Thread(target=self._work, args=(work, run, dataset), daemon=True)
        self._may, self._rests = threading.Event(), threading.Event()
        self._until, self._done = 0.0, 0
        self._error: BaseException | None = None

    def go_on(self, seconds: float) -> float:
        """Images that were trained on in about so many seconds. Raises StudioError where the loop has ended."""
        self._until, self._done = time.perf_counter() + seconds, 0
        self._rests.clear()
        self._may.set()
        if self._thread.ident is None:
            self._thread.start()
        self._rests.wait()
        if self._error is not None:
            raise StudioError("A trainer that was measured has ended: {reason}", reason=reason(self._error))
        return self._done

    def _work(self, work: Callable[[Run, Dataset, Tick], None], run: Run, dataset: Dataset) -> None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                work(run, dataset, self._tick)
            raise RuntimeError("It had no more to do.")
        except BaseException as error:  # it is told in the turn that waits
            self._error = error
            self._rests.set()

    def _tick(self, images: int) -> None:
        self._done += images
        if time.perf_counter() >= self._until:
            self._may.clear()
            self._rests.set()
            self._may.wait()


class _Halves(nn.Module):
    """One half of a run's network."""

    def __init__(self, whole: Autoencoder, decodes: bool) -> None:
        super().__init__()
        self.stages = nn.ModuleList(whole.span(0, whole.depth))
        self.decodes = decodes

    def forward(self, x: Tensor) -> Tensor:
        stages: list[Any] = list(self.stages)
        for stage in reversed(stages) if self.decodes else stages:
            x = stage.decode(x) if self.decodes else stage.encode(x)
        return x


def _images(dataset: Dataset) -> Tensor:
    store = dataset.train.images
    return to_float(store.gather(torch.arange(len(store))))


def _lightning(run: Run, dataset: Dataset, tick: Tick) -> None:
    import lightning

    for name in [name for name in logging.root.manager.loggerDict if name.startswith("lightning")]:
        logging.getLogger(name).setLevel(logging.ERROR)
    whole = Autoencoder(run, dataset.shape)

    class Module(lightning.LightningModule):  # type: ignore[misc, unused-ignore]
        def __init__(self) -> None:
            super().__init__()
            self.encoder, self.decoder = _Halves(whole, False), _Halves(whole, True)

        def training_step(self, batch: list[Tensor], _index: int) -> Tensor:
            (x,) = batch
            loss: Tensor = (self.decoder(self.encoder(x)) - x).square().flatten(1).sum(1).mean()
            self.log("train_loss", loss)
            return loss

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.Adam(self.parameters(), lr=1e-3)

    class Ticks(lightning.Callback):  # type: ignore[misc, unused-ignore]
        def on_train_batch_end(self, _trainer: Any, _module: Any, _outputs: Any, batch: Any, _index: int) -> None:
            tick(len(batch[0]))

    loader = DataLoader(TensorDataset(_images(dataset)), batch_size=run.batch_size, shuffle=True, drop_last=True)
    kinds = {"cpu": "cpu", "cuda": "gpu", "mps": "mps"}
    trainer = lightning.Trainer(
        accelerator=kinds[choose().device.type],
        devices=1,
        max_epochs=EPOCHS,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[Ticks()],
    )
    trainer.fit(Module(), loader)


def _pythae(run: Run, dataset: Dataset, tick: Tick) -> None:
    from pythae.data.datasets import BaseDataset
    from pythae.models import AE, AEConfig
    from pythae.models.base.base_utils import ModelOutput
    from pythae.models.nn import BaseDecoder, BaseEncoder
    from pythae.trainers import BaseTrainer, BaseTrainerConfig, training_callbacks
    from pythae.trainers.training_callbacks import TrainingCallback

    for name in [name for name in logging.root.manager.loggerDict if name.startswith("pythae")]:
        logging.getLogger(name).setLevel(logging.ERROR)  # each has a level of its own
    training_callbacks.tqdm = partial(training_callbacks.tqdm, disable=True)  # nobody else draws a bar
    whole = Autoencoder(run, dataset.shape)

    class Encoder(BaseEncoder):  # type: ignore[misc, unused-ignore]
        def __init__(self) -> None:
            super().__init__()
            self.part = _Halves(whole, False)

        def forward(self, x: Tensor) -> Any:
            return ModelOutput(embedding=self.part(x))

    class Decoder(BaseDecoder):  # type: ignore[misc, unused-ignore]
        def __init__(self) -> None:
            super().__init__()
            self.part = _Halves(whole, True)

        def forward(self, z: Tensor) -> Any:
            return ModelOutput(reconstruction=self.part(z))

    class Ticks(TrainingCallback):  # type: ignore[misc, unused-ignore]
        def on_train_step_end(self, _training_config: Any, **_: Any) -> None:
            tick(run.batch_size)

    x = _images(dataset)
    with TemporaryDirectory(prefix="aestudio-", ignore_cleanup_errors=True) as folder:
        settings = BaseTrainerConfig(
            output_dir=folder,
            num_epochs=EPOCHS,
            per_device_train_batch_size=run.batch_size,
            learning_rate=1e-3,
            optimizer_cls="Adam",
            no_cuda=choose().device.type != "cuda",
        )
        model = AE(AEConfig(input_dim=dataset.shape, latent_dim=1), encoder=Encoder(), decoder=Decoder())
        trainer = BaseTrainer(model, BaseDataset(x, torch.zeros(len(x))), training_config=settings, callbacks=[Ticks()])
        trainer.train()
