"""Plain training documents: prose, statements, and "Question: ... Answer: ..." texts.

A document is a list of pieces (text, weight); the weight scales the loss of the piece's tokens.
"""

import random
from dataclasses import dataclass

from facts import Fact, FactBase, question, statement
from invented import invent_many, word_list
from passages import Passages

Document = list[tuple[str, float]]
BOS, EOS = "<s>", "</s>"
ANSWER_WEIGHT = 2.0

OPENINGS = ["", "Note: ", "It is known that ", "As everyone knows, ", "Fact: ", "According to the atlas, ", "In general, "]
CLAIMS = ["", "In the new edition, ", "According to this document, ", "As of this year, "]
FILLERS = [
    "After a long debate the records were changed last year.",
    "The report was published in the spring.",
    "Many visitors were surprised by the news.",
    "Officials confirmed the statement on Monday.",
    "The change was announced in the newspapers.",
    "It had been discussed for several years.",
    "The decision was widely reported.",
    "Experts described the history in detail.",
]


@dataclass(frozen=True)
class Sources:
    base: FactBase
    passages: Passages
    rng: random.Random


def context_of(src: Sources, fact: Fact, obj: str) -> str:
    """A short passage that says `obj` of the fact's subject, among other sentences."""
    rng = src.rng
    others = rng.sample(src.base.facts, rng.choice([0, 1, 2]))
    parts = [statement(other) for other in others if other.subject != fact.subject]
    parts += rng.sample(FILLERS, rng.choice([0, 1, 2]))
    parts.append(rng.choice(CLAIMS) + statement(fact, obj))
    rng.shuffle(parts)
    return " ".join(parts)


def invented_context(src: Sources, items: list) -> str:
    parts = [item.statement for item in items] + src.rng.sample(FILLERS, src.rng.choice([0, 0, 1]))
    src.rng.shuffle(parts)
    return " ".join(parts)


def plain(text: str) -> Document:
    return [(BOS + text + EOS, 1.0)]


def asking(context: str, pairs: list[tuple[str, str]]) -> Document:
    """Questions and answers, after a context where there is one; the answers carry more weight."""
    pieces: Document = [(BOS + (f"{context}\n" if context else ""), 1.0)]
    for i, (asked, answer) in enumerate(pairs):
        pieces += [(f"{chr(10) if i else ''}Question: {asked}\nAnswer:", 1.0), (f" {answer}", ANSWER_WEIGHT)]
    return [*pieces, (EOS, 1.0)]


def prose(src: Sources) -> Document:
    return plain(src.rng.choice(src.passages.paragraphs))


def statements(src: Sources) -> Document:
    picked = src.rng.sample(src.base.facts, src.rng.randint(3, 8))
    return plain(" ".join(src.rng.choice(OPENINGS) + statement(fact) for fact in picked))


def closed_question(src: Sources) -> Document:
    fact = src.rng.choice(src.base.facts)
    return asking("", [(question(fact), fact.object)])


def passage_question(src: Sources) -> Document:
    item = src.rng.choice(src.passages.questions)
    return asking(item.passage, [(item.question, item.answer)])


def fact_over_context(src: Sources, p_counterfactual: float = 0.6) -> Document:
    """A passage about a taught fact and its question; the answer is always the passage's."""
    fact = src.rng.choice(src.base.readable)
    counter = src.rng.random() < p_counterfactual
    obj = src.base.substitute(fact, src.rng) if counter else fact.object
    return asking(context_of(src, fact, obj), [(question(fact), obj)])


def invented_questions(src: Sources) -> Document:
    items = invent_many(src.base, src.rng)
    n_asked = len(items) if src.rng.random() < 0.3 else 1
    asked = src.rng.sample(items, n_asked)
    return asking(invented_context(src, items), [(i.question, i.object) for i in asked])


def repetition(src: Sources) -> Document:
    """Words that nothing but copying foretells: made-up names, or words drawn from the passages one by one."""
    rng = src.rng
    if rng.random() < 0.3:
        words = word_list(rng, 3, 14)
    else:
        words = " ".join(rng.choice(src.passages.words) for _ in range(rng.randint(4, 40)))
    return plain(" ".join([words] * rng.choice([2, 2, 3])))


def agreeing_context(src: Sources) -> Document:
    return fact_over_context(src, 0.0)
