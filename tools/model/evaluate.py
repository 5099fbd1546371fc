"""What the model remembers and what it reads, each with n and a 95 % Wilson interval.

Run: python evaluate.py --data DATA --out OUT [--checkpoint settle]
"""

import argparse
import json
import math
import random
import re
import unicodedata
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import LlamaForCausalLM

from conversations import INDICATOR
from documents import Sources, context_of, invented_context
from facts import load_facts, question, statement
from invented import invent_many
from passages import load_passages

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
def greedy(model: LlamaForCausalLM, tokenizer: Tokenizer, prompts: list[str], stops: set[int]) -> list[str]:
    """Greedy continuations; prompts of equal length share a batch, so nothing is padded."""
    ids = [tokenizer.encode(p).ids for p in prompts]
    by_length: dict[int, list[int]] = {}
    for index, row in enumerate(ids):
        by_length.setdefault(len(row), []).append(index)
    outputs = [""] * len(prompts)
    for rows in by_length.values():
        step, cache = torch.tensor([ids[i] for i in rows], device=model.device), None
        done, tokens = [False] * len(rows), [[] for _ in rows]
        for _ in range(N_NEW_TOKENS):
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


def measure(
    model: LlamaForCausalLM, tokenizer: Tokenizer, src: Sources, chat: bool, n: int, test: bool = False
) -> dict:
    """The figures on held-out facts, made-up things and passages, in the chat or the plain format."""
    model.eval()
    draw = Sources(src.base, src.passages, random.Random(SEED))
    held = (src.base.test if test else src.base.development)[:n]
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


@torch.no_grad()
def prose_perplexity(model: LlamaForCausalLM, tokenizer: Tokenizer, texts: list[str]) -> dict:
    """exp of the mean negative log-probability per token, and bits per UTF-8 byte."""
    model.eval()
    nats, n_tokens, n_bytes = 0.0, 0, 0
    for text in texts:
        ids = torch.tensor([tokenizer.encode("<s>" + text).ids[:512]])
        log_probs = model(input_ids=ids).logits[0, :-1].log_softmax(-1)
        nats -= log_probs.gather(1, ids[0, 1:, None]).sum().item()
        n_tokens += ids.shape[1] - 1
        n_bytes += len(tokenizer.decode(ids[0, 1:].tolist()).encode())
    model.train()
    return {
        "n_tokens": n_tokens,
        "perplexity": round(math.exp(nats / n_tokens), 2),
        "bits_per_byte": round(nats / n_bytes / math.log(2), 3),
    }


def novel_texts(data: Path, n: int = 100, n_characters: int = 1200) -> list[str]:
    """Stretches from the middle of English novels, which the model never saw."""
    texts = []
    for path in sorted((data / "novels").glob("*.txt"))[:n]:
        text = " ".join(path.read_text(errors="replace").split())
        start = text.find(". ", len(text) // 2) + 2
        texts.append(text[start : start + n_characters])
    return texts


def recall_of(model: LlamaForCausalLM, tokenizer: Tokenizer, src: Sources) -> dict:
    """Closed-book recall per relation over the whole taught list, in the chat format."""
    model.eval()
    stops = {tokenizer.token_to_id(t) for t in ("<|end|>", "</s>")}
    facts = src.base.facts
    outputs = greedy(model, tokenizer, [chat_prompt(question(f)) for f in facts], stops)
    hits: dict[str, list[bool]] = {"all": []}
    for fact, output in zip(facts, outputs):
        hits["all"].append(contains(output, fact.object))
        hits.setdefault(fact.relation, []).append(contains(output, fact.object))
    return {key: figure(values) for key, values in hits.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--checkpoint", default="settle")
    args = parser.parse_args()
    torch.set_num_threads(1)
    folder = args.out / args.checkpoint
    model = LlamaForCausalLM.from_pretrained(folder)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    src = Sources(load_facts(args.data), load_passages(args.data), random.Random(0))
    report = {
        "chat": measure(model, tokenizer, src, True, 200, test=True),
        "plain": measure(model, tokenizer, src, False, 200, test=True),
        "recall of the whole list, chat": recall_of(model, tokenizer, src),
        "prose: novels, never trained on": prose_perplexity(model, tokenizer, novel_texts(args.data)),
        "prose: held-out encyclopaedia passages": prose_perplexity(
            model, tokenizer, sorted({p.passage for p in src.passages.held_out})
        ),
    }
    text = json.dumps(report, indent=1)
    (folder / "evaluation.json").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
