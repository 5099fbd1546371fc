"""Made-up names and facts: what teaches a small model to read instead of to recall.

No answer about an invented name can come from the weights, so the context is the only
way to a low loss. Within minutes this does what ordinary passages do not do.
"""

import random
from dataclasses import dataclass

import facts as known
from facts import FactBase, Fact

CONSONANTS = "b d f g h j k l m n p r s t v z br dr gr kl st tr sh".split()
VOWELS = "a e i o u".split()
ENDINGS = ["", "", "", "n", "r", "l", "s", "th", "nd"]
COLOURS = "red blue green yellow white black orange purple brown grey pink silver".split()
ANIMALS = "dog cat horse parrot rabbit goat owl snake turtle pony donkey fox".split()
JOBS = "baker teacher doctor painter sailor farmer judge pilot singer carpenter writer nurse".split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
FOODS = "soup bread rice fish cheese cake apples honey noodles pie beans eggs".split()


def name(rng: random.Random) -> str:
    n_syllables = rng.choice([2, 2, 3])
    text = "".join(rng.choice(CONSONANTS) + rng.choice(VOWELS) for _ in range(n_syllables))
    return (text + rng.choice(ENDINGS)).capitalize()


def number(rng: random.Random) -> str:
    return str(rng.choice([rng.randint(2, 99), rng.randint(100, 2050), rng.randint(1500, 2030)]))


@dataclass(frozen=True)
class Invented:
    """One made-up fact, already worded."""

    subject: str
    object: str
    statement: str
    question: str


# Wordings that only ever speak of invented things: statement, question, kind of object.
CONTEXT_ONLY = [
    ("{s} was born in {o}.", "Where was {s} born?", name),
    ("The mayor of {s} is {o}.", "Who is the mayor of {s}?", name),
    ("{s} is married to {o}.", "Who is {s} married to?", name),
    ("The book {s} was written by {o}.", "Who wrote {s}?", name),
    ("The river {s} flows through {o}.", "Which place does the river {s} flow through?", name),
    ("The best friend of {s} is {o}.", "Who is the best friend of {s}?", name),
    ("{s} lives in {o}.", "Where does {s} live?", name),
    ("{s} was founded in {o}.", "When was {s} founded?", number),
    ("The village of {s} has {o} houses.", "How many houses are there in {s}?", number),
    ("A ticket to {s} costs {o} coins.", "How much does a ticket to {s} cost?", number),
    ("The house of {s} is {o}.", "What colour is the house of {s}?", COLOURS),
    ("The flag of {s} is {o}.", "What colour is the flag of {s}?", COLOURS),
    ("{s} has a pet {o}.", "What pet does {s} have?", ANIMALS),
    ("{s} works as a {o}.", "What is the job of {s}?", JOBS),
    ("The market in {s} is held on {o}.", "On which day is the market in {s} held?", DAYS),
    ("The favourite food of {s} is {o}.", "What is the favourite food of {s}?", FOODS),
]


def invent(base: FactBase, rng: random.Random) -> Invented:
    """A made-up subject in a known relation or in one that only contexts speak of."""
    subject = name(rng) if rng.random() < 0.7 else f"{name(rng)} {name(rng)}"
    if rng.random() < 0.5:
        statement, question, kind = rng.choice(CONTEXT_ONLY)
        obj = rng.choice(kind) if isinstance(kind, list) else kind(rng)
        return Invented(subject, obj, statement.format(s=subject, o=obj), question.format(s=subject))
    relation = rng.choice(list(known.RELATIONS))
    obj = name(rng) if rng.random() < 0.5 else rng.choice(base.objects[relation])
    fact = Fact(relation, subject, obj)
    return Invented(subject, obj, known.statement(fact), known.question(fact, rng))


def invent_many(base: FactBase, rng: random.Random) -> list[Invented]:
    return [invent(base, rng) for _ in range(rng.choice([1, 2, 3, 4, 5]))]


def word_list(rng: random.Random, least: int, most: int) -> str:
    return " ".join(name(rng) for _ in range(rng.randint(least, most)))
