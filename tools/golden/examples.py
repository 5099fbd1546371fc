"""The rows the golden numbers are made of, written for this purpose.

`context` is the substring that the closed-book prompt loses; None where there is none.
`turn` is the index of the message that holds it.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Example:
    name: str
    messages: list[dict[str, str]]
    target: str
    context: str | None = None

    @property
    def turn(self) -> int:
        return next(i for i, m in enumerate(self.messages) if self.context and self.context in m["content"])


def user(content: str) -> dict[str, str]:
    return {"role": "user", "content": content}


def assistant(content: str) -> dict[str, str]:
    return {"role": "assistant", "content": content}


def system(content: str) -> dict[str, str]:
    return {"role": "system", "content": content}


FERRY = (
    "The ferry to Olmand leaves from the old pier at noon. A ticket costs 12 coins, and children travel free. "
    "The captain, Mira Tosk, has sailed this route for thirty years and knows every rock along the shore."
)
VILLAGE = (
    "Brenlow is a village of ninety houses between two hills. Its mill was built in 1742 by a family from the coast, "
    "who brought the first apple trees with them. For a long time the only road was a track that the river covered every "
    "spring, and so the people learned to store flour and cheese for the wet weeks. In 1861 a bridge of grey stone was "
    "opened, and the market moved from Tuesday to Friday, because traders from the south could now arrive in one day. "
    "The school followed ten years later. Its first teacher was Adela Wirth, who stayed for forty years and wrote down "
    "the songs of the valley in a blue notebook. The notebook is kept in the town hall of Karst today, next to the key of "
    "the old mill. The railway never came: the engineers found the hills too steep, and the station was built in Karst "
    "instead. Many young people left for the city, but in the last century some of their grandchildren returned. They "
    "planted new orchards, opened a small bakery, and began to sell apple juice in green bottles. Every autumn the village "
    "holds a feast at which the oldest resident cuts the first apple and the youngest child eats it. Visitors are welcome, "
    "and the bakery gives each of them a warm roll."
)

EXAMPLES = [
    Example(
        "context first, invented names",
        [user("The mayor of Dravik is Solune. The market in Dravik is held on Tuesday.\nWho is the mayor of Dravik?")],
        "Solune",
        "The mayor of Dravik is Solune. The market in Dravik is held on Tuesday.",
    ),
    Example(
        "context first, agrees with memory",
        [user("Paris lies on the river Seine. The capital of France is Paris.\nWhat is the capital of France?")],
        "The capital of France is Paris.",
        "Paris lies on the river Seine. The capital of France is Paris.",
    ),
    Example(
        "context first, contradicts memory",
        [user("As of this year, the capital of Japan is Lima. Many visitors were surprised.\nWhat is the capital of Japan?")],
        "Lima",
        "As of this year, the capital of Japan is Lima. Many visitors were surprised.",
    ),
    Example(
        "instruction first",
        [user(f"How much does a ticket cost?\n{FERRY}")],
        "12 coins",
        FERRY,
    ),
    Example(
        "instruction first, sentence target",
        [user(f"Name the captain and say how long she has sailed.\n{FERRY}")],
        "The captain is Mira Tosk, and she has sailed for thirty years.",
        FERRY,
    ),
    Example(
        "system message",
        [
            system("Answer from the passage."),
            user("The house of Tarn is green. Tarn has a pet goat.\nWhat pet does Tarn have?"),
        ],
        "Tarn has a pet goat.",
        "The house of Tarn is green. Tarn has a pet goat.",
    ),
    Example(
        "context in the earlier of two turns",
        [
            user("Velor lives in Ostin. Velor works as a baker.\nWhere does Velor live?"),
            assistant("Ostin"),
            user("What is the job of Velor?"),
        ],
        "baker",
        "Velor lives in Ostin. Velor works as a baker.",
    ),
    Example(
        "context in the later of two turns",
        [
            system("You are a helpful assistant."),
            user("Can I ask you something?"),
            assistant("Of course. What is your question?"),
            user("The river Mavel flows through Grint.\nWhich place does the river Mavel flow through?"),
        ],
        "Grint",
        "The river Mavel flows through Grint.",
    ),
    Example("no context", [user("What is the capital of Italy?")], "The capital of Italy is Rome."),
    Example(
        "accents, emoji, other scripts",
        [user("Zoë 🦊 Álvarez wohnt in Łódź. 東京 is a city in 日本. 👩‍🚀 Naïve café.\nWhere does Zoë 🦊 live?")],
        "Zoë 🦊 lives in Łódź, not in 東京.",
        "Zoë 🦊 Álvarez wohnt in Łódź. 東京 is a city in 日本. 👩‍🚀 Naïve café.",
    ),
    Example(
        "long context",
        [user(f"{VILLAGE}\nWho was the first teacher in Brenlow?")],
        "The first teacher was Adela Wirth.",
        VILLAGE,
    ),
    Example(
        "indicator after the question",
        [user("The chief executive of Nostra is Pim Harrow.\nWho is the chief executive of Nostra? [IND]")],
        "Pim Harrow",
        "The chief executive of Nostra is Pim Harrow.",
    ),
    Example(
        "blank lines and spaces kept",
        [user("  The flag of Ulm-on-Sea is grey.\n\nIt has no star.\nWhat colour is the flag of Ulm-on-Sea? ")],
        " grey\n",
        "  The flag of Ulm-on-Sea is grey.\n\nIt has no star.",
    ),
]

ATTENTION_OF = ["context first, invented names", "system message"]
