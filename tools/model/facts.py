"""The facts the model is taught: relations with their wordings, the lists, and the split.

A fact is (relation, subject, object). The first 400 of the shuffled relation facts are
held out: the model reads them as statements and as closed-book questions, but is never
trained on a question about one of them over a context. They measure reading honestly: the
first half while recipes are chosen (`development`), the second in the model card (`test`).
"""

import json
import random
import re
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

N_DEVELOPMENT, N_TEST = 200, 200
N_PER_RELATION = 150
CAPITAL = "country_capital_city"


class Fact(NamedTuple):
    relation: str
    subject: str
    object: str


@dataclass(frozen=True)
class Wording:
    """How one relation is said; the first statement and question are the canonical ones."""

    statements: tuple[str, ...]
    questions: tuple[str, ...]


RELATIONS = {
    CAPITAL: Wording(
        ("The capital of {s} is {o}.",),
        ("What is the capital of {s}?", "Name the capital of {s}.", "Which city is the capital of {s}?"),
    ),
    "country_currency": Wording(
        ("The currency of {s} is the {o}.",),
        ("What is the currency of {s}?", "Which currency is used in {s}?"),
    ),
    "country_language": Wording(
        ("The main language of {s} is {o}.",),
        ("What language is spoken in {s}?", "What is the main language of {s}?"),
    ),
    "company_hq": Wording(
        ("The headquarters of {s} is in {o}.",),
        ("Where is {s} headquartered?", "Where is the headquarters of {s}?"),
    ),
    "company_ceo": Wording(
        ("The chief executive of {s} is {o}.",),
        ("Who is the chief executive of {s}?", "Who leads {s}?"),
    ),
    "person_native_language": Wording(
        ("The native language of {s} is {o}.",),
        ("What is the native language of {s}?", "Which language is the mother tongue of {s}?"),
    ),
    "person_plays_instrument": Wording(
        ("{s} plays the {o}.",),
        ("What instrument does {s} play?", "Which instrument is played by {s}?"),
    ),
    "product_by_company": Wording(
        ("{s} is made by {o}.",),
        ("Which company makes {s}?", "Who makes {s}?"),
    ),
    "star_constellation": Wording(
        ("{s} is in the constellation {o}.",),
        ("Which constellation is {s} in?", "In which constellation is {s}?"),
    ),
    "landmark_in_country": Wording(
        ("{s} is located in {o}.",),
        ("In which country is {s}?", "Where is {s} located?"),
    ),
    "superhero_person": Wording(
        ("The secret identity of {s} is {o}.",),
        ("What is the secret identity of {s}?", "Who is {s} in secret?"),
    ),
    "person_university": Wording(
        ("{s} studied at {o}.",),
        ("Which university did {s} attend?", "Where did {s} study?"),
    ),
}


def statement(fact: Fact, obj: str | None = None) -> str:
    """The fact as a sentence, with another object where one is given."""
    return RELATIONS[fact.relation].statements[0].format(s=fact.subject, o=obj or fact.object)


def question(fact: Fact, rng: random.Random | None = None) -> str:
    """The canonical question, or any of the wordings where a generator is given."""
    wordings = RELATIONS[fact.relation].questions
    return (rng.choice(wordings) if rng else wordings[0]).format(s=fact.subject)


@dataclass(frozen=True)
class FactBase:
    facts: list[Fact]
    development: list[Fact]
    test: list[Fact]
    readable: list[Fact]  # may be asked over a context in training
    objects: dict[str, list[str]]

    def substitute(self, fact: Fact, rng: random.Random) -> str:
        """Another object of the same relation: what a counterfactual context says."""
        return rng.choice([o for o in self.objects[fact.relation] if o != fact.object])


def relation_facts(data: Path) -> list[Fact]:
    """The first 150 pairs of each relation of the LRE data, one per subject."""
    facts = []
    for relation in RELATIONS:
        samples = json.loads((data / f"lre/data/factual/{relation}.json").read_text())["samples"]
        seen = set()
        for sample in samples[:N_PER_RELATION]:
            if sample["subject"] not in seen:
                seen.add(sample["subject"])
                facts.append(Fact(relation, unescaped(sample["subject"]), unescaped(sample["object"])))
    return facts


def unescaped(text: str) -> str:
    """Some entries of the data hold written-out escapes such as \\u00e1."""
    return re.sub(r"\\u([0-9a-f]{4})", lambda match: chr(int(match[1], 16)), text)


def factbook_capitals(data: Path) -> list[Fact]:
    """Capitals of the World Factbook; entries whose capital needs a remark are left out."""
    capitals = []
    for path in sorted((data / "factbook").glob("*/*.json")):
        government = json.loads(path.read_text()).get("Government", {})
        name = government.get("Country name", {}).get("conventional short form", {}).get("text", "")
        capital = government.get("Capital", {}).get("name", {}).get("text", "")
        if plain_name(name) and plain_name(capital):
            capitals.append(Fact(CAPITAL, name, capital))
    return capitals


def plain_name(text: str) -> bool:
    return bool(re.fullmatch(r"[\w.'’ -]{3,30}", text)) and text.lower() != "none"


def load_facts(data: Path) -> FactBase:
    """The fact base; the split depends on nothing but the LRE files."""
    facts = relation_facts(data)
    random.Random(0).shuffle(facts)
    n_held_out = N_DEVELOPMENT + N_TEST
    known = {f.subject for f in facts if f.relation == CAPITAL}
    extra = [f for f in factbook_capitals(data) if f.subject not in known]
    objects: dict[str, set[str]] = {}
    for fact in facts + extra:
        objects.setdefault(fact.relation, set()).add(fact.object)
    return FactBase(
        facts=facts + extra,
        development=facts[:N_DEVELOPMENT],
        test=facts[N_DEVELOPMENT:n_held_out],
        readable=facts[n_held_out:] + extra,
        objects={relation: sorted(names) for relation, names in objects.items()},
    )
