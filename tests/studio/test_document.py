"""Documents without a window: intents in, events out, several in one process."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import numpy as np
import pytest
from PIL import Image

from aestudio.core.data.dataset import Dataset
from aestudio.core.data.source import Data
from aestudio.core.data.sources.folder import ImageFolder
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.model.model_file import load
from aestudio.core.parts.families.penalty import Penalty
from aestudio.core.parts.slots import options
from aestudio.core.run import recipes
from aestudio.core.run.events import Evaluated, Finished, Held, Preview, Progress, Started
from aestudio.core.run.run import Run
from aestudio.studio.document import Document
from aestudio.studio.events import CurvesShown, DataChanged, RunChanged, SamplesShown, StatusChanged
from aestudio.studio.notice import Failed, Noted
from aestudio.studio.remarks import fitted_settings
from aestudio.studio.settings import Settings
from aestudio.studio.status import State
from aestudio.studio.studio import Studio
from aestudio.studio.words import ProgressLine
from tests.present import present
from tests.studio.heard import Heard, ready, rest
from tests.studio.scoring import Scoring
from tests.studio.waiting import until

# -- training ----------------------------------------------------------------------------------------------------------


def test_a_training_tells_its_events_in_order_and_ends(document: Document, heard: Heard) -> None:
    document.set_value("epochs", 1)
    document.train()
    assert document.status.state is State.TRAINING
    until(lambda: not document.status.running, document)
    kinds = [type(event) for event in heard]
    assert kinds.index(Started) < kinds.index(Progress) < kinds.index(Finished)
    assert heard.of(Finished)[0].reason == "completed"
    assert document.preview is not None
    assert document.preview.step == heard.of(Finished)[0].step
    assert document.status.trained
    assert not document.busy


def test_a_model_of_its_best_epoch_says_so_in_its_file_until_an_older_moment_is_shown(
    document: Document, heard: Heard, tmp_path: Path
) -> None:
    for name, value in {"epochs": 2, "endings.patience.epochs": 100, "endings.patience.keep": "best"}.items():
        document.set_value(name, value)
    document.set_value("optimiser.learning_rate", 0.0)  # no epoch is better than the network as it was
    document.train()
    until(lambda: not document.status.running, document)
    assert heard.of(Finished)[0].kept_epoch == 0
    assert document.kept.save(tmp_path / "here.safetensors")
    assert load(tmp_path / "here.safetensors").kept_epoch == 0
    document.shown.show(document.shown.snapshots.kept[0])
    assert present(document.shown.file()).kept_epoch is None


def test_where_nobody_is_asked_nothing_takes_the_place_of_a_model_that_is_in_no_file(
    document: Document, heard: Heard, tmp_path: Path
) -> None:
    document.train()
    until(lambda: bool(heard.of(Progress)), document)
    rest(document)
    document.kept.unkept = present(document.shown.file())
    before = document.run
    document.train()
    document.choose_recipe("linear")
    assert (document.run, document.status.running) == (before, False)
    assert heard.of(Failed)[-1].sentence.endswith("is in memory only. Save it first.")
    assert document.kept.save(tmp_path / "here.safetensors")
    document.choose_recipe("linear")
    assert document.run.title != before.title


def test_a_training_that_is_asked_for_while_images_load_begins_when_they_are_there(
    document: Document, heard: Heard
) -> None:
    document.choose_recipe("deep-greedy")  # on letters, other images
    assert document.status.state is State.LOADING
    assert document.status.can_ask_to_train
    document.train()
    assert heard.of(Noted)[-1].sentence == "Training begins as soon as the images are there."
    until(lambda: bool(heard.of(Started)), document)
    assert document.run.data == heard.of(Started)[-1].run.data
    rest(document)


def test_a_training_that_was_asked_for_is_not_of_a_recipe_that_is_chosen_after_it(
    document: Document, heard: Heard
) -> None:
    document.choose_recipe("deep-greedy")
    document.train()
    document.choose_recipe("linear")
    assert heard.of(Noted)[-1].sentence == "Something else was chosen, so training does not begin by itself."
    until(lambda: document.status.can_train, document)
    assert heard.of(Started) == []


def test_a_training_that_was_asked_for_begins_where_the_recipe_that_is_chosen_after_it_is_refused(
    document: Document, heard: Heard
) -> None:
    document.train()
    until(lambda: bool(heard.of(Progress)), document)
    rest(document)
    document.choose_recipe("deep-greedy")
    document.train()
    document.kept.unkept = present(document.shown.file())
    document.choose_recipe("linear")
    document.kept.throw_away()
    begun = len(heard.of(Started))
    until(lambda: len(heard.of(Started)) > begun, document)
    assert heard.of(Started)[-1].run.title == document.run.title
    rest(document)


def test_a_training_that_was_asked_for_does_not_begin_when_its_images_are_undone(
    document: Document, heard: Heard
) -> None:
    document.choose_recipe("deep-greedy")
    document.train()
    document.undo()
    assert heard.of(Noted)[-1].sentence == "Something else was chosen, so training does not begin by itself."
    until(lambda: document.status.can_train, document)
    assert heard.of(Started) == []
    document.redo()
    until(lambda: document.status.can_train, document)
    assert heard.of(Started) == []


def test_a_training_that_was_asked_for_does_not_begin_on_other_images_that_are_chosen_after_it(
    document: Document, heard: Heard
) -> None:
    before = document.run.data
    document.choose_recipe("deep-greedy")
    document.train()
    document.choose_data(before)
    until(lambda: document.status.can_train, document)
    assert heard.of(Started) == []


def test_a_training_that_waited_and_cannot_begin_says_why(document: Document, heard: Heard) -> None:
    document.choose_data(recipes.find("deep-greedy").run().data)
    document.set_value("network.activation", "relu")  # whose values are no probabilities
    document.train()
    until(lambda: document.status.state is not State.LOADING, document)
    assert heard.of(Started) == []
    assert heard.of(Failed)[-1].sentence == document.status.problem
    assert "ends in relu" in document.status.problem


def test_paused_a_training_takes_one_step_at_a_time(document: Document, heard: Heard) -> None:
    document.step()
    until(lambda: bool(heard.of(Held)), document)
    until(lambda: heard.of(Held)[-1].step == 1, document)
    assert document.status.state is State.PAUSED
    document.step()
    until(lambda: heard.of(Held)[-1].step == 2, document)
    assert document.preview is not None
    assert document.preview.step == 2
    rest(document)


def test_a_stopped_training_is_scored_where_it_stopped(document: Document, heard: Heard) -> None:
    document.train()
    until(lambda: bool(heard.of(Progress)), document)
    rest(document)
    step = heard.of(Finished)[0].step
    scored = heard.of(Evaluated)[-1]
    assert (scored.step, present(document.preview).step) == (step, step)
    assert document.shown.scores == scored.scores
    summary = present(document.shelf.library).summary(present(document.shown.number))
    assert (summary.step, summary.psnr) == (step, scored.scores["psnr"])
    assert present(document.shown.file()).scores == scored.scores


def test_a_model_in_the_middle_of_an_epoch_has_no_scores_of_another_step(document: Document, heard: Heard) -> None:
    document.step()
    until(lambda: bool(heard.of(Held)) and heard.of(Held)[-1].step == 1, document)
    assert [one.step for one in heard.of(Evaluated)] == [0]
    assert len(document.shown.scores) == len(present(document.shown.file()).scores) == 0
    rest(document)
    assert "psnr" in document.shown.scores


def test_a_step_after_a_stop_goes_on_from_the_model_that_is_shown(document: Document, heard: Heard) -> None:
    document.step()
    until(lambda: bool(heard.of(Held)) and heard.of(Held)[-1].step == 1, document)
    rest(document)
    number = document.shown.number
    document.step()
    until(lambda: heard.of(Held)[-1].step == 2, document)
    assert document.status.state is State.PAUSED
    assert document.shown.number == number
    assert [one.resumed_at for one in heard.of(Started)] == [0, 1]
    rest(document)


def test_a_model_that_cannot_go_on_with_the_settings_is_not_thrown_away_by_a_step(
    document: Document, heard: Heard
) -> None:
    document.train()
    until(lambda: bool(heard.of(Progress)), document)
    rest(document)
    assert (document.status.can_train, document.status.can_step) == (True, True)
    document.set_value("network.widths", [40])
    assert (document.status.can_train, document.status.can_step) == (True, False)
    before = document.preview
    document.step()
    assert not document.busy
    assert document.preview is before


def test_a_stopped_model_is_scored_in_the_background(scoring: Scoring, document: Document, heard: Heard) -> None:
    line = ProgressLine()
    document.listen(line.read)
    document.train()
    until(lambda: bool(heard.of(Progress)), document)
    document.stop()
    until(lambda: document.status.state is State.MEASURING, document)
    assert not document.status.running
    assert document.status.can_train
    step = present(document.preview).step
    said = f"Stopped after {step:,} step{'s' * (step != 1)}"
    assert line.text(document.shown, document.run.title) == f"{said} · measuring 3 of 8 held-out images"
    document.set_value("epochs", 7)
    scoring.may_end.set()
    until(lambda: document.status.state is State.READY, document)
    psnr = document.shown.scores["psnr"]
    assert line.text(document.shown, document.run.title) == f"{said} · held-out PSNR {psnr:.2f} dB"


@pytest.mark.parametrize("how", ["stop", "train", "recipe"])
def test_nobody_has_to_wait_for_scores(scoring: Scoring, document: Document, heard: Heard, how: str) -> None:
    line = ProgressLine()
    document.listen(line.read)
    document.train()
    until(lambda: bool(heard.of(Progress)), document)
    document.stop()
    until(lambda: document.status.state is State.MEASURING, document)
    number, step = present(document.shown.number), present(document.preview).step
    if how == "recipe":
        document.choose_recipe("shapes-latent")
        assert document.status.state is State.LOADING
    else:
        getattr(document, how)()
        until(lambda: len(heard.of(Started)) == 2 if how == "train" else not document.busy, document)
    summary = present(document.shelf.library).summary(number)
    assert (summary.state, summary.step, summary.psnr) == ("stopped", step, None)
    if how == "stop":
        assert line.text(document.shown, document.run.title).endswith(" · not scored")


def test_closing_does_not_wait_for_scores(scoring: Scoring, document: Document, heard: Heard) -> None:
    document.train()
    until(lambda: bool(heard.of(Progress)), document)
    assert document.close(60)
    number = heard.of(Started)[0].number
    summary = present(document.shelf.library).summary(number)
    assert (summary.state, summary.psnr) == ("stopped", None)
    assert summary.step > 0


def test_the_line_names_a_model_that_was_trained_under_another_title(document: Document, heard: Heard) -> None:
    line = ProgressLine()
    document.listen(line.read)
    document.train()
    until(lambda: bool(heard.of(Progress)), document)
    rest(document)
    said = line.text(document.shown, document.run.title)
    document.choose_recipe("linear")  # on the same images: the model stays to be tried
    assert document.preview is not None
    assert line.text(document.shown, document.run.title) == f"“Sparse autoencoder, KL” · {said}"
    document.choose_recipe("shapes-latent")
    until(lambda: document.status.state is State.READY, document)
    assert line.text(document.shown, document.run.title) == "Ready"


def test_what_is_told_from_the_background_waits_for_a_tick(document: Document, heard: Heard) -> None:
    document.set_value("epochs", 1)
    before = len(heard)
    document.train()
    assert document.close(60)  # the thread is over, and nobody has looked
    assert not [event for event in heard[before:] if not isinstance(event, StatusChanged)]
    document.tick()
    assert heard.of(Finished)


def test_a_reader_that_left_hears_nothing_more(document: Document) -> None:
    heard = Heard()
    leave = document.listen(heard.append)
    leave()
    document.set_value("epochs", 3)
    assert not heard


def test_two_documents_train_at_once_each_with_its_own_run(studio: Studio) -> None:
    first, second = studio.document, studio.add()
    told = [ready(first), ready(second)]
    second.set_value("kl-sparsity.weight", 0.0)
    for document in (first, second):
        document.train()
    until(lambda: all(heard.of(Preview) and heard.of(Preview)[-1].step > 3 for heard in told), first, second)
    assert first.status.state is second.status.state is State.TRAINING
    for document in (first, second):
        rest(document)
    assert {heard.of(Started)[0].number for heard in told} == {1, 2}
    weights = [heard.of(Progress)[0].weights[0, 1] for heard in told]
    assert weights[0] != weights[1] == 0
    library = studio.shelf.library
    assert library is not None
    assert {run.state for run in library.runs()} == {"stopped"}


def test_two_documents_of_one_seed_see_the_same_batches(studio: Studio) -> None:
    first, second = studio.document, studio.add()
    told = [ready(first), ready(second)]
    for document in (first, second):
        document.set_value("epochs", 1)
        document.train()
    until(lambda: not first.busy and not second.busy, first, second)
    terms = [np.concatenate([one.terms for one in heard.of(Progress)]) for heard in told]
    assert terms[0].tobytes() == terms[1].tobytes()


# -- settings ----------------------------------------------------------------------------------------------------------


def weight(run: Run) -> float:
    return run.penalties[0].weight


def test_settings_are_undone_and_redone_one_change_at_a_time(document: Document) -> None:
    began = document.run
    document.set_value("kl-sparsity.weight", 2.0)
    document.set_value("epochs", 7)
    assert document.status.can_undo
    document.undo()
    assert (weight(document.run), document.run.epochs) == (2.0, began.epochs)
    document.undo()
    assert document.run == began
    document.redo()
    document.redo()
    assert (weight(document.run), document.run.epochs) == (2.0, 7)
    assert not document.status.can_redo


def test_what_a_document_begins_with_is_no_change_to_undo(studio: Studio) -> None:
    document = studio.document
    document.begin("sparse-kl")
    until(lambda: document.status.can_train, document)
    assert document.run == document.settings.origin
    assert not document.status.can_undo
    document.set_value("epochs", 7)
    assert document.status.can_undo


def test_a_change_after_an_undo_forgets_what_was_undone(document: Document) -> None:
    document.set_value("epochs", 7)
    document.undo()
    document.set_value("batch_size", 16)
    assert not document.status.can_redo
    document.redo()
    assert document.run.batch_size == 16


def test_a_line_that_is_dragged_is_one_change(document: Document) -> None:
    began = document.run
    for value in (0.1, 0.12, 0.15, 0.2):
        document.set_value("kl-sparsity.target", value)
    document.undo()
    assert document.run == began


def test_epochs_that_nobody_chose_fit_other_data_and_are_undone_with_them(document: Document, heard: Heard) -> None:
    assert (document.run.epochs, fitted_settings(document)) == (400, "")
    document.choose_data(options(Data)["letters"]())
    until(lambda: document.status.can_train, document)
    assert document.run.epochs == 31  # 22 steps of 1,438 digits, 281 of 18,000 letters, 64 at a time
    assert fitted_settings(document).startswith("31 epochs instead of 400: about as many steps")
    document.undo()
    until(lambda: document.status.can_train, document)
    assert (document.run.epochs, document.run.data.kind, fitted_settings(document)) == (400, "digits", "")


def test_epochs_that_somebody_chose_stay_whatever_the_data(document: Document, heard: Heard) -> None:
    document.set_value("epochs", 5)
    document.choose_data(options(Data)["letters"]())
    until(lambda: document.status.can_train, document)
    assert document.run.epochs == 5
    assert "epochs" not in fitted_settings(document)


def test_a_weight_that_nobody_chose_counts_as_much_beside_more_pixels_and_one_that_was_chosen_stays(
    document: Document,
) -> None:
    began = document.run
    document.choose_data(options(Data)["letters"]())
    until(lambda: document.status.can_train, document)
    assert weight(document.run) == pytest.approx(weight(began) * 28**2 / 8**2, rel=0.005)
    assert "λ of KL sparsity is" in fitted_settings(document)
    document.undo()
    until(lambda: document.status.can_train, document)
    assert (document.run, fitted_settings(document)) == (began, "")
    document.set_value("kl-sparsity.weight", 5.0)
    document.choose_data(options(Data)["letters"]())
    until(lambda: document.status.can_train, document)
    assert (weight(document.run), document.run.epochs) == (5.0, 31)
    assert "λ" not in fitted_settings(document)


def test_a_recipe_is_undone_with_its_data(document: Document) -> None:
    began = document.run
    document.choose_recipe("natural-patches")
    until(lambda: document.dataset is not None, document)
    document.undo()
    until(lambda: document.dataset is not None, document)
    assert document.run == document.settings.origin == began  # nothing of the recipe is changed
    assert document.dataset is not None
    assert document.dataset.shape == (1, 8, 8)


def test_what_is_undone_while_training_reaches_the_training(document: Document, heard: Heard) -> None:
    before = weight(document.run)
    document.train()
    document.set_value("kl-sparsity.weight", 2.5)
    until(lambda: bool(heard.of(Progress)) and heard.of(Progress)[-1].weights[-1, 1] == 2.5, document)
    document.undo()
    assert weight(document.run) == before
    until(lambda: heard.of(Progress)[-1].weights[-1, 1] == pytest.approx(before), document)
    document.redo()
    until(lambda: heard.of(Progress)[-1].weights[-1, 1] == 2.5, document)
    rest(document)


def test_what_cannot_change_while_training_is_not_undone_then(document: Document, heard: Heard) -> None:
    document.set_value("network.widths", [12])
    document.train()
    document.undo()
    assert document.run.network.widths == (12,)  # type: ignore[attr-defined]
    assert "cannot change while training" in heard.of(Failed)[-1].sentence
    rest(document)
    document.undo()
    assert document.run.network.widths != (12,)  # type: ignore[attr-defined]


def test_undoing_nothing_says_so(document: Document, heard: Heard) -> None:
    while document.status.can_undo:
        document.undo()
    document.undo()
    assert "no change" in heard.of(Failed)[-1].sentence


def test_a_setting_that_is_not_live_is_refused_while_training(document: Document, heard: Heard) -> None:
    document.train()
    run = document.run
    document.set_value("batch_size", 3)
    assert document.run == run
    assert "cannot change while training" in heard.of(Failed)[-1].sentence
    assert heard.of(RunChanged)[-1].run == run  # a form goes back to what holds
    rest(document)


# -- models and runs ---------------------------------------------------------------------------------------------------


def test_a_model_is_saved_and_opened_in_another_document(studio: Studio, tmp_path: Path) -> None:
    first = studio.document
    heard = ready(first)
    first.set_value("epochs", 1)
    first.train()
    until(lambda: not first.busy, first)
    first.kept.save(tmp_path / "model.safetensors")
    assert "Saved" in heard.of(Noted)[-1].sentence
    second = studio.add()
    told = Heard()
    second.listen(told.append)
    assert second.kept.open(tmp_path / "model.safetensors")
    until(lambda: second.preview is not None and second.dataset is not None, second)
    assert second.preview is not None
    assert len(told.of(CurvesShown)[-1].curves.steps) == heard.of(Finished)[0].step
    for name, tensor in load(tmp_path / "model.safetensors").weights.items():
        assert second.preview.weights[name].equal(tensor)
    assert not second.status.can_undo  # another thing was opened


def test_a_run_of_the_library_goes_on_where_it_stopped(document: Document, heard: Heard) -> None:
    document.train()
    until(lambda: bool(heard.of(Preview)) and heard.of(Preview)[-1].step > 2, document)
    rest(document)
    stopped = heard.of(Finished)[-1].step
    document.set_value("epochs", 1 + document.run.epochs)
    document.kept.continue_run(1)
    until(lambda: len(heard.of(Started)) == 2, document)
    assert heard.of(Started)[-1].resumed_at == stopped
    rest(document)


def test_data_that_cannot_be_loaded_are_told_and_refuse_the_training(document: Document, heard: Heard) -> None:
    document.set_run(document.run.with_value("data", {"kind": "folder", "path": "/nowhere"}))
    until(lambda: not document.busy, document)
    assert heard.of(DataChanged)[-1].dataset is None
    assert document.data_problem in [failed.sentence for failed in heard.of(Failed)]
    assert not document.status.can_train


def test_the_first_images_of_a_folder_are_seen_while_the_others_are_read(
    document: Document, heard: Heard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, read = Event(), ImageFolder.read

    def slow(self: ImageFolder, report: Report = unheard) -> Dataset:
        assert go_on.wait(60)
        return read(self, report)

    monkeypatch.setattr(ImageFolder, "read", slow)
    for number in range(20):
        Image.new("L", (8, 8), 10 * number).save(tmp_path / f"{number:02}.png")
    heard.clear()
    document.set_value("data", {"kind": "folder", "path": str(tmp_path), "size": 8, "colour": False})
    until(lambda: bool(heard.of(SamplesShown)), document)
    assert document.status.state is State.LOADING
    (seen,) = heard.of(SamplesShown)
    assert seen.original.shape == seen.corrupted.shape == (16, 1, 8, 8)
    np.testing.assert_allclose(seen.original[:, 0, 0, 0], np.arange(16) * 10 / 255, atol=1e-6)
    go_on.set()
    ready(document)
    assert present(document.dataset).shape == (1, 8, 8)


def test_settings_that_were_fitted_to_images_still_fit_others_after_a_training_went_on(
    document: Document, heard: Heard
) -> None:
    document.choose_data(options(Data)["letters"]())
    until(lambda: document.status.can_train, document)
    document.train()
    until(lambda: bool(heard.of(Preview)) and heard.of(Preview)[-1].step > 2, document)
    rest(document)
    document.kept.continue_run(1)
    until(lambda: len(heard.of(Started)) == 2, document)
    rest(document)
    assert "31 epochs instead of 400" in fitted_settings(document)
    document.choose_data(options(Data)["digits"]())
    until(lambda: document.status.can_train, document)
    assert (document.run.epochs, fitted_settings(document)) == (400, "")


def test_the_weight_of_a_penalty_that_the_recipe_lacks_was_not_fitted_to_the_images() -> None:
    recipe = recipes.find("denoising-gaussian").run()
    settings = Settings()
    settings.open(recipe.model_copy(update={"penalties": (options(Penalty)["kl-sparsity"](),)}), recipe)
    settings.fit(options(Data)["digits"]().load())
    assert "epochs" in settings.fitted
    assert "kl-sparsity.weight" not in settings.fitted
