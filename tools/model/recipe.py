"""A recipe: the size of the model, the machine it is trained on, and the length of every stage."""

import json
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "recipes"


@dataclass(frozen=True)
class Schedule:
    tokens: int
    peak: float  # learning rate
    n_warm_up: int  # steps


@dataclass(frozen=True)
class Recipe:
    name: str
    device: str
    n_workers: int  # processes; on a CPU one per core
    tokens_per_step: int
    model: dict  # the sizes among the arguments of LlamaConfig
    stages: dict[str, Schedule]


def load_recipe(name: str) -> Recipe:
    raw = json.loads((FOLDER / f"{name}.json").read_text())
    stages = {
        stage: Schedule(entry["tokens"], entry["peak"], entry["warmUpSteps"]) for stage, entry in raw["stages"].items()
    }
    return Recipe(name, raw["device"], raw["workers"], raw["tokensPerStep"], raw["model"], stages)
