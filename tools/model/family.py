"""Asks every checkpoint of the family through the command line, and draws the curves.

Run: python family.py export  --out OUT
     python family.py measure --out OUT --items items --cli "node ../../dist/cli.js"
     python family.py draw    --out OUT --docs ../../docs

     python family.py keep    --out OUT --docs ../../docs --fixture ../../test/fixture/family

`export` makes ONNX folders of the checkpoints under OUT/exported; `measure` runs `conflict` on each
run and keeps its JSON under OUT/curves; `draw` writes docs/family.json and docs/images/family.svg; `keep`
copies the base, the peak and the end of the mixed run into the repository, in float16.
"""

import argparse
import json
import shlex
import shutil
import subprocess
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import LlamaForCausalLM

from export import export_folder, write_float16
from recipe import load_recipe
from tune import BASE, RUNS, STEPS

CURVES = {
    "counterfactual accuracy": ("conflict", "all", "counterfactualAccuracy"),
    "parametric accuracy": ("conflict", "all", "parametricAccuracy"),
    "M_C": ("conflict", "all", "contextPreference"),
    "attention on the context": ("conflict", "all", "contextMass"),
    "contextual QA": ("contextual", "containingScore"),
    "closed-book recall": ("recall", "ofConflicts"),
}
ITEMS = {"conflict-test": 200, "agreeing-test": 100, "invented": 100}
DRAWN = ["mixed", "mixedAgain", "critical", "augmented"]
TITLES = {
    "mixed": "(i) mixed: C, C+S and S",
    "mixedAgain": "(i) again, another order of rows",
    "critical": "(ii) context-critical only",
    "augmented": "(iii) mixed + counterfactual",
    "queryKey": "mixed, query and key matrices only",
    "indicated": "mixed, with the indicator",
}
COLOURS = {"counterfactual accuracy": "#0072b2", "parametric accuracy": "#d55e00", "M_C": "#56b4e9"}
COLOURS |= {"attention on the context": "#009e73", "contextual QA": "#000000", "closed-book recall": "#cc79a7"}


def trained_runs(out: Path) -> list[str]:
    return [run for run in RUNS if (out / "family" / run / str(STEPS[-1])).exists()]


def folders(out: Path, run: str) -> list[Path]:
    return [out / "exported" / BASE] + [out / "exported" / run / str(step) for step in STEPS]


def export_family(out: Path) -> None:
    base = out / "exported" / BASE
    if not base.exists():
        export_checkpoint(out / BASE, base, None)
    for run in trained_runs(out):
        for step in STEPS:
            target = out / "exported" / run / str(step)
            if not target.exists():
                export_checkpoint(out / "family" / run / str(step), target, base)


def export_checkpoint(checkpoint: Path, target: Path, like: Path | None) -> None:
    model = LlamaForCausalLM.from_pretrained(checkpoint, attn_implementation="eager", dtype=torch.float32).eval()
    export_folder(model, Tokenizer.from_file(str(checkpoint / "tokenizer.json")), target, like)


def ask(cli: str, items: Path, models: list[Path], path: Path, options: list[str]) -> None:
    """One run of the command line over the checkpoints in order."""
    if path.exists():
        return
    command = [*shlex.split(cli), "conflict", str(items), *options, "--max-new-tokens", "24", "--json", "--out", str(path)]
    for model in models:
        command += ["--model", str(model)]
    subprocess.run(command, check=True)


def measure_family(out: Path, folder: Path, cli: str) -> None:
    """Conflicts, and the benchmark: passages that agree with memory and passages about made-up things."""
    (out / "curves").mkdir(exist_ok=True)
    items = out / "curves" / "items.jsonl"
    lines = [line for name, n in ITEMS.items() for line in (folder / f"{name}.jsonl").read_text().splitlines()[:n]]
    items.write_text("\n".join(lines) + "\n")
    for run in trained_runs(out):
        ask(cli, items, folders(out, run), out / "curves" / f"{run}.json", [])
    ends = [folders(out, run)[-1] for run in ("mixed", "indicated") if run in trained_runs(out)]
    ask(cli, items, ends, out / "curves" / "withIndicator.json", ["--indicator", "[IND]"])


