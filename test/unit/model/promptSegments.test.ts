import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CodedError } from "../../../src/core/problem.ts";
import type { Message, Row, TextPart } from "../../../src/core/row.ts";
import type { SegmentedPrompt } from "../../../src/engine/languageModel.ts";
import { compileChatTemplate, type PromptTemplate, plainTemplate } from "../../../src/model/chatTemplate.ts";
import { endOfTurnToken, segmentPrompt, segmentRow } from "../../../src/model/promptSegments.ts";
import { createTokenizer, type TextTokenizer } from "../../../src/model/tokenizer.ts";
import { anyText, manyTextsMs } from "./anyText.ts";
import { templateStyles } from "./templateStyles.ts";
import { byteLevelSource, foldingSource } from "./tinyTokenizers.ts";
import { sharedSources } from "./tokenizerSources.ts";

const tokenizer: TextTokenizer = createTokenizer(byteLevelSource.tokenizer, byteLevelSource.config, {
  bosTokenId: null,
  eosTokenId: null,
});
const template = (style: keyof typeof templateStyles): PromptTemplate =>
  compileChatTemplate(templateStyles[style], tokenizer.specialTokens);

function part(kind: TextPart["kind"], text: string, field?: string): TextPart {
  return field ? { kind, text, origin: { path: [field], span: { start: 0, end: text.length } } } : { kind, text };
}
function message(role: Message["role"], ...parts: TextPart[]): Message {
  return { role, parts };
}
function row(prompt: Message[], target: string): Row {
  return { prompt, target: part("text", target, "output") };
}

const question = message(
  "user",
  part("context", "Zanzibar is a town.", "context"),
  part("separator", "\n\n"),
  part("text", "What is it?", "question"),
);
const plainRow = row([question], "A town.");

