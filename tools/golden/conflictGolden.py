"""The golden numbers of knowledge conflicts: what the shipped model says, with and without the context.

Everything is worked out from full runs of the PyTorch model: no cache, no batches, no padding.
"""

import json
from pathlib import Path

import torch

from shippedModel import ShippedModel

DIGITS = 7
NEW_TOKENS = 50
INDICATOR = "[IND]"


def read_items(samples: Path) -> list[dict]:
    """The questions of the sample file, each with the two names of its answers."""
    return [json.loads(line) for line in (samples / "conflicts.jsonl").read_text().splitlines() if line]


def chat_prompt(model: ShippedModel, words: str) -> str:
    return model.render([{"role": "user", "content": words}])


class Asking:
    """One way to put a question: its prompt as text, and what stands between prompt and answer."""

    def __init__(self, name: str, model: ShippedModel) -> None:
        self.name = name
        self.model = model
        self.gap = " " if name == "plain" else ""

    def words(self, item: dict, with_context: bool) -> str:
        question = f"{item['question']} {INDICATOR}" if self.name == "indicated" else item["question"]
        asked = f"Question: {question}\nAnswer:" if self.name == "plain" else question
        return f"{item['context']}\n{asked}" if with_context else asked

    def prompt(self, item: dict, with_context: bool) -> str:
        words = self.words(item, with_context)
        return words if self.name == "plain" else chat_prompt(self.model, words)

    def encode(self, text: str) -> list[int]:
        """The plain template writes no start token: the sequence gets one."""
        start = [self.model.tokenizer.token_to_id(self.model.settings["bos_token"])] if self.name == "plain" else []
        return start + self.model.encode(text)


def answer_log_prob(asking: Asking, prompt: str, answer: str) -> float:
    """Sum of log p of the answer's tokens behind the prompt, nats."""
    n_prompt = len(asking.encode(prompt))
    ids = asking.encode(prompt + asking.gap + answer)
    if ids[:n_prompt] != asking.encode(prompt):
        raise ValueError(f"the prompt's tokens are not a prefix of the whole: {prompt!r} {answer!r}")
    return sum(asking.model.log_probs(ids, n_prompt))


@torch.no_grad()
def greedy(asking: Asking, prompt: str, stop_ids: set[int]) -> dict:
    """The most probable tokens one after another; `margins` say by how many nats each was ahead of the next best."""
    prompt_ids = asking.encode(prompt)
    ids, margins = list(prompt_ids), []
    while len(ids) < len(prompt_ids) + NEW_TOKENS:
        logits = asking.model.decoder(input_ids=torch.tensor([ids])).logits[0, -1].double()
        best = logits.topk(2)
        margins.append(round((best.values[0] - best.values[1]).item(), DIGITS))
        if best.indices[0].item() in stop_ids:
            break
        ids.append(best.indices[0].item())
    said = ids[len(prompt_ids) :]
    return {"tokenIds": said, "text": asking.model.tokenizer.decode(said), "smallestMargin": min(margins)}


def context_mass(asking: Asking, item: dict) -> float:
    """Mean over layers and heads of the last prompt token's attention on the tokens of the context."""
    prompt = asking.prompt(item, True)
    first = prompt.index(item["context"])
    span = range(first, first + len(item["context"]))
    ids = asking.encode(prompt)
    offsets = asking.model.tokenizer.encode(prompt, add_special_tokens=False).offsets
    n_start = len(ids) - len(offsets)
    # A token belongs to where its last character is.
    keys = [n_start + idx for idx, (_, end) in enumerate(offsets) if end - 1 in span]
    rows = asking.model.attention_rows(ids, len(ids) - 1)
    masses = [sum(head[key] for key in keys) for layer in rows for head in layer]
    return sum(masses) / len(masses)


def golden_book(asking: Asking, item: dict, with_context: bool, stop_ids: set[int]) -> dict:
    prompt = asking.prompt(item, with_context)
    return {
        "prompt": prompt,
        "contextualLogProb": round(answer_log_prob(asking, prompt, item["answer"]), DIGITS),
        "parametricLogProb": round(answer_log_prob(asking, prompt, item["memory_answer"]), DIGITS),
        "greedy": greedy(asking, prompt, stop_ids),
    }


def conflict_golden(model: ShippedModel, folder: Path, samples: Path) -> list[dict]:
    """One entry per way of asking and question."""
    generation = json.loads((folder / "generation_config.json").read_text())
    config = json.loads((folder / "config.json").read_text())
    stops = [generation.get("eos_token_id"), config.get("eos_token_id"), model.end_id]
    stop_ids = {each for stop in stops for each in (stop if isinstance(stop, list) else [stop]) if each is not None}
    return [
        {
            "asking": name,
            **item,
            "open": golden_book(asking, item, True, stop_ids),
            "closed": golden_book(asking, item, False, stop_ids),
            "contextMass": round(context_mass(asking, item), DIGITS),
        }
        for name in ("own", "indicated", "plain")
        for asking in [Asking(name, model)]
        for item in read_items(samples)
    ]