def estimate(summary: dict, path: tuple[str, ...]) -> dict:
    for key in path:
        summary = summary[key]
    return {key: summary[key] and round(summary[key], 4) for key in ("mean", "low", "high")}


def points(document: dict, steps: list[int]) -> list[dict]:
    return [
        {"step": step, **{name: estimate(model["summary"], path) for name, path in CURVES.items()}}
        for step, model in zip(steps, document["models"], strict=True)
    ]


def condensed(out: Path) -> dict:
    """Every figure of every checkpoint, with its interval, and the command line's own word on inversion."""
    runs = {}
    for run in trained_runs(out):
        document = json.loads((out / "curves" / f"{run}.json").read_text())
        runs[run] = {"title": TITLES[run], "points": points(document, [0, *STEPS]), "inversion": document["inversion"]}
    marked = json.loads((out / "curves" / "withIndicator.json").read_text())
    peak = max(runs["mixed"]["points"], key=lambda point: point["counterfactual accuracy"]["mean"])["step"]
    return {
        "kept": {"base": 0, "peak": peak, "end": STEPS[-1]},
        "tokensPerStep": load_recipe("cpu").tokens_per_step,
        "runs": runs,
        "withIndicator": dict(zip(("mixed", "indicated"), points(marked, [STEPS[-1]] * len(marked["models"])))),
    }


def keep(out: Path, docs: Path, fixture: Path) -> None:
    kept = json.loads((docs / "family.json").read_text())["kept"]
    for name, step in kept.items():
        source = out / "exported" / BASE if step == 0 else out / "exported" / "mixed" / str(step)
        target = fixture / name
        shutil.rmtree(target, ignore_errors=True)
        (target / "onnx").mkdir(parents=True)
        for path in source.glob("*.json"):
            shutil.copy(path, target / path.name)
        write_float16(source / "onnx" / "model.onnx", target / "onnx" / "model_fp16.onnx")


def draw(data: dict, path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams |= {"svg.hashsalt": "family", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 9}
    from matplotlib import pyplot

    runs = [run for run in DRAWN if run in data["runs"]]
    figure, axes = pyplot.subplots(1, len(runs), figsize=(3.6 * len(runs), 3.6), sharey=True, layout="constrained")
    for axis, run in zip(axes, runs):
        rows = data["runs"][run]["points"]
        xs = [max(row["step"], 1) for row in rows]
        for name, colour in COLOURS.items():
            values = [row[name] for row in rows]
            dashed = name in ("M_C", "attention on the context", "closed-book recall")
            axis.plot(xs, [v["mean"] for v in values], "--" if dashed else "-", color=colour, label=name, lw=1.6)
            if not dashed:
                axis.fill_between(xs, [v["low"] for v in values], [v["high"] for v in values], color=colour, alpha=0.12, lw=0)
        axis.set(xscale="log", ylim=(0, 1), xlabel="tuning steps (1 = base model)", title=data["runs"][run]["title"])
        axis.grid(alpha=0.25)
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].set_ylabel("share of 200 held-out conflicts, or mean")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=6, frameon=False)
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=["export", "measure", "draw", "keep"])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--items", type=Path)
    parser.add_argument("--cli", default="node ../../dist/cli.js")
    parser.add_argument("--docs", type=Path)
    parser.add_argument("--fixture", type=Path)
    args = parser.parse_args()
    if args.step == "export":
        export_family(args.out)
    elif args.step == "measure":
        measure_family(args.out, args.items, args.cli)
    elif args.step == "keep":
        keep(args.out, args.docs, args.fixture)
    else:
        data = condensed(args.out)
        (args.docs / "family.json").write_text(json.dumps(data, indent=1) + "\n")
        draw(data, args.docs / "images" / "family.svg")


if __name__ == "__main__":
    main()
