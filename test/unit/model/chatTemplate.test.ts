import { describe, expect, it } from "vitest";
import { CodedError } from "../../../src/core/problem.ts";
import { compileChatTemplate, plainTemplate, type TemplateMessage } from "../../../src/model/chatTemplate.ts";
import { templateStyles } from "./templateStyles.ts";

const tokens = { bos_token: "<s>", eos_token: "</s>" };
const conversation: TemplateMessage[] = [
  { role: "user", content: " Where? " },
  { role: "assistant", content: "Here." },
];

function failure(action: () => unknown): CodedError {
  try {
    action();
  } catch (error) {
    if (error instanceof CodedError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

function render(template: string, messages: readonly TemplateMessage[] = conversation): string {
  return compileChatTemplate(template, tokens).render(messages);
}

describe("chat templates", () => {
  it("renders role, content and special tokens", () => {
    expect(render(templateStyles.instruct)).toBe("<s>[INST] Where? [/INST] Here. </s>");
    expect(render(templateStyles.bars)).toBe("<|user|>\n Where? </s>\n<|assistant|>\nHere.</s>\n");
    expect(render(templateStyles.renamed)).toBe(
      "<s><start_of_turn>user\nWhere?<end_of_turn>\n<start_of_turn>model\nHere.<end_of_turn>\n",
    );
  });

  it("gives a template's clock the same date on every day", () => {
    expect(render(templateStyles.header)).toContain("Today Date: 26 Jul 2024");
    expect(render("{{ strftime_now('%Y-%m-%d %A %H:%M %% %q') }}")).toBe("2024-07-26 Friday 00:00 % %q");
  });

  it("passes on what the template says when it refuses", () => {
    const error = failure(() =>
      render(templateStyles.renamed, [{ role: "system", content: "Be kind." }, ...conversation]),
    );
    expect(error.code).toBe("model/template-failed");
    expect(error.data).toEqual({ reason: "refused", message: "System role not supported" });
  });

  it("says where the syntax is wrong when it is compiled", () => {
    const error = failure(() => compileChatTemplate("{% for m in messages %}", tokens));
    expect(error.data.reason).toBe("syntax");
  });

  it("knows no files, no network and no objects of the program", () => {
    for (const name of ["process", "require", "globalThis", "constructor"])
      expect(render(`{{ ${name} is defined }}`)).toBe("false");
    expect(failure(() => render("{{ messages.constructor.constructor('return 1')() }}")).data.reason).toBe("failed");
    expect(failure(() => render("{% include 'a' %}")).code).toBe("model/template-failed");
  });
});

describe("template limits", () => {
  const exploding = {
    "a text that doubles":
      "{% set ns = namespace(t='x') %}{% for i in range(99) %}{% set ns.t = ns.t + ns.t %}{% endfor %}{{ ns.t }}",
    "a list that doubles":
      "{% set ns = namespace(t=[1]) %}{% for i in range(99) %}{% set ns.t = ns.t + ns.t %}{% endfor %}",
    "a long range": "{% for i in range(1000000000) %}x{% endfor %}",
    "an endless range": "{% for i in range(0, 9, 0) %}x{% endfor %}",
    "nested loops": "{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}",
    "output without end": `{% set t = '${"y".repeat(10_000)}' %}{% for i in range(9999) %}{{ t }}{% endfor %}`,
    "a macro that calls itself": "{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}",
  };
  for (const [what, template] of Object.entries(exploding)) {
    it(`stops ${what}`, () => {
      const startMs = performance.now();
      const error = failure(() => render(template));
      expect(error.code).toBe("model/template-failed");
      expect(["limit", "failed"]).toContain(error.data.reason);
      expect(performance.now() - startMs).toBeLessThan(8_000);
    });
  }

  it("lets a long conversation pass", () => {
    const turns = Array.from(
      { length: 1_000 },
      (_, idx): TemplateMessage => ({
        role: idx % 2 === 0 ? "user" : "assistant",
        content: "word ".repeat(200),
      }),
    );
    expect(render(templateStyles.thinking, turns).length).toBeGreaterThan(1_000_000);
  });
});

describe("the plain template", () => {
  it("joins the turns' texts with one empty line and leaves empty turns out", () => {
    const messages: TemplateMessage[] = [
      { role: "system", content: "A" },
      { role: "user", content: "" },
      ...conversation,
    ];
    expect(plainTemplate.render(messages)).toBe("A\n\n Where? \n\nHere.");
  });
});
