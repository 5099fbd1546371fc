"""Trains one stage of the bundled model on the CPU; interrupted runs continue where they stopped.

Run, in this order:
  python train.py pretrain --data DATA --out OUT --minutes 22
  python train.py read     --data DATA --out OUT --minutes 20
  python train.py chat     --data DATA --out OUT --minutes 40
  python train.py settle   --data DATA --out OUT --minutes 10
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

from conversations import CHAT
from documents import PRETRAIN, READ, Document, Sources
from evaluate import measure
from facts import load_facts, question, statement
from passages import load_passages
from tokenizer import MAX_LENGTH, add_chat_specials, train_tokenizer

TOKENS_PER_STEP = 4096
SAVE_EVERY_S = 120


@dataclass(frozen=True)
class Stage:
    mixture: list
    before: str | None  # the stage whose weights it starts from
    peak: float  # learning rate
    n_warmup: int
    lengths: tuple[int, ...]  # tokens per packed row, drawn per step
    chat: bool
    keeps_optimizer: bool = False  # takes over the moments of the stage before


STAGES = {
    "pretrain": Stage(PRETRAIN, None, 2.0e-3, 100, (256,), False),
    "read": Stage(READ, "pretrain", 1.5e-3, 50, (256,), False),
    "chat": Stage(CHAT, "read", 1.0e-3, 100, (256, 256, 256, MAX_LENGTH), True),
    "settle": Stage(CHAT, "chat", 4.0e-4, 10, (256, 256, 256, MAX_LENGTH), True, keeps_optimizer=True),
}


def new_model(tokenizer: Tokenizer) -> LlamaForCausalLM:
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=tokenizer.get_vocab_size(),
            hidden_size=192,
            intermediate_size=512,
            num_hidden_layers=6,
            num_attention_heads=6,
            num_key_value_heads=3,
            max_position_embeddings=MAX_LENGTH,
            tie_word_embeddings=True,
            bos_token_id=tokenizer.token_to_id("<s>"),
            eos_token_id=tokenizer.token_to_id("</s>"),
        )
    )


@torch.no_grad()
def start_chat_tokens(model: LlamaForCausalLM, tokenizer: Tokenizer) -> None:
    """Gives the role marks a start near what they stand for in the plain format."""
    if not add_chat_specials(tokenizer):
        return
    model.resize_token_embeddings(tokenizer.get_vocab_size(), mean_resizing=False)
    rows = model.get_input_embeddings().weight
    near = {
        "<|assistant|>": "Answer:",
        "<|user|>": "\nQuestion",
        "<|system|>": "\nNote",
        "<|end|>": "</s>\n",
        "[IND]": ".",
    }
    for token, text in near.items():
        start = rows[tokenizer.encode(text).ids].mean(0)
        rows[tokenizer.token_to_id(token)] = start + 0.01 * torch.randn_like(start)


def starting_point(stage: Stage, out: Path, src: Sources) -> tuple[LlamaForCausalLM, Tokenizer]:
    if stage.before is None:
        texts = src.passages.paragraphs[:6000]
        texts += [f"{statement(f)} {question(f)}" for f in src.base.facts] * 3
        tokenizer = train_tokenizer(texts)
        return new_model(tokenizer), tokenizer
    folder = out / stage.before
    model = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    if stage.chat:
        start_chat_tokens(model, tokenizer)
    return model, tokenizer


class Packer:
    """Documents drawn from a mixture, tokenized and packed into rows without padding."""

    def __init__(self, stage: Stage, src: Sources, tokenizer: Tokenizer, n_tokens: int) -> None:
        self.shares, self.makers = zip(*stage.mixture)
        self.src, self.tokenizer, self.lengths = src, tokenizer, stage.lengths
        self.n_tokens = n_tokens
        self.tokens: list[int] = []
        self.weights: list[float] = []

    def append(self, document: Document) -> None:
        for text, weight in document:
            ids = self.tokenizer.encode(text).ids
            self.tokens += ids
            self.weights += [weight] * len(ids)

    def batch(self) -> tuple[torch.Tensor, torch.Tensor]:
        while len(self.tokens) < self.n_tokens:
            self.append(self.src.rng.choices(self.makers, self.shares)[0](self.src))
        n = self.n_tokens
        tokens, weights = torch.tensor(self.tokens[:n]), torch.tensor(self.weights[:n])
        del self.tokens[:n], self.weights[:n]
        length = self.src.rng.choice(self.lengths)
        return tokens.view(-1, length), weights.view(-1, length)


def weighted_loss(model: LlamaForCausalLM, tokens: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = model(input_ids=tokens, use_cache=False).logits
    losses = torch.nn.functional.cross_entropy(
        logits[:, :-1].flatten(0, 1).float(), tokens[:, 1:].flatten(), reduction="none"
    )
    scale = weights[:, 1:].flatten()
    return (losses * scale).sum() / scale.sum()


def save(folder: Path, model: LlamaForCausalLM, tokenizer: Tokenizer, progress: dict) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "progress.json").write_text(json.dumps(progress, indent=1) + "\n")


class Team:
    """Worker processes of one thread each that average their gradients once per step.

    On a busy machine this is several times faster than the threads of one process, which
    wait for each other within every operation.
    """

    def __init__(self, rank: int, n_workers: int, meeting: str) -> None:
        self.rank, self.n_workers = rank, n_workers
        if n_workers > 1:
            torch.distributed.init_process_group("gloo", init_method=meeting, rank=rank, world_size=n_workers)

    def average(self, model: LlamaForCausalLM, minutes: float) -> float:
        """Averages the gradients in place; returns worker 0's clock, so that all stop together."""
        if self.n_workers == 1:
            return minutes
        grads = [p.grad for p in model.parameters()]
        clock = torch.tensor([0.0 if self.rank else minutes * self.n_workers])
        flat = torch.cat([g.flatten() for g in grads] + [clock])
        torch.distributed.all_reduce(flat)
        flat /= self.n_workers
        for grad, part in zip(grads, flat[:-1].split([g.numel() for g in grads])):
            grad.copy_(part.view_as(grad))
        return flat[-1].item()


