"""Writes the golden numbers of the bundled model: what every engine must reproduce.

Run: python writeGolden.py --model ../../media/model --target ../../test/golden
"""

import argparse
import hashlib
import json
from importlib.metadata import version
from pathlib import Path

import torch

from conflictGolden import conflict_golden
from examples import ATTENTION_OF, EXAMPLES, Example
from shippedModel import ShippedModel

DIGITS = 7
SAMPLES = Path(__file__).parents[2] / "samples"


def without_context(example: Example) -> list[dict[str, str]]:
    """The messages with the context and the one newline that joined it taken out."""
    messages = [dict(m) for m in example.messages]
    content = messages[example.turn]["content"]
    before, after = content.split(example.context, 1)
    if after.startswith("\n"):
        after = after[1:]
    elif before.endswith("\n"):
        before = before[:-1]
    messages[example.turn]["content"] = before + after
    return messages


def utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def context_place(example: Example) -> dict | None:
    """Where the context stands, in UTF-16 code units of its message's content."""
    if example.context is None:
        return None
    content = example.messages[example.turn]["content"]
    start = utf16_length(content[: content.index(example.context)])
    return {"message": example.turn, "start": start, "end": start + utf16_length(example.context)}


def score(model: ShippedModel, messages: list[dict[str, str]], target: str) -> dict:
    prompt = model.render(messages)
    n_prompt = len(model.encode(prompt))
    ids = model.encode(prompt + target + model.settings["eos_token"])
    if ids[:n_prompt] != model.encode(prompt) or ids[-1] != model.end_id:
        raise ValueError(f"the prompt's tokens are not a prefix of the whole: {prompt!r}")
    log_probs = [round(value, DIGITS) for value in model.log_probs(ids, n_prompt)]
    return {
        "prompt": prompt,
        "tokenIds": ids,
        "targetStart": n_prompt,
        "targetEnd": len(ids) - 1,
        "logProbs": log_probs[:-1],
        "endLogProb": log_probs[-1],
    }


def golden_example(model: ShippedModel, example: Example) -> dict:
    return {
        "name": example.name,
        "messages": example.messages,
        "context": context_place(example),
        "target": example.target,
        "open": score(model, example.messages, example.target),
        "closed": score(model, without_context(example), example.target) if example.context else None,
    }


def golden_attention(model: ShippedModel, example: Example) -> dict:
    prompt = model.render(example.messages)
    ids = model.encode(prompt)
    rows = model.attention_rows(ids, len(ids) - 1)
    rounded = [[[round(value, DIGITS) for value in head] for head in layer] for layer in rows]
    return {"name": example.name, "prompt": prompt, "tokenIds": ids, "queryPosition": len(ids) - 1, "rows": rounded}


def write(path: Path, head: dict, key: str, items: list[dict]) -> None:
    """One item per line: small, and a change of one example is a change of one line."""
    lines = ",\n  ".join(json.dumps(item, ensure_ascii=False) for item in items)
    opening = json.dumps(head, ensure_ascii=False)[:-1]
    path.write_text(f'{opening},\n "{key}": [\n  {lines}\n ]}}\n')


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--target", type=Path, required=True)
    args = parser.parse_args()
    torch.set_num_threads(1)
    model = ShippedModel(args.model)
    head = {
        "about": "made by tools/golden/writeGolden.py: eager PyTorch, float32 weights and logits, float64 log-softmax, nats",
        "modelSha256": hashlib.sha256((args.model / "onnx/model.onnx").read_bytes()).hexdigest(),
        "libraries": {name: version(name) for name in ("torch", "transformers", "tokenizers", "jinja2")},
    }
    examples = [golden_example(model, example) for example in EXAMPLES]
    write(args.target / "bundledModel.json", head, "examples", examples)
    patterns = [golden_attention(model, example) for example in EXAMPLES if example.name in ATTENTION_OF]
    write(args.target / "bundledAttention.json", head, "examples", patterns)
    conflicts = conflict_golden(model, args.model, SAMPLES)
    write(args.target / "bundledConflict.json", head, "items", conflicts)
    print(len(conflicts), "questions with context and memory")
    for example in examples:
        print(example["name"], len(example["open"]["tokenIds"]), "tokens")


if __name__ == "__main__":
    main()
