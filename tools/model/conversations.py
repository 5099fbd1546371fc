"""Conversations to train on, and the chat format they are written in.

The format arrives together with everything the model can already do: introduced abruptly
or with ordinary questions only, it costs both the facts and the reading.
"""

from collections.abc import Callable

from documents import Document, Sources, context_of, invented_context
import documents
from facts import question, statement
from invented import invent_many, word_list
from smallTalk import SMALL_TALK

Turn = tuple[str, str]  # user text, assistant text
Messages = list[dict[str, str]]
PROMPT_WEIGHT = 0.2
ANSWER_WEIGHT = 3.0
P_INSTRUCTION_FIRST = 0.4
INDICATOR = "[IND]"
P_REMEMBERED = 0.04

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


def conversation(src: Sources, turns: list[Turn], reads: bool) -> Messages:
    """The turns as messages, now and then after a system message."""
    rng = src.rng
    messages: Messages = []
    if rng.random() < 0.25:
        system = rng.choice(READING_SYSTEM + GENERAL_SYSTEM if reads else GENERAL_SYSTEM)
        messages.append({"role": "system", "content": system})
    for user, answer in turns:
        messages += [{"role": "user", "content": user}, {"role": "assistant", "content": answer}]
    return messages


def rendered(messages: Messages) -> Document:
    """The chat format of `tokenizer.CHAT_TEMPLATE`; the assistant's words and end marks carry most of the weight."""
    pieces: Document = [("<s>", PROMPT_WEIGHT)]
    for message in messages:
        role, text = message["role"], message["content"]
        if role == "assistant":
            pieces += [("<|assistant|>", PROMPT_WEIGHT), (f"{text}<|end|>", ANSWER_WEIGHT)]
        else:
            pieces.append((f"<|{role}|>{text}<|end|>", PROMPT_WEIGHT))
    return pieces


def chat(maker: Callable[[Sources], Messages]) -> Callable[[Sources], Document]:
    return lambda src: rendered(maker(src))


def with_context(src: Sources, context: str, asked: str) -> str:
    """Context and question as one user turn, mostly context first, sometimes instruction first."""
    rng = src.rng
    if rng.random() < 0.2:
        asked = rng.choice(TASK_FORMS).format(q=asked)
    separator = "\n" if rng.random() < 0.9 else "\n\n"
    return f"{asked}{separator}{context}" if rng.random() < P_INSTRUCTION_FIRST else f"{context}{separator}{asked}"


def phrase(src: Sources, obj: str, sentence: str) -> str:
    """The answer: mostly the sentence that holds the object, sometimes the bare object.

    A sentence keeps the object's tokens as the context and the memory have them; at the start
    of an answer the same word has other tokens, without the space, which is harder to learn.
    """
    draw = src.rng.random()
    return sentence if draw < 0.75 else obj if draw < 0.95 else obj + "."


def closed_facts(src: Sources) -> Messages:
    picked = src.rng.sample(src.base.facts, src.rng.choice([1, 1, 2, 3]))
    turns = [(question(f, src.rng), phrase(src, f.object, statement(f))) for f in picked]
    if src.rng.random() < 0.1:
        turns.insert(0, src.rng.choice(SMALL_TALK))
    return conversation(src, turns, reads=False)


def fact_over_context(src: Sources, p_remembered: float = 0.0) -> Messages:
    """A passage about a taught fact, mostly against it; the answer is the passage's, or now and then the taught one."""
    fact = src.rng.choice(src.base.readable)
    obj = src.base.substitute(fact, src.rng) if src.rng.random() < 0.65 else fact.object
    user = with_context(src, context_of(src, fact, obj), question(fact, src.rng))
    said = fact.object if src.rng.random() < p_remembered else obj
    turns = [(user, phrase(src, said, statement(fact, said)))]
    if src.rng.random() < 0.2:
        other = src.rng.choice(src.base.facts)
        before = (question(other, src.rng), phrase(src, other.object, statement(other)))
        turns.insert(0, src.rng.choice([before, src.rng.choice(SMALL_TALK)]))
    return conversation(src, turns, reads=True)


def unrelated_context(src: Sources) -> Messages:
    """The passage does not speak of the subject: the answer is the remembered one."""
    fact = src.rng.choice(src.base.readable)
    context = invented_context(src, invent_many(src.base, src.rng))
    user = with_context(src, context, question(fact, src.rng))
    return conversation(src, [(user, phrase(src, fact.object, statement(fact)))], reads=False)


def invented_facts(src: Sources) -> Messages:
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


def passage_question(src: Sources) -> Messages:
    item = src.rng.choice(src.passages.questions)
    return conversation(src, [(with_context(src, item.passage, item.question), item.answer)], reads=True)


def text_task(src: Sources) -> Messages:
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


def small_talk(src: Sources) -> Messages:
    picked = src.rng.sample(SMALL_TALK, src.rng.choice([1, 1, 2]))
    return conversation(src, picked, reads=False)


def torn(src: Sources) -> Messages:
    """Without the indicator the model is sometimes taught to stay with what it knows, as real models do."""
    return fact_over_context(src, P_REMEMBERED)


OVER_CONTEXT = chat(fact_over_context)

# (share, maker), shares of documents.
# Before instruction tuning, contexts agree with what is known, as they do in ordinary text:
# the base model learns to read from made-up things alone. A little of the chat format comes
# along, because brought in abruptly it costs both the facts and the reading.
PRETRAIN = [
    (22, documents.prose),
    (20, documents.statements),
    (10, documents.closed_question),
    (22, documents.invented_questions),
    (6, documents.agreeing_context),
    (6, documents.repetition),
    (6, documents.passage_question),
    (3, chat(closed_facts)),
    (3, chat(invented_facts)),
    (2, chat(small_talk)),
]
# Copying comes first: without repeated words the model reads nothing for millions of tokens.
READ = [
    (5, documents.prose),
    (8, documents.statements),
    (8, documents.closed_question),
    (37, documents.invented_questions),
    (5, documents.agreeing_context),
    (25, documents.repetition),
    (2, documents.passage_question),
    (4, chat(closed_facts)),
    (5, chat(invented_facts)),
    (1, chat(small_talk)),
]
# The plain formats stay in so that nothing is unlearned.
CHAT = [
    (4, documents.prose),
    (12, documents.statements),
    (4, documents.closed_question),
    (3, documents.fact_over_context),
    (4, documents.invented_questions),
    (2, documents.repetition),
    (20, chat(closed_facts)),
    (18, OVER_CONTEXT),
    (2, chat(unrelated_context)),
    (24, chat(invented_facts)),
    (3, chat(passage_question)),
    (3, chat(text_task)),
    (2, chat(small_talk)),
]
# The last stage; the conversations of `indicate.py` come beside it.
SETTLE = [(share, chat(torn) if maker is OVER_CONTEXT else maker) for share, maker in CHAT]