def resume(name: str, out: Path, src: Sources) -> tuple[LlamaForCausalLM, Tokenizer, dict]:
    folder = out / name
    if not (folder / "progress.json").exists():
        model, tokenizer = starting_point(STAGES[name], out, src)
        return model, tokenizer, {"stage": name, "minutes": 0.0, "n_steps": 0, "n_tokens": 0}
    model = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    return model, tokenizer, json.loads((folder / "progress.json").read_text())


def learning_rate(stage: Stage, n_steps: int, done: float) -> float:
    """Linear warm-up, then a cosine over the stage's time down to a twentieth."""
    warm = min(1, (n_steps + 1) / stage.n_warmup)
    return stage.peak * warm * (0.95 * 0.5 * (1 + math.cos(math.pi * done)) + 0.05)


def report(progress: dict, loss: float, figures: dict) -> None:
    per_s = progress["n_tokens"] / progress["minutes"] / 60
    print(f"{progress['n_steps']} loss {loss:.3f} {progress['minutes']:.1f} min {per_s:.0f} tokens/s", flush=True)
    if figures:
        print({key: figure["share"] for key, figure in figures.items()}, flush=True)


def work(rank: int, args: argparse.Namespace, meeting: str) -> None:
    """One worker's part of a stage; worker 0 also saves, checks and reports."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    stage, folder = STAGES[args.stage], args.out / args.stage
    src = Sources(load_facts(args.data), load_passages(args.data), random.Random())
    model, tokenizer, progress = resume(args.stage, args.out, src)
    src.rng.seed(f"{args.stage} {rank} {progress['n_steps']}")
    optimizer = torch.optim.AdamW(model.parameters(), lr=stage.peak, betas=(0.9, 0.95), weight_decay=0.1)
    moments = folder / "optimizer.pt"
    if stage.keeps_optimizer and not moments.exists():
        moments = args.out / stage.before / "optimizer.pt"
    if moments.exists():
        optimizer.load_state_dict(torch.load(moments))
    team = Team(rank, args.workers, meeting)
    packer = Packer(stage, src, tokenizer, TOKENS_PER_STEP // args.workers)
    model.train()
    last = saved = time.time()
    while progress["minutes"] < args.minutes:
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(stage, progress["n_steps"], progress["minutes"] / args.minutes)
        loss = weighted_loss(model, *packer.batch())
        loss.backward()
        now = time.time()
        progress["minutes"] = team.average(model, progress["minutes"] + (now - last) / 60)
        last = now
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        progress["n_steps"] += 1
        progress["n_tokens"] += TOKENS_PER_STEP
        if rank:
            continue
        pause = time.time()
        if progress["n_steps"] % 50 == 0:
            check = args.check and progress["n_steps"] % 250 == 0
            report(progress, loss.item(), measure(model, tokenizer, src, stage.chat, args.check) if check else {})
        if time.time() - saved > SAVE_EVERY_S or progress["minutes"] >= args.minutes:
            save(folder, model, tokenizer, progress)
            torch.save(optimizer.state_dict(), folder / "optimizer.pt")
            saved = time.time()
        last += time.time() - pause


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage", choices=list(STAGES))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--check", type=int, default=60, help="held-out items per check while training; 0 for none")
    parser.add_argument("--workers", type=int, default=2, help="processes, one per core")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        meeting = f"file://{folder}/meeting"
        torch.multiprocessing.spawn(work, (args, meeting), nprocs=args.workers)


if __name__ == "__main__":
    main()
