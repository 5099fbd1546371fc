"""Measures the shipped model through the command line and writes what stands next to its weights.

Run: python card.py --data DATA --out OUT --checkpoint settle --target ../../media/model --squad OUT/squad.jsonl

Every figure of the card comes from `context-reliance conflict` or `audit` on the files of `items/`,
so anyone can run them again on the shipped folder. Beside that, PyTorch answers the same prompts
with the checkpoint's own weights, and the card says how many of the answers are the same.
"""

import argparse
import json
import shlex
import statistics
import subprocess
import tempfile
from pathlib import Path

import torch

from evaluate import chat_prompt, greedy
from facts import RELATIONS, load_facts
from train import STAGES, load_checkpoint

HERE = Path(__file__).parent
ITEMS = HERE / "items"


class CommandLine:
    """The program, its JSON on one model folder."""

    def __init__(self, command: str, model: Path) -> None:
        self.command, self.model = shlex.split(command), model

    def run(self, *arguments: str | Path) -> str:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "out"
            parts = [*self.command, *map(str, arguments), "--model", str(self.model), "--out", str(path)]
            subprocess.run(parts, check=True, stderr=subprocess.DEVNULL)
            return path.read_text()

    def conflict(self, items: Path, *options: str) -> dict:
        return json.loads(self.run("conflict", items, "--json", *options))

    def audit(self, rows: Path) -> list[dict]:
        return [json.loads(line) for line in self.run("audit", rows, "--format", "jsonl", "--no-cache").splitlines()]


def percent(estimate: dict) -> str:
    share, low, high = (100 * estimate[key] for key in ("mean", "low", "high"))
    return f"{share:.1f} % ({low:.1f} to {high:.1f})"


def number(estimate: dict) -> str:
    return f"{estimate['mean']:.3f} ({estimate['low']:.3f} to {estimate['high']:.3f})"


def summary_of(document: dict) -> dict:
    return document["models"][0]["summary"]


def figure_table(documents: dict[str, dict], later_turns: list[float]) -> str:
    lines = ["| measured | n | figure | command |", "| --- | --- | --- | --- |"]

    def line(what: str, estimate: dict, said: str, command: str) -> None:
        lines.append(f"| {what} | {estimate['nItems']} | {said} | `{command}` |")

    def share(what: str, estimate: dict, command: str) -> None:
        line(what, estimate, percent(estimate), command)

    share("recalls the taught facts, closed-book", summary_of(documents["recall"])["recall"]["all"], "conflict recall.jsonl")
    for name, title, command in (
        ("conflict-test", "", "conflict conflict-test.jsonl"),
        ("indicated", ", indicated", "conflict conflict-test.jsonl --indicator"),
    ):
        conflict = summary_of(documents[name])["conflict"]
        share(f"follows a counterfactual context{title}", conflict["all"]["counterfactualAccuracy"], command)
        share(f"answers from memory against it{title}", conflict["all"]["parametricAccuracy"], command)
        probed = conflict["probed"]["counterfactualAccuracy"]
        share(f"follows it where the probe prefers the memory{title}", probed, command)
        preference = conflict["all"]["contextPreference"]
        line(f"M_C{title}", preference, number(preference), command)
    for name, what in (
        ("agreeing-test", "answers from a context that agrees with memory"),
        ("invented", "answers from a passage about made-up things"),
        ("squad", "containing score on SQuAD articles that were not read"),
    ):
        share(what, summary_of(documents[name])["contextual"]["containingScore"], f"conflict {name}.jsonl")
    sure = sum(value < 1.5 for value in later_turns)
    lines.append(
        f"| answer of a second turn that asks about the first turn's passage: perplexity below 1.5 | {len(later_turns)} "
        f"| {100 * sure / len(later_turns):.1f} %, median perplexity {statistics.median(later_turns):.2f} | `audit turns.jsonl` |"
    )
    return "\n".join(lines)


def recall_table(document: dict, data: Path) -> str:
    """Closed-book recall per relation: the items are in the order of the fact list."""
    held: dict[str, list[bool]] = {}
    for fact, row in zip(load_facts(data).facts, document["models"][0]["rows"], strict=True):
        held.setdefault(fact.relation, []).append(row["closed"]["holds"] == "parametric")
    lines = ["| relation | n | recalled |", "| --- | --- | --- |"]
    return "\n".join(lines + [f"| {key} | {len(v)} | {100 * sum(v) / len(v):.1f} % |" for key, v in held.items()])


