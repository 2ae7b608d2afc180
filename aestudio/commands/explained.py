"""What every command is for, in a line and in a paragraph, and how it is called; in the order of the help."""

from __future__ import annotations

from dataclasses import dataclass

from aestudio.core.ground.texts import Text, say


@dataclass(frozen=True)
class Explained:
    """One command, for its --help."""

    short: Text
    about: Text
    examples: tuple[str, ...]

    def for_example(self) -> str:
        """The examples, a line each."""
        lines = "\n".join(f"  {one}" for one in self.examples)
        return f"{say('For example:')}\n{lines}"


EXPLAINED: dict[str, Explained] = {
    "train": Explained(
        Text("train a recipe without a window"),
        Text("Train a recipe, or the settings of a .toml file, and keep the run in the library."),
        (
            "aestudio train sparse-kl --epochs 20 --out run",
            "aestudio train sparse-kl --set kl-sparsity.target=0.05 --data path/to/images",
            "aestudio train linear --time 60s --quiet",
        ),
    ),
    "resume": Explained(
        Text("go on with a training that was stopped or interrupted"),
        Text(
            "Go on with a training from its newest checkpoint, with the same random numbers as if it had never stopped."
        ),
        (
            "aestudio resume",
            "aestudio resume 12 --epochs 50",
        ),
    ),
    "runs": Explained(
        Text("list the runs of the library"),
        Text(
            "List the runs of the library, the newest first, or look after the library itself. Words and "
            "conditions say which runs; a setting or score goes by its name, a tag by tag:NAME."
        ),
        (
            "aestudio runs",
            "aestudio runs 'sparse and psnr > 20 and kl-sparsity.target < 0.1'",
            "aestudio runs tag:seeds --columns epochs,learning_rate --csv > runs.csv",
        ),
    ),
    "compare": Explained(
        Text("train a deep recipe layer by layer and end to end, at equal budget"),
        Text("Train the same deep network layer by layer and end to end, at an equal budget, with several seeds."),
        ("aestudio compare deep-greedy --seeds 5",),
    ),
    "sweep": Explained(
        Text("train a recipe with several values of one setting, and compare"),
        Text(
            "Train a recipe with several values of one setting and several seeds: errors and what a linear "
            "classifier reads off the code."
        ),
        (
            "aestudio sweep linear --values 2,4,8,16,32",
            "aestudio sweep sparse-l1 --knob l1.weight --from 0.001 --to 1 --log",
        ),
    ),
    "pca": Explained(
        Text("a linear autoencoder against principal component analysis of its data"),
        Text(
            "Compare a trained linear autoencoder with principal component analysis of the same images: "
            "errors, angles between the subspaces, singular values."
        ),
        (
            "aestudio pca run/model.safetensors",
            "aestudio pca 12",
        ),
    ),
    "denoise": Explained(
        Text("take the noise off pictures or folders of pictures"),
        Text(
            "Take the noise off pictures of any size and depth, or of whole folders; one that was stopped goes on "
            "where it was."
        ),
        (
            "aestudio denoise scan.png -o clean.png",
            "aestudio denoise photos/ -o cleaned/ --sigma 25",
            "cat scan.png | aestudio denoise - -o - --way nlm > clean.png",
        ),
    ),
    "export": Explained(
        Text("write a model in another form, compared with the model"),
        Text(
            "Write a model in another form. ONNX and torch.export files are loaded again and compared with "
            "the model before they are put in place."
        ),
        (
            "aestudio export run/model.safetensors --to onnx -o model.onnx",
            "aestudio export 12 --to script -o my-model",
            "aestudio export 12 --to onnx --int8 -o small.onnx",
            "aestudio export 12 13 14 --to onnx -o models/",
        ),
    ),
    "recipes": Explained(
        Text("list the recipes"),
        Text("List what can be trained; with a name, all settings of that recipe with their ranges."),
        (
            "aestudio recipes",
            "aestudio recipes sparse-kl",
            "aestudio recipes sparse-kl --json",
        ),
    ),
    "integrate": Explained(
        Text("put AEStudio into the menu of a Linux desktop"),
        Text(
            "Write a menu entry, a file type and an icon for the desktop of this user, so that a double click"
            " opens a model."
        ),
        (
            "aestudio integrate",
            "aestudio integrate --remove",
        ),
    ),
    "bench": Explained(
        Text("measure how quick the program is on this machine"),
        Text(
            "Measure trainings, penalties, denoising and starts on this machine, beside yardsticks that take "
            "turns with them."
        ),
        (
            "aestudio bench",
            "aestudio bench --rounds 3 -o bench.md",
        ),
    ),
    "info": Explained(
        Text("versions, device and folders, or what a model is"),
        Text(
            "Say which versions run here and where everything is kept; with a model, what it is, which epoch its "
            "weights are of and how good they are. torch is asked only for the device and a model, which takes seconds."
        ),
        (
            "aestudio info",
            "aestudio info --device --json",
            "aestudio info --report",
            "aestudio info run/model.safetensors",
        ),
    ),
    "docs": Explained(
        Text("the pages of help as HTML"),
        Text(
            "Write the pages of help as HTML that any browser shows, without the network: in all languages, with a "
            "start page."
        ),
        ("aestudio docs help/",),
    ),
    "completion": Explained(
        Text("complete commands, options and names in a shell"),
        Text(
            "Print a script that completes commands, options, recipes and runs when Tab is pressed. Put the "
            "line of your shell into its startup file."
        ),
        (
            "echo 'eval \"$(aestudio completion bash)\"' >> ~/.bashrc",
            "echo 'eval \"$(aestudio completion zsh)\"' >> ~/.zshrc",
            "aestudio completion fish > ~/.config/fish/completions/aestudio.fish",
        ),
    ),
}
