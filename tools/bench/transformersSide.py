"""What a user of Transformers would write, timed. Prints one line of JSON.

    python transformersSide.py rows MODEL_FOLDER THREADS ROWS.json
        log-probabilities of each target, one sequence at a time, sdpa; ROWS.json holds [{context: ids, continuation: ids}]
    python transformersSide.py logProbs|attentions MODEL_FOLDER THREADS N_ROUNDS T...
        one sequence of each length, ascending: log-probabilities of all its tokens (sdpa), or the attention patterns of
        all layers (eager, `output_attentions=True`) without the logits that nobody asked for
"""

import json
import sys
import time

import torch
from transformers import AutoModelForCausalLM

from peakMemory import peak_mb


def open_model(folder: str, attention: str):
    return AutoModelForCausalLM.from_pretrained(folder, attn_implementation=attention, dtype=torch.float32).eval()


def target_log_probs(model, context: list[int], continuation: list[int]) -> float:
    ids = torch.tensor([context + continuation])
    logits = model(input_ids=ids, use_cache=False).logits[0, len(context) - 1 : -1]
    targets = ids[0, len(context) :, None]
    return torch.log_softmax(logits, dim=-1).gather(1, targets).sum().item()


def score_rows(folder: str, path: str) -> dict:
    with open(path) as file:
        rows = json.load(file)
    model = open_model(folder, "sdpa")
    start = time.perf_counter()
    log_probs = [target_log_probs(model, row["contextIds"], row["continuationIds"]) for row in rows]
    return {"seconds": time.perf_counter() - start, "peakMb": peak_mb(), "logProbs": log_probs}


def all_log_probs(model, ids: torch.Tensor) -> None:
    logits = model(input_ids=ids, use_cache=False).logits[0, :-1]
    torch.log_softmax(logits, dim=-1).gather(1, ids[0, 1:, None])


def all_attentions(model, ids: torch.Tensor) -> None:
    output = model(input_ids=ids, use_cache=False, output_attentions=True, logits_to_keep=1)
    # Sums over one span of keys at the last 64 positions: what a ledger needs of the patterns.
    for pattern in output.attentions:
        pattern[0, :, -64:, : ids.shape[1] // 2].sum(-1)


def measure_lengths(mode: str, folder: str, n_rounds: int, lengths: list[int]) -> dict:
    model = open_model(folder, "sdpa" if mode == "logProbs" else "eager")
    run = all_log_probs if mode == "logProbs" else all_attentions
    run(model, torch.full((1, 16), 9))
    points = []
    for n_tokens in sorted(lengths):
        ids = torch.arange(n_tokens)[None] * 7 % 4000 + 7
        seconds = []
        for _ in range(n_rounds):
            start = time.perf_counter()
            run(model, ids)
            seconds.append(time.perf_counter() - start)
        points.append({"nTokens": n_tokens, "seconds": seconds, "peakMb": peak_mb()})
    return {"points": points}


def main(mode: str, folder: str, threads: str, *rest: str) -> None:
    torch.set_num_threads(int(threads))
    with torch.inference_mode():
        if mode == "rows":
            result = score_rows(folder, rest[0])
        else:
            result = measure_lengths(mode, folder, int(rest[0]), [int(length) for length in rest[1:]])
    print(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
