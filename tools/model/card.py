"""Writes what stands next to the shipped weights: model card, taught facts, notices.

Run: python card.py --data DATA --out OUT --checkpoint settle --target ../../media/model
"""

import argparse
import json
from pathlib import Path

from facts import RELATIONS, load_facts
from train import STAGES

HERE = Path(__file__).parent
RANGE = "{share:.1f} % ({low:.1f} to {high:.1f})"


def percent(figure: dict) -> str:
    return RANGE.format(**{key: 100 * figure[key] for key in ("share", "low", "high")})


def stage_table(out: Path, last: str) -> str:
    """The stages that led to the checkpoint, first to last, as each recorded itself."""
    names: list[str] = []
    stage: str | None = last
    while stage:
        names.insert(0, stage)
        stage = STAGES[stage].before
    lines = ["| stage | minutes | tokens | peak learning rate | remark |", "| --- | --- | --- | --- | --- |"]
    for name in names:
        done = json.loads((out / name / "progress.json").read_text())
        tokens = f"{done['n_tokens'] / 1e6:.1f} M"
        lines.append(f"| {name} | {done['minutes']:.0f} | {tokens} | {STAGES[name].peak:g} | {done.get('remark', '')} |")
    return "\n".join(lines)


def figure_table(report: dict) -> str:
    lines = ["| measured, greedy | n | chat template | plain Question/Answer |", "| --- | --- | --- | --- |"]
    for key, figure in report["chat"].items():
        plain = report["plain"].get(key)
        lines.append(f"| {key} | {figure['n']} | {percent(figure)} | {percent(plain) if plain else ''} |")
    return "\n".join(lines)


def recall_table(report: dict) -> str:
    lines = ["| relation | n | recalled without context |", "| --- | --- | --- |"]
    for key, figure in report["recall of the whole list, chat"].items():
        lines.append(f"| {key} | {figure['n']} | {percent(figure)} |")
    return "\n".join(lines)


def prose_table(report: dict) -> str:
    lines = ["| prose | tokens | perplexity | bits per byte |", "| --- | --- | --- | --- |"]
    for key, figure in report.items():
        if key.startswith("prose"):
            name = key.removeprefix("prose: ")
            lines.append(f"| {name} | {figure['n_tokens']} | {figure['perplexity']} | {figure['bits_per_byte']} |")
    return "\n".join(lines)


def write_facts(data: Path, path: Path) -> int:
    base = load_facts(data)
    held_out = set(base.held_out)
    rows = [{**fact._asdict(), "heldOut": fact in held_out} for fact in base.facts]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    return len(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--checkpoint", default="settle")
    parser.add_argument("--target", type=Path, required=True)
    args = parser.parse_args()
    report = json.loads((args.out / args.checkpoint / "evaluation.json").read_text())
    n_facts = write_facts(args.data, args.target / "facts.jsonl")
    card = (HERE / "card.md").read_text()
    for name, text in {
        "nFacts": str(n_facts),
        "nRelations": str(len(RELATIONS)),
        "nBytes": f"{(args.target / 'onnx/model.onnx').stat().st_size:,}",
        "stages": stage_table(args.out, args.checkpoint),
        "figures": figure_table(report),
        "recall": recall_table(report),
        "prose": prose_table(report),
    }.items():
        card = card.replace(f"<<{name}>>", text)
    (args.target / "README.md").write_text(card)
    licence = (args.data / "lre/LICENSE").read_text()
    (args.target / "NOTICE.md").write_text((HERE / "notice.md").read_text().replace("<<lreLicence>>", licence.strip()))


if __name__ == "__main__":
    main()
