"""Encyclopaedic paragraphs and questions about them (SQuAD 1.1 training set)."""

import json
from dataclasses import dataclass
from pathlib import Path

N_HELD_OUT = 200
MAX_QUESTION_PASSAGE = 600  # characters: the model's window is 512 tokens


@dataclass(frozen=True)
class PassageQuestion:
    passage: str
    question: str
    answer: str


@dataclass(frozen=True)
class Passages:
    paragraphs: list[str]
    words: list[str]  # every word of the paragraphs once, without regard to how often it is used
    questions: list[PassageQuestion]
    held_out: list[PassageQuestion]


def load_passages(data: Path) -> Passages:
    """Paragraphs, two questions for each short one, and held-out questions.

    The paragraphs of the last articles give the held-out questions and are not read.
    """
    articles = json.loads((data / "squad-train/train-1.1-rebuilt.json").read_text())["data"]
    paragraphs, questions = [], []
    for article in articles:
        for paragraph in article["paragraphs"]:
            passage = paragraph["context"]
            paragraphs.append(passage)
            if len(passage) < MAX_QUESTION_PASSAGE:
                questions += [
                    PassageQuestion(passage, item["question"], item["answers"][0]["text"])
                    for item in paragraph["qas"][:2]
                ]
    held_out = questions[-N_HELD_OUT:]
    first_held = paragraphs.index(held_out[0].passage)
    held_passages = {item.passage for item in held_out}
    return Passages(
        paragraphs=paragraphs[:first_held],
        words=sorted({word for text in paragraphs[:first_held] for word in text.split() if word.isalpha()}),
        questions=[item for item in questions if item.passage not in held_passages],
        held_out=held_out,
    )
