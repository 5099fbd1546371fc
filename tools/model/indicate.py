r"""Conversations whose context-dependent turns carry the indicator (Wang et al., arXiv 2411.02688).

Run: python indicate.py --data DATA --out OUT
then, with the model of the stage `chat` exported to OUT/chat/exported:
  context-reliance audit OUT/conversations.jsonl --model OUT/chat/exported --indicate OUT/indicated.jsonl \
    --threshold 0.85 --format json --out OUT/indicated.audit.json

The score is their Eq. 2; a user turn whose answer is above the threshold gets the indicator.
"""

import argparse
import json
import random
from collections.abc import Callable
from pathlib import Path

import conversations
from conversations import Messages, rendered
from documents import Document, Sources
from facts import load_facts
from passages import load_passages

N_CONVERSATIONS = 4000
SHARE = 60  # beside the 102 shares of the stage's own mixture
MAKERS = [
    (20, conversations.closed_facts),
    (30, conversations.fact_over_context),
    (30, conversations.invented_facts),
    (5, conversations.unrelated_context),
    (5, conversations.text_task),
    (5, conversations.passage_question),
    (5, conversations.small_talk),
]


def load_conversations(path: Path) -> list[Messages]:
    return [json.loads(line)["messages"] for line in path.read_text().splitlines()]


def with_indicated(mixture: list, out: Path) -> list[tuple[int, Callable[[Sources], Document]]]:
    marked = load_conversations(out / "indicated.jsonl")
    return [*mixture, (SHARE, lambda src: rendered(src.rng.choice(marked)))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    src = Sources(load_facts(args.data), load_passages(args.data), random.Random("indicate"))
    shares, makers = zip(*MAKERS)
    with (args.out / "conversations.jsonl").open("w") as file:
        for _ in range(N_CONVERSATIONS):
            messages = src.rng.choices(makers, shares)[0](src)
            file.write(json.dumps({"messages": messages}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
