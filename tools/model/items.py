"""Writes the evaluation items that `context-reliance conflict` asks a model.

Run: python items.py --data DATA --items items --squad OUT/squad.jsonl

The fact items are drawn once, with a fixed seed, from our list of facts and may be shipped; the
passages of SQuAD are not ours and stay outside.
"""

import argparse
import json
import random
from pathlib import Path

from documents import Sources, context_of, invented_context
from evaluate import invented_items
from facts import Fact, load_facts, question
from invented import invent_many
from passages import load_passages

SEED = 11
N_INVENTED = 200


def as_lines(rows: list[dict]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def conflict_rows(src: Sources, facts: list[Fact]) -> list[dict]:
    """The context says another object of the same relation than was taught."""
    rows = []
    for fact in facts:
        told = src.base.substitute(fact, src.rng)
        rows.append(
            {
                "context": context_of(src, fact, told),
                "question": question(fact),
                "answer": told,
                "memory_answer": fact.object,
            }
        )
    return rows


def reading_rows(users: list[str], answers: list[str]) -> list[dict]:
    rows = []
    for user, answer in zip(users, answers):
        context, _, asked = user.rpartition("\n")
        rows.append({"context": context, "question": asked, "answer": answer})
    return rows


def later_turns(src: Sources) -> list[dict]:
    """A passage about made-up things in the first turn; the second turn asks about another of them."""
    rows = []
    while len(rows) < N_INVENTED:
        items = invent_many(src.base, src.rng)
        if len(items) < 2:
            continue
        first, second = items[:2]
        turns = [(f"{invented_context(src, items)}\n{first.question}", first.statement), (second.question, second.statement)]
        messages = [
            {"role": role, "content": text} for turn in turns for role, text in zip(("user", "assistant"), turn)
        ]
        rows.append({"messages": messages})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--items", type=Path, required=True)
    parser.add_argument("--squad", type=Path, required=True)
    args = parser.parse_args()
    args.items.mkdir(parents=True, exist_ok=True)
    src = Sources(load_facts(args.data), load_passages(args.data), random.Random(SEED))
    for name, facts in {"development": src.base.development, "test": src.base.test}.items():
        agreeing = [
            {"context": context_of(src, f, f.object), "question": question(f), "answer": f.object} for f in facts
        ]
        (args.items / f"conflict-{name}.jsonl").write_text(as_lines(conflict_rows(src, facts)))
        (args.items / f"agreeing-{name}.jsonl").write_text(as_lines(agreeing))
    (args.items / "invented.jsonl").write_text(as_lines(reading_rows(*invented_items(src, N_INVENTED))))
    recall = [{"question": question(f), "answer": f.object} for f in src.base.facts]
    (args.items / "recall.jsonl").write_text(as_lines(recall))
    (args.items / "turns.jsonl").write_text(as_lines(later_turns(src)))
    squad = [{"context": p.passage, "question": p.question, "answer": p.answer} for p in src.passages.held_out]
    args.squad.write_text(as_lines(squad))


if __name__ == "__main__":
    main()
