"""What the model remembers and what it reads while it is trained, with 95 % Wilson intervals.

The model card's figures do not come from here but from the command line (`card.py`).
"""

import math
import random
import re
import unicodedata

import torch
from tokenizers import Tokenizer
from transformers import LlamaForCausalLM

from conversations import INDICATOR
from documents import Sources, context_of, invented_context
from facts import question
from invented import invent_many

SEED = 5
N_NEW_TOKENS = 24


def normalized(text: str) -> str:
    """NFKC, lower case, without punctuation and articles, white space folded."""
    text = unicodedata.normalize("NFKC", text).lower()
    text = re.sub(r"[^\w\s]|_", " ", text)
    return " ".join(word for word in text.split() if word not in ("a", "an", "the"))


def contains(output: str, answer: str) -> bool:
    return f" {normalized(answer)} " in f" {normalized(output)} "


def wilson(n_hits: int, n: int) -> tuple[float, float]:
    """95 % score interval of a share (Wilson 1927)."""
    z = 1.959964
    share, z2 = n_hits / n, z * z
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = z * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return centre - half, centre + half


def figure(hits: list[bool]) -> dict:
    low, high = wilson(sum(hits), len(hits))
    return {"n": len(hits), "share": round(sum(hits) / len(hits), 4), "low": round(low, 4), "high": round(high, 4)}


@torch.no_grad()
def greedy(
    model: LlamaForCausalLM, tokenizer: Tokenizer, prompts: list[str], stops: set[int], n_new: int = N_NEW_TOKENS
) -> list[str]:
    """Greedy continuations; prompts of equal length share a batch, so nothing is padded."""
    ids = [tokenizer.encode(p).ids for p in prompts]
    by_length: dict[int, list[int]] = {}
    for index, row in enumerate(ids):
        by_length.setdefault(len(row), []).append(index)
    outputs = [""] * len(prompts)
    for rows in by_length.values():
        step, cache = torch.tensor([ids[i] for i in rows], device=model.device), None
        done, tokens = [False] * len(rows), [[] for _ in rows]
        for _ in range(n_new):
            result = model(input_ids=step, past_key_values=cache, use_cache=True)
            cache, step = result.past_key_values, result.logits[:, -1:].argmax(-1)
            for k, token in enumerate(step[:, 0].tolist()):
                done[k] = done[k] or token in stops
                if not done[k]:
                    tokens[k].append(token)
            if all(done):
                break
        for k, i in enumerate(rows):
            outputs[i] = tokenizer.decode(tokens[k])
    return outputs


def chat_prompt(user: str, system: str = "") -> str:
    head = f"<|system|>{system}<|end|>" if system else ""
    return f"<s>{head}<|user|>{user}<|end|><|assistant|>"


def plain_prompt(user: str) -> str:
    context, _, asked = user.rpartition("\n")
    return f"<s>{context}{chr(10) if context else ''}Question: {asked}\nAnswer:"


def invented_items(src: Sources, n: int) -> tuple[list[str], list[str]]:
    """Passages about things made up on the spot, each with one of its questions."""
    users, answers = [], []
    for _ in range(n):
        items = invent_many(src.base, src.rng)
        users.append(f"{invented_context(src, items)}\n{items[0].question}")
        answers.append(items[0].object)
    return users, answers


def measure(model: LlamaForCausalLM, tokenizer: Tokenizer, src: Sources, chat: bool, n: int) -> dict:
    """The figures on development facts, made-up things and passages, in the chat or the plain format."""
    model.eval()
    draw = Sources(src.base, src.passages, random.Random(SEED))
    held = src.base.development[:n]
    changed = [src.base.substitute(f, draw.rng) for f in held]
    over = {
        "counterfactual": [context_of(draw, f, o) for f, o in zip(held, changed)],
        "aligned": [context_of(draw, f, f.object) for f in held],
    }
    sets = {
        "closed-book": ([question(f) for f in held], [f.object for f in held]),
        "counterfactual": ([f"{c}\n{question(f)}" for c, f in zip(over["counterfactual"], held)], changed),
        "counterfactual, instruction first": (
            [f"{question(f)}\n{c}" for c, f in zip(over["counterfactual"], held)],
            changed,
        ),
        "counterfactual, indicated": (
            [f"{c}\n{question(f)} {INDICATOR}" for c, f in zip(over["counterfactual"], held)],
            changed,
        ),
        "aligned": ([f"{c}\n{question(f)}" for c, f in zip(over["aligned"], held)], [f.object for f in held]),
        "invented": invented_items(draw, n),
        "squad": (
            [f"{p.passage}\n{p.question}" for p in src.passages.held_out[:n]],
            [p.answer for p in src.passages.held_out[:n]],
        ),
    }
    if not chat:
        del sets["counterfactual, instruction first"], sets["counterfactual, indicated"]
    stops = {tokenizer.token_to_id(t) for t in ("<|end|>", "</s>")}
    figures = {}
    for key, (users, answers) in sets.items():
        prompts = [chat_prompt(u) if chat else plain_prompt(u) for u in users]
        outputs = [text if chat else text.split("\n")[0] for text in greedy(model, tokenizer, prompts, stops)]
        figures[key] = figure([contains(o, a) for o, a in zip(outputs, answers)])
        if key.startswith("counterfactual"):
            figures[key]["remembered instead"] = sum(
                contains(o, f.object) and not contains(o, a) for o, f, a in zip(outputs, held, answers)
            )
    model.train()
    return figures
