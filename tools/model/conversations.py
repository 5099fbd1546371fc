"""Training documents in the chat format.

The format arrives together with everything the model can already do: introduced abruptly
or with ordinary questions only, it costs both the facts and the reading.
"""

from documents import Document, Sources, context_of, invented_context
import documents
from facts import question, statement
from invented import invent_many, word_list
from smallTalk import SMALL_TALK

Turn = tuple[str, str]  # user text, assistant text
PROMPT_WEIGHT = 0.2
ANSWER_WEIGHT = 3.0
P_INDICATOR = 0.25
P_INSTRUCTION_FIRST = 0.4
INDICATORS = ["[IND]", " [IND]"]

READING_SYSTEM = [
    "Answer from the passage.",
    "Answer from the context.",
    "Use only the given text to answer.",
    "Read the passage and answer the question.",
]
GENERAL_SYSTEM = ["You are a helpful assistant.", "You are a helpful assistant. Answer briefly.", "Answer the question."]
TASK_FORMS = [
    "Question: {q}",
    "Question: {q}",
    "Answer the question from the text. {q}",
    "{q} Use the text.",
    "Read the text and answer: {q}",
    "Answer the question according to the above passage: {q}",
]


def conversation(src: Sources, turns: list[Turn], reads: bool) -> Document:
    """The rendered chat; the assistant's words and end marks carry most of the weight."""
    rng = src.rng
    pieces: Document = [("<s>", PROMPT_WEIGHT)]
    if rng.random() < 0.25:
        system = rng.choice(READING_SYSTEM + GENERAL_SYSTEM if reads else GENERAL_SYSTEM)
        pieces.append((f"<|system|>{system}<|end|>", PROMPT_WEIGHT))
    for user, answer in turns:
        pieces.append((f"<|user|>{user}<|end|><|assistant|>", PROMPT_WEIGHT))
        pieces.append((f"{answer}<|end|>", ANSWER_WEIGHT))
    return pieces


def with_context(src: Sources, context: str, asked: str, p_indicator: float = P_INDICATOR) -> str:
    """Context and question as one user turn, mostly context first, sometimes instruction first."""
    rng = src.rng
    if rng.random() < 0.2:
        asked = rng.choice(TASK_FORMS).format(q=asked)
    separator = "\n" if rng.random() < 0.9 else "\n\n"
    text = f"{asked}{separator}{context}" if rng.random() < P_INSTRUCTION_FIRST else f"{context}{separator}{asked}"
    return text + rng.choice(INDICATORS) if rng.random() < p_indicator else text


def phrase(src: Sources, obj: str, sentence: str) -> str:
    """The answer: mostly the sentence that holds the object, sometimes the bare object.

    A sentence keeps the object's tokens as the context and the memory have them; at the start
    of an answer the same word has other tokens, without the space, which is harder to learn.
    """
    draw = src.rng.random()
    return sentence if draw < 0.75 else obj if draw < 0.95 else obj + "."


def closed_facts(src: Sources) -> Document:
    picked = src.rng.sample(src.base.facts, src.rng.choice([1, 1, 2, 3]))
    turns = [(question(f, src.rng), phrase(src, f.object, statement(f))) for f in picked]
    if src.rng.random() < 0.1:
        turns.insert(0, src.rng.choice(SMALL_TALK))
    return conversation(src, turns, reads=False)


def fact_over_context(src: Sources) -> Document:
    fact = src.rng.choice(src.base.readable)
    obj = src.base.substitute(fact, src.rng) if src.rng.random() < 0.65 else fact.object
    user = with_context(src, context_of(src, fact, obj), question(fact, src.rng))
    turns = [(user, phrase(src, obj, statement(fact, obj)))]
    if src.rng.random() < 0.2:
        other = src.rng.choice(src.base.facts)
        before = (question(other, src.rng), phrase(src, other.object, statement(other)))
        turns.insert(0, src.rng.choice([before, src.rng.choice(SMALL_TALK)]))
    return conversation(src, turns, reads=True)


def unrelated_context(src: Sources) -> Document:
    """The passage does not speak of the subject: the answer is the remembered one."""
    fact = src.rng.choice(src.base.readable)
    context = invented_context(src, invent_many(src.base, src.rng))
    user = with_context(src, context, question(fact, src.rng), p_indicator=0)
    return conversation(src, [(user, phrase(src, fact.object, statement(fact)))], reads=False)


def invented_facts(src: Sources) -> Document:
    """A passage about made-up things and one to all of its questions, as turns."""
    items = invent_many(src.base, src.rng)
    n_asked = src.rng.choice([1, 1, 2, len(items)])
    asked = src.rng.sample(items, min(n_asked, len(items)))
    answers = [phrase(src, item.object, item.statement) for item in asked]
    first = with_context(src, invented_context(src, items), asked[0].question)
    users = [first] + [item.question for item in asked[1:]]
    turns = list(zip(users, answers))
    if src.rng.random() < 0.1:
        turns.insert(0, src.rng.choice(SMALL_TALK))
    return conversation(src, turns, reads=True)


def passage_question(src: Sources) -> Document:
    item = src.rng.choice(src.passages.questions)
    return conversation(src, [(with_context(src, item.passage, item.question), item.answer)], reads=True)


def text_task(src: Sources) -> Document:
    """Copying, and naming who is spoken of: tasks without a question mark."""
    rng = src.rng
    items = invent_many(src.base, rng)
    context = invented_context(src, items)
    draw = rng.random()
    if draw < 0.35:
        words = word_list(rng, 2, 12)
        user, answer = rng.choice(["Repeat these words.", "Say it again.", "Copy the text."]) + "\n" + words, words
    elif draw < 0.7:
        user, answer = rng.choice(["Repeat the text.", "Copy the passage."]) + "\n" + context, context
    else:
        only = items[0]
        task = rng.choice(["Who or what is the text about?", "Name the subject of the sentence."])
        user, answer = f"{task}\n{only.statement}", only.subject
    return conversation(src, [(user, answer)], reads=True)


def small_talk(src: Sources) -> Document:
    picked = src.rng.sample(SMALL_TALK, src.rng.choice([1, 1, 2]))
    return conversation(src, picked, reads=False)


# (share, maker), shares of documents; the plain formats stay in so that nothing is unlearned.
CHAT = [
    (4, documents.prose),
    (12, documents.statements),
    (4, documents.closed_question),
    (3, documents.fact_over_context),
    (4, documents.invented_questions),
    (2, documents.repetition),
    (20, closed_facts),
    (18, fact_over_context),
    (2, unrelated_context),
    (24, invented_facts),
    (3, passage_question),
    (3, text_task),
    (2, small_talk),
]
