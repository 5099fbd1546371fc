"""Instruction-tunes the base model on one mix and keeps a checkpoint at every listed step.

Run: python tune.py RUN --out OUT   for RUN in mixed, mixedAgain, critical, augmented, queryKey, indicated

The mixes are OUT/mixes/*.jsonl (`mixes.py`). As in ordinary instruction tuning, only the answer
is learned. All runs take the same steps, so checkpoints of equal step saw equally many tokens.
"""

import argparse
import json
import math
import random
import tempfile
import time
from pathlib import Path

import torch

from documents import Document
from packing import Packer, weighted_loss
from recipe import Recipe, load_recipe
from team import Team
from train import SHORT, load_checkpoint, save_checkpoint

BASE = "read"
STEPS = [2, 4, 8, 16, 32, 48, 64, 96, 128, 160, 192, 256]
PEAK, N_WARM_UP = 7e-4, 8
# Run -> (mix, trained weights): all of them, or those whose name holds one of the words.
# mixedAgain sees the rows of mixed in another order: how much of a curve is chance?
RUNS = {
    "mixed": ("mixed", ()),
    "mixedAgain": ("mixed", ()),
    "critical": ("critical", ()),
    "augmented": ("augmented", ()),
    "queryKey": ("mixed", ("q_proj", "k_proj")),
    "indicated": ("indicated", ()),
}


def answered(row: dict) -> Document:
    """The row as the product renders it: context, newline, instruction in the user's turn."""
    user = f"{row['context']}\n{row['instruction']}" if row["context"] else row["instruction"]
    return [(f"<s><|user|>{user}<|end|><|assistant|>", 0.0), (f"{row['response']}<|end|>", 1.0)]


def epochs(rows: list[dict], rng: random.Random):
    """Every row once per epoch, in a new order each time."""
    while True:
        yield from rng.sample(rows, len(rows))


def learning_rate(n_steps: int) -> float:
    """Linear warm-up, then a cosine to a tenth over all the steps."""
    done = n_steps / STEPS[-1]
    return PEAK * min(1, (n_steps + 1) / N_WARM_UP) * (0.9 * 0.5 * (1 + math.cos(math.pi * done)) + 0.1)


def work(rank: int, args: argparse.Namespace, recipe: Recipe, meeting: str) -> None:
    if recipe.device == "cpu":
        torch.set_num_threads(1)
    mix, words = RUNS[args.run]
    lines = (args.out / "mixes" / f"{mix}.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    model, tokenizer = load_checkpoint(args.out / BASE)
    model.to(recipe.device)
    for name, parameter in model.named_parameters():
        parameter.requires_grad = not words or any(word in name for word in words)
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=PEAK, betas=(0.9, 0.95), weight_decay=0.0, fused=True)
    team = Team(rank, recipe.n_workers, meeting)
    mine = rows[rank :: recipe.n_workers]
    order = "tune again" if args.run == "mixedAgain" else "tune"
    draws = epochs(mine, random.Random(f"{order} {rank}"))
    packer = Packer(lambda: answered(next(draws)), tokenizer, recipe.tokens_per_step // recipe.n_workers)
    model.train()
    start = time.time()
    for n_steps in range(STEPS[-1]):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(n_steps)
        loss = weighted_loss(model, *packer.batch(SHORT))
        loss.backward()
        team.average(parameters, 0.0)
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        if rank == 0 and n_steps + 1 in STEPS:
            minutes = (time.time() - start) / 60
            print(f"{args.run} {n_steps + 1} loss {loss.item():.3f} {minutes:.1f} min", flush=True)
            progress = {"run": args.run, "n_steps": n_steps + 1, "n_tokens": (n_steps + 1) * recipe.tokens_per_step}
            save_checkpoint(args.out / "family" / args.run / str(n_steps + 1), model, tokenizer, progress)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", choices=list(RUNS))
    parser.add_argument("--recipe", default="cpu", help="a file of recipes/, without .json")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    recipe = load_recipe(args.recipe)
    with tempfile.TemporaryDirectory() as folder:
        meeting = f"file://{folder}/meeting"
        torch.multiprocessing.spawn(work, (args, recipe, meeting), nprocs=recipe.n_workers)


if __name__ == "__main__":
    main()
