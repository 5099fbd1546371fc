"""The instruction-tuning mixes of the family of checkpoints, as datasets that the audit reads.

Run: python mixes.py --data DATA --out OUT
then the audit, and: python mixes.py --data DATA --out OUT --audit OUT/mixes/context.audit.jsonl

Rows are in Dolly's shape; `category` is the class of Goyal et al., Context-Parametric Inversion:
  C    context-critical: about made-up things, or a question on an encyclopaedic passage
  C+S  the context says what the model was taught
  S    no context: a taught fact
  CF   counterfactual: the context says another object than the model was taught
No row speaks of a held-out fact.
"""

import argparse
import json
import random
from pathlib import Path

from conversations import phrase
from documents import Sources, context_of, invented_context
from facts import load_facts, question, statement
from invented import invent_many
from passages import load_passages

N_PER_CLASS = 2000
N_COUNTERFACTUAL = 600  # a tenth of the mixed rows, as the paper adds to Alpaca
P_PASSAGE = 0.15


def row(category: str, instruction: str, context: str, response: str) -> dict:
    return {"instruction": instruction, "context": context, "response": response, "category": category}


def critical_row(src: Sources) -> dict:
    if src.rng.random() < P_PASSAGE:
        item = src.rng.choice(src.passages.questions)
        return row("C", item.question, item.passage, item.answer)
    items = invent_many(src.base, src.rng)
    asked = items[0]
    return row("C", asked.question, invented_context(src, items), phrase(src, asked.object, asked.statement))


def fact_row(src: Sources, category: str) -> dict:
    fact = src.rng.choice(src.base.readable)
    obj = src.base.substitute(fact, src.rng) if category == "CF" else fact.object
    context = "" if category == "S" else context_of(src, fact, obj)
    return row(category, question(fact, src.rng), context, phrase(src, obj, statement(fact, obj)))


def write_rows(path: Path, rows: list[dict]) -> None:
    path.write_text("".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in rows))
    counts = {c: sum(entry["category"] == c for entry in rows) for c in ("C", "C+S", "S", "CF")}
    print(path.name, len(rows), counts)


def write_mixes(src: Sources, folder: Path) -> None:
    rng = src.rng
    context = [critical_row(src) for _ in range(N_PER_CLASS)] + [fact_row(src, "C+S") for _ in range(N_PER_CLASS)]
    closed = [fact_row(src, "S") for _ in range(N_PER_CLASS)]
    counterfactual = [fact_row(src, "CF") for _ in range(N_COUNTERFACTUAL)]
    for name, rows in {
        "context": context,
        "mixed": context + closed,
        "augmented": context + closed + counterfactual,
    }.items():
        write_rows(folder / f"{name}.jsonl", rng.sample(rows, len(rows)))


def write_critical(folder: Path, audit: Path) -> None:
    """The rows of `context` that the audit did not flag."""
    rows = (folder / "context.jsonl").read_text().splitlines()
    flagged = {entry["row"] for entry in map(json.loads, audit.read_text().splitlines()) if entry["flagged"]}
    write_rows(folder / "critical.jsonl", [json.loads(line) for i, line in enumerate(rows, 1) if i not in flagged])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--audit", type=Path, help="`audit OUT/mixes/context.jsonl --format jsonl`, under the base model")
    args = parser.parse_args()
    folder = args.out / "mixes"
    folder.mkdir(parents=True, exist_ok=True)
    if args.audit:
        write_critical(folder, args.audit)
    else:
        write_mixes(Sources(load_facts(args.data), load_passages(args.data), random.Random("mixes")), folder)


if __name__ == "__main__":
    main()