/** Role and text of every segment. */
function spoken(prompt: SegmentedPrompt): [string, string][] {
  return prompt.segments.map((segment) => [segment.role, prompt.text.slice(segment.span.start, segment.span.end)]);
}
function targetText(prompt: SegmentedPrompt): string {
  return [...prompt.tokenIds.subarray(prompt.target.start, prompt.target.end)]
    .map((id) => tokenizer.tokenText(id))
    .join("");
}
function failure(action: () => unknown): CodedError {
  try {
    action();
  } catch (error) {
    if (error instanceof CodedError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

function expectWhole(prompt: SegmentedPrompt): void {
  let [at, tokenIdx] = [0, 0];
  for (const { span, tokenSpan } of prompt.segments) {
    expect([span.start, tokenSpan.start]).toEqual([at, tokenIdx]);
    [at, tokenIdx] = [span.end, tokenSpan.end];
  }
  expect([at, tokenIdx]).toEqual([prompt.text.length, prompt.tokenIds.length]);
  expect(prompt.tokenOffsets.length).toBe(2 * prompt.tokenIds.length);
}

describe("segments of a chat prompt", () => {
  it("names context, words, answer and what the template wrote", () => {
    const prompt = segmentRow(plainRow, "open", template("instruct"), tokenizer);
    expect(spoken(prompt)).toEqual([
      ["bos", "<s>"],
      ["template", "[INST] "],
      ["context", "Zanzibar is a town."],
      ["user", "\n\n"],
      ["user", "What is it?"],
      ["template", " [/INST] "],
      ["target", "A town."],
      ["template", " </s>"],
    ]);
    expectWhole(prompt);
    // The space that byte-level tokens take along belongs to the answer's first token.
    expect(targetText(prompt)).toBe("ĠAĠtown.");
    expect(tokenizer.tokenText(prompt.tokenIds[prompt.endOfTurnIdx] ?? -1)).toBe("</s>");
  });

  it("keeps the same answer tokens without the context", () => {
    const open = segmentRow(plainRow, "open", template("chatMl"), tokenizer);
    const closed = segmentRow(plainRow, "closed", template("chatMl"), tokenizer);
    expect(spoken(closed).map(([role]) => role)).toEqual(["template", "user", "template", "target", "template"]);
    expect(closed.text).not.toContain("Zanzibar");
    expect([...closed.tokenIds.subarray(closed.target.start, closed.target.end)]).toEqual([
      ...open.tokenIds.subarray(open.target.start, open.target.end),
    ]);
    expect(closed.endOfTurnIdx).toBe(closed.target.end);
  });

  it("gives answer-only the start token and the answer's tokens", () => {
    const open = segmentRow(plainRow, "open", template("instruct"), tokenizer);
    const alone = segmentRow(plainRow, "answer-only", template("instruct"), tokenizer);
    expect(alone.tokenIds[0]).toBe(tokenizer.startTokenId);
    expect([...alone.tokenIds.subarray(1)]).toEqual([...open.tokenIds.subarray(open.target.start, open.target.end)]);
    expect(alone.text).toBe("A town.");
    expect([...alone.tokenOffsets.subarray(2, 4)]).toEqual([0, 1]);
    expect(alone.endOfTurnIdx).toBe(-1);
    expectWhole(alone);
  });

  it("leaves trimmed white space out of the words and of their place in the data", () => {
    const trimmed = row([message("user", part("text", "  Where? \n", "q"))], " Here. ");
    for (const style of ["instruct", "header", "renamed"] as const) {
      const prompt = segmentRow(trimmed, "open", template(style), tokenizer);
      const user = prompt.segments.find((segment) => segment.role === "user");
      expect(spoken(prompt)).toContainEqual(["user", "Where?"]);
      expect(spoken(prompt)).toContainEqual(["target", "Here."]);
      expect(user?.origin).toEqual({ path: ["q"], span: { start: 2, end: 8 } });
      expectWhole(prompt);
    }
  });

  it("keeps white space that the template keeps, even next to messages that it trims", () => {
    const half =
      "{% for m in messages %}{{ '#' + (m.content | trim if m.role == 'user' else m.content) + '#' }}{% endfor %}";
    const prompt = segmentRow(
      row([message("user", part("text", " a ", "q"))], " b "),
      "open",
      compileChatTemplate(half, {}),
      tokenizer,
    );
    expect(spoken(prompt)).toEqual([
      ["template", "#"],
      ["user", "a"],
      ["template", "##"],
      ["target", " b "],
      ["template", "#"],
    ]);
  });

  it("follows templates that move, rename, date or decorate", () => {
    const long = row([message("system", part("text", "Be brief.", "s")), question], "A town.");
    for (const style of ["instruct", "chatMl", "header", "bars", "thinking", "lateSystem"] as const) {
      const prompt = segmentRow(long, "open", template(style), tokenizer);
      expectWhole(prompt);
      const said = spoken(prompt).filter(([role]) => role !== "template" && role !== "bos");
      expect(said, style).toEqual([
        ["system", "Be brief."],
        ["context", "Zanzibar is a town."],
        ["user", "\n\n"],
        ["user", "What is it?"],
        ["target", "A town."],
      ]);
    }
  });

  it("finds turns that say the same words", () => {
    const same = row(
      [
        message("user", part("text", "no")),
        message("assistant", part("text", "no")),
        message("user", part("text", "no")),
      ],
      "no",
    );
    const prompt = segmentRow(same, "open", template("chatMl"), tokenizer);
    expect(spoken(prompt).filter(([role]) => role !== "template")).toEqual([
      ["user", "no"],
      ["assistant", "no"],
      ["user", "no"],
      ["target", "no"],
    ]);
  });

  it("says which message a template drops, repeats or changes", () => {
    const system = row([message("system", part("text", "Be brief.")), question], "A town.");
    const reasonOf = (text: string) =>
      failure(() => segmentRow(system, "open", compileChatTemplate(text, {}), tokenizer)).data;
    expect(reasonOf(templateStyles.silent.replace("+ eos_token", ""))).toMatchObject({
      reason: "dropped",
      part: "system",
    });
    expect(reasonOf("{% for m in messages %}{{ m.content + m.content }}{% endfor %}")).toMatchObject({
      reason: "repeated",
    });
    expect(reasonOf("{% for m in messages %}{{ m.content | upper }}{% endfor %}")).toMatchObject({ reason: "changed" });
    expect(reasonOf("{% for m in messages %}{{ m.content }}{{ m.content | length }}{% endfor %}")).toMatchObject({
      reason: "inspects-text",
    });
    expect(reasonOf("{{ messages[2].content }}{{ messages[1].content }}{{ messages[0].content }}")).toMatchObject({
      reason: "order",
    });
  });

  it("does not count a role mark to the answer whose first space it swallows", () => {
    const swallowing = createTokenizer(foldingSource.tokenizer, foldingSource.config, {
      bosTokenId: null,
      eosTokenId: 1,
    });
    const marked = compileChatTemplate("{% for m in messages %}{{ '<|user|>' + m.content }}{% endfor %}", {});
    const prompt = segmentRow(row([message("user", part("text", "a"))], "  b"), "open", marked, swallowing);
    const texts = [...prompt.tokenIds].map((id) => swallowing.tokenText(id));
    expect(texts).toEqual(["<|user|>", "Ġ", "a", "<|user|>", "Ġ", "b"]);
    expect(spoken(prompt)).toEqual([
      ["template", "<|user|>"],
      ["user", "a"],
      ["template", "<|user|>"],
      ["target", "  b"],
    ]);
    expect(prompt.target).toEqual({ start: 4, end: 6 });
  });

  it("has no answer tokens where there is no answer", () => {
    const prompt = segmentRow(row([question], ""), "open", template("chatMl"), tokenizer);
    expect(prompt.target.start).toBe(prompt.target.end);
    expect(prompt.endOfTurnIdx).toBe(-1);
    expectWhole(prompt);
  });

  it("is not misled by data that holds the marks it uses", () => {
    const marked = row([message("user", part("text", "\ufdd0\ufde0\ufde1 ok"))], "\ufdd0");
    const prompt = segmentRow(marked, "open", template("chatMl"), tokenizer);
    expect(spoken(prompt)).toContainEqual(["user", "\ufdd0\ufde0\ufde1 ok"]);
    expect(spoken(prompt)).toContainEqual(["target", "\ufdd0"]);
  });
});

const phi = sharedSources().find((source) => source.name === "phi3");

describe.skipIf(phi === undefined)("segments of a prompt in Phi-3's own template and tokens", () => {
  it("keeps the answer's tokens apart from the marks that swallow space", () => {
    if (!phi) return;
    const used = createTokenizer(phi.tokenizer, phi.config, { bosTokenId: null, eosTokenId: null });
    const chat = compileChatTemplate(String(phi.config.chat_template), used.specialTokens);
    const open = segmentRow(plainRow, "open", chat, used);
    const said = (prompt: SegmentedPrompt) =>
      [...prompt.tokenIds.subarray(prompt.target.start, prompt.target.end)].map((id) => used.tokenText(id));
    expect(said(open)).toEqual(["▁A", "▁town", "."]);
    expect(said(segmentRow(plainRow, "closed", chat, used))).toEqual(said(open));
    expect(said(segmentRow(plainRow, "answer-only", chat, used))).toEqual(said(open));
    expect(used.tokenText(open.tokenIds[open.endOfTurnIdx] ?? -1)).toBe("<|end|>");
    expect(open.segments[0]?.role).toBe("template");
  });
});

describe("segments of a plain prompt", () => {
  it("begins with the start token, which has no text, and ends with the answer", () => {
    const prompt = segmentRow(plainRow, "open", plainTemplate, tokenizer);
    expect(prompt.tokenIds[0]).toBe(tokenizer.startTokenId);
    expect(spoken(prompt)).toEqual([
      ["bos", ""],
      ["context", "Zanzibar is a town."],
      ["user", "\n\n"],
      ["user", "What is it?"],
      ["template", "\n\n"],
      ["target", "A town."],
    ]);
    expect(prompt.endOfTurnIdx).toBe(-1);
    expectWhole(prompt);
  });
});

const hardText = fc.oneof(anyText(12), fc.constantFrom("", " ", "\n\n", " a\u0301 ", "</s>", "🤖", "\ud83e"));
const anyRow = fc
  .record({
    system: fc.option(hardText),
    context: fc.option(hardText),
    question: hardText,
    history: fc.boolean(),
    target: hardText,
  })
  .map(({ system, context, question: text, history, target }): Row => {
    const parts = context === null ? [] : [part("context", context, "c"), part("separator", "\n")];
    const turns = history ? [message("user", part("text", "Hi")), message("assistant", part("text", " Hello "))] : [];
    const first = system === null ? [] : [message("system", part("text", system, "s"))];
    return row([...first, ...turns, message("user", ...parts, part("text", text, "q"))], target);
  });

/** What has an origin is said word for word as the data says it there. */
function expectWordsKept(prompt: SegmentedPrompt, any: Row): void {
  for (const { origin, span } of prompt.segments) {
    if (!origin) continue;
    const said = originText(any, origin.path[0]).slice(origin.span.start, origin.span.end);
    expect(prompt.text.slice(span.start, span.end)).toBe(said);
  }
}

describe("segments of any row", () => {
  const opened = sharedSources().map((source) => {
    const config = { bos_token: "<|endoftext|>", eos_token: "<|endoftext|>", ...source.config };
    return {
      name: source.name,
      used: createTokenizer(source.tokenizer, config, { bosTokenId: null, eosTokenId: null }),
    };
  });
  const styles = fc.constantFrom("chatMl" as const, "header" as const, "bars" as const, "lateSystem" as const);
  for (const { name, used } of [{ name: "tiny", used: tokenizer }, ...opened]) {
    it(
      `cover text and tokens and keep the words, ${name}`,
      () => {
        const check = (any: Row, style: keyof typeof templateStyles) => {
          for (const chat of [compileChatTemplate(templateStyles[style], used.specialTokens), plainTemplate]) {
            const prompt = segmentRow(any, "open", chat, used);
            expectWhole(prompt);
            expectWordsKept(prompt, any);
          }
        };
        fc.assert(fc.property(anyRow, styles, check), { numRuns: 60 });
      },
      manyTextsMs,
    );
  }
});

function originText(any: Row, field: string | number | undefined): string {
  if (field === "output") return any.target.text;
  const parts = any.prompt.flatMap((turn) => turn.parts);
  return parts.find((candidate) => candidate.origin?.path[0] === field)?.text ?? "";
}

describe("the prompt that an answer is generated from", () => {
  it.each(Object.keys(templateStyles).filter((style) => style !== "thinking") as (keyof typeof templateStyles)[])(
    "is what stands before the answer's tokens in style %s",
    (style) => {
      const own = template(style);
      const prompt = segmentPrompt(plainRow, "open", own, tokenizer);
      const scored = segmentRow(plainRow, "open", own, tokenizer);
      expect([...prompt.tokenIds]).toEqual([...scored.tokenIds.subarray(0, scored.target.start)]);
      expect(scored.text.startsWith(prompt.text)).toBe(true);
      expect(prompt.target).toEqual({ start: prompt.tokenIds.length, end: prompt.tokenIds.length });
      expect(prompt.endOfTurnIdx).toBe(-1);
      expectWhole(prompt);
      const roles = prompt.segments.map(({ role }) => role);
      expect(roles).toContain("context");
      expect(roles).not.toContain("target");
    },
  );

  it("does not depend on the row's own target, nor on there being one", () => {
    const own = template("chatMl");
    const prompts = ["A town.", "", " \n"].map((target) =>
      segmentPrompt(row([question], target), "open", own, tokenizer),
    );
    expect(prompts[1]).toEqual(prompts[0]);
    expect(prompts[2]).toEqual(prompts[0]);
  });

  it("leaves the context out closed-book", () => {
    const { text } = segmentPrompt(plainRow, "closed", template("chatMl"), tokenizer);
    expect(text).toContain("What is it?");
    expect(text).not.toContain("Zanzibar");
  });

  it("has a start token and no template words without template", () => {
    const { text } = segmentPrompt(plainRow, "open", plainTemplate, tokenizer);
    expect(text).toMatch(/^Zanzibar is a town\.\n\nWhat is it\?\n*$/);
  });
});

describe("the token that ends a turn", () => {
  it("is the special one that the template writes behind an answer, or none", () => {
    const token = endOfTurnToken(plainRow, template("instruct"), tokenizer);
    expect(tokenizer.tokenText(token ?? -1)).toBe("</s>");
    expect(endOfTurnToken(plainRow, plainTemplate, tokenizer)).toBeNull();
  });
});