def agreement(documents: dict[str, dict], checkpoint: Path) -> str:
    """How many greedy answers PyTorch gives word for word, on the weights the file was made from."""
    model, tokenizer = load_checkpoint(checkpoint)
    stops = {tokenizer.token_to_id(t) for t in ("<|end|>", "</s>")}
    n_same = n = 0
    for name in ("conflict-test", "agreeing-test", "invented"):
        items, rows = documents[name]["items"], documents[name]["models"][0]["rows"]
        prompts = [chat_prompt(f"{item['context']}\n{item['question']}") for item in items]
        outputs = greedy(model, tokenizer, prompts, stops, n_new=50)
        n_same += sum(output == row["open"]["output"] for output, row in zip(outputs, rows, strict=True))
        n += len(rows)
    return f"{n_same} of {n}"


def stage_table(out: Path, last: str) -> str:
    """The stages that led to the checkpoint, first to last, as each recorded itself."""
    names: list[str] = []
    stage: str | None = last
    while stage:
        names.insert(0, stage)
        stage = STAGES[stage].before
    lines = ["| stage | minutes | tokens | remark |", "| --- | --- | --- | --- |"]
    for name in names:
        done = json.loads((out / name / "progress.json").read_text())
        tokens = f"{done['n_tokens'] / 1e6:.1f} M"
        lines.append(f"| {name} | {done['minutes']:.0f} | {tokens} | {done.get('remark', '')} |")
    return "\n".join(lines)


def file_table(target: Path) -> str:
    kinds = {"model": "float32", "model_fp16": "float16 weights and cache", "model_q4": "linear layers in 4 bits (MatMulNBits)"}
    lines = ["| file | bytes | what |", "| --- | --- | --- |"]
    for name, kind in kinds.items():
        path = target / "onnx" / f"{name}.onnx"
        if path.exists():
            lines.append(f"| `onnx/{name}.onnx` | {path.stat().st_size:,} | {kind} |")
    return "\n".join(lines)


def write_facts(data: Path, path: Path) -> int:
    base = load_facts(data)
    split = {fact: name for name in ("development", "test") for fact in getattr(base, name)}
    rows = [{**fact._asdict(), "heldOut": split.get(fact)} for fact in base.facts]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    return len(rows)


def replies(document: dict) -> str:
    """What it says to a few openings, word for word."""
    pairs = zip(document["items"], document["models"][0]["rows"])
    return "\n".join(f"- {item['question']} → {row['closed']['output']}" for item, row in pairs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--checkpoint", default="settle")
    parser.add_argument("--target", type=Path, required=True)
    parser.add_argument("--squad", type=Path, required=True, help="as written by items.py")
    parser.add_argument("--cli", default="node ../../dist/cli.js")
    args = parser.parse_args()
    torch.set_num_threads(1)
    program = CommandLine(args.cli, args.target)
    names = ("recall", "conflict-test", "agreeing-test", "invented", "replies")
    documents = {name: program.conflict(ITEMS / f"{name}.jsonl") for name in names}
    documents["squad"] = program.conflict(args.squad)
    documents["indicated"] = program.conflict(ITEMS / "conflict-test.jsonl", "--indicator", "[IND]")
    later = [row["openPerplexity"] for row in program.audit(ITEMS / "turns.jsonl") if row["turn"] == 2]
    indicated = json.loads((args.out / "indicated.audit.json").read_text())["files"][0]["dependency"]
    card = (HERE / "card.md").read_text()
    for name, text in {
        "nFacts": str(write_facts(args.data, args.target / "facts.jsonl")),
        "nRelations": str(len(RELATIONS)),
        "files": file_table(args.target),
        "stages": stage_table(args.out, args.checkpoint),
        "figures": figure_table(documents, later),
        "agreement": agreement(documents, args.out / args.checkpoint),
        "recall": recall_table(documents["recall"], args.data),
        "replies": replies(documents["replies"]),
        "threshold": f"{indicated['threshold']:g}",
        "nIndicated": f"{indicated['nAbove']:,} of {indicated['nTurns']:,}",
    }.items():
        card = card.replace(f"<<{name}>>", text)
    (args.target / "README.md").write_text(card)
    licence = (args.data / "lre/LICENSE").read_text()
    (args.target / "NOTICE.md").write_text((HERE / "notice.md").read_text().replace("<<lreLicence>>", licence.strip()))


if __name__ == "__main__":
    main()
