"""Trains one stage of the bundled model; an interrupted run continues where it stopped.

Run, in this order:
  python train.py pretrain --recipe cpu --data DATA --out OUT
  python train.py read     --recipe cpu --data DATA --out OUT
  python train.py chat     --recipe cpu --data DATA --out OUT
  python train.py settle   --recipe cpu --data DATA --out OUT

`--limit-minutes 9` ends a run early with everything saved; call it again to go on.
"""

import argparse
import json
import math
import random
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import LlamaConfig, LlamaForCausalLM

from conversations import CHAT, PRETRAIN, READ, SETTLE
from documents import Sources
from evaluate import measure
from facts import load_facts, question, statement
from indicate import with_indicated
from packing import Packer, weighted_loss
from passages import load_passages
from recipe import Recipe, Schedule, load_recipe
from team import Team
from tokenizer import MAX_LENGTH, train_tokenizer

SAVE_EVERY_S = 120
SHORT = 256


@dataclass(frozen=True)
class Stage:
    mixture: list
    before: str | None  # the stage whose weights it starts from
    lengths: tuple[int, ...]  # tokens per packed row, drawn per step
    keeps_optimizer: bool = False  # takes over the moments of the stage before


STAGES = {
    "pretrain": Stage(PRETRAIN, None, (SHORT,)),
    "read": Stage(READ, "pretrain", (MAX_LENGTH,)),
    "chat": Stage(CHAT, "read", (SHORT, SHORT, SHORT, MAX_LENGTH)),
    "settle": Stage(SETTLE, "chat", (SHORT, SHORT, SHORT, MAX_LENGTH), keeps_optimizer=True),
}


def new_model(tokenizer: Tokenizer, sizes: dict) -> LlamaForCausalLM:
    return LlamaForCausalLM(
        LlamaConfig(
            **sizes,
            vocab_size=tokenizer.get_vocab_size(),
            max_position_embeddings=MAX_LENGTH,
            tie_word_embeddings=True,
            bos_token_id=tokenizer.token_to_id("<s>"),
            eos_token_id=tokenizer.token_to_id("</s>"),
        )
    )


def load_checkpoint(folder: Path) -> tuple[LlamaForCausalLM, Tokenizer]:
    model = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32)
    return model, Tokenizer.from_file(str(folder / "tokenizer.json"))


def save_checkpoint(folder: Path, model: LlamaForCausalLM, tokenizer: Tokenizer, progress: dict) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "progress.json").write_text(json.dumps(progress, indent=1) + "\n")


def starting_point(stage: Stage, recipe: Recipe, out: Path, src: Sources) -> tuple[LlamaForCausalLM, Tokenizer]:
    if stage.before:
        return load_checkpoint(out / stage.before)
    texts = src.passages.paragraphs[:6000]
    texts += [f"{statement(f)} {question(f)}" for f in src.base.facts] * 3
    tokenizer = train_tokenizer(texts)
    return new_model(tokenizer, recipe.model), tokenizer


def resume(name: str, recipe: Recipe, out: Path, src: Sources) -> tuple[LlamaForCausalLM, Tokenizer, dict]:
    folder = out / name
    if (folder / "progress.json").exists():
        return *load_checkpoint(folder), json.loads((folder / "progress.json").read_text())
    progress = {"stage": name, "recipe": recipe.name, "minutes": 0.0, "n_steps": 0, "n_tokens": 0}
    return *starting_point(STAGES[name], recipe, out, src), progress


def learning_rate(schedule: Schedule, n_steps: int, n_tokens: int) -> float:
    """Linear warm-up, then a cosine over the stage's tokens down to a twentieth."""
    warm = min(1, (n_steps + 1) / schedule.n_warm_up)
    done = min(1, n_tokens / schedule.tokens)
    return schedule.peak * warm * (0.95 * 0.5 * (1 + math.cos(math.pi * done)) + 0.05)


def report(progress: dict, loss: float, figures: dict) -> None:
    per_s = progress["n_tokens"] / progress["minutes"] / 60
    print(f"{progress['n_steps']} loss {loss:.3f} {progress['minutes']:.1f} min {per_s:.0f} tokens/s", flush=True)
    if figures:
        print({key: figure["share"] for key, figure in figures.items()}, flush=True)


def work(rank: int, args: argparse.Namespace, recipe: Recipe, meeting: str) -> None:
    """One worker's part of a stage; worker 0 also saves, checks and reports."""
    if recipe.device == "cpu":
        torch.set_num_threads(1)
    torch.manual_seed(0)
    stage, schedule, folder = STAGES[args.stage], recipe.stages[args.stage], args.out / args.stage
    src = Sources(load_facts(args.data), load_passages(args.data), random.Random())
    model, tokenizer, progress = resume(args.stage, recipe, args.out, src)
    model.to(recipe.device)
    src.rng.seed(f"{args.stage} {rank} {progress['n_steps']}")
    optimizer = torch.optim.AdamW(model.parameters(), lr=schedule.peak, betas=(0.9, 0.95), weight_decay=0.1, fused=True)
    moments = folder / "optimizer.pt"
    if stage.keeps_optimizer and not moments.exists():
        moments = args.out / stage.before / "optimizer.pt"
    if moments.exists():
        optimizer.load_state_dict(torch.load(moments, map_location=recipe.device))
    team = Team(rank, recipe.n_workers, meeting)
    shares, makers = zip(*(with_indicated(stage.mixture, args.out) if args.stage == "settle" else stage.mixture))
    draw = lambda: src.rng.choices(makers, shares)[0](src)  # noqa: E731
    packer = Packer(draw, tokenizer, recipe.tokens_per_step // recipe.n_workers)
    parameters = list(model.parameters())
    model.train()
    ends = progress["minutes"] + args.limit_minutes
    last = saved = time.time()
    while progress["n_tokens"] < schedule.tokens and progress["minutes"] < ends:
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(schedule, progress["n_steps"], progress["n_tokens"])
        loss = weighted_loss(model, *packer.batch(src.rng.choice(stage.lengths)))
        loss.backward()
        now = time.time()
        progress["minutes"] = team.average(parameters, progress["minutes"] + (now - last) / 60)
        last = now
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        progress["n_steps"] += 1
        progress["n_tokens"] += recipe.tokens_per_step
        if rank:
            continue
        pause = time.time()
        if progress["n_steps"] % 50 == 0:
            check = args.check and progress["n_steps"] % args.check_every == 0
            chat = stage.before is not None
            report(progress, loss.item(), measure(model, tokenizer, src, chat, args.check) if check else {})
        if time.time() - saved > SAVE_EVERY_S or progress["n_tokens"] >= schedule.tokens or progress["minutes"] >= ends:
            save_checkpoint(folder, model, tokenizer, progress)
            torch.save(optimizer.state_dict(), folder / "optimizer.pt")
            saved = time.time()
        last += time.time() - pause


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage", choices=list(STAGES))
    parser.add_argument("--recipe", default="cpu", help="a file of recipes/, without .json")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--limit-minutes", type=float, default=math.inf)
    parser.add_argument("--check", type=int, default=60, help="development items per check while training; 0 for none")
    parser.add_argument("--check-every", type=int, default=250, help="steps, a multiple of 50")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    recipe = load_recipe(args.recipe)
    with tempfile.TemporaryDirectory() as folder:
        meeting = f"file://{folder}/meeting"
        torch.multiprocessing.spawn(work, (args, recipe, meeting), nprocs=recipe.n_workers)


if __name__ == "__main__":
    main()
