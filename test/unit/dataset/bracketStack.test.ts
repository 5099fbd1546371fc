import fc from "fast-check";
import { expect, test } from "vitest";
import { BracketStack } from "../../../src/dataset/bracketStack.ts";

test("a bracket stack is an array that counts", () => {
  const step = fc.oneof(
    fc.constantFrom(91, 123).map((bracket) => ({ bracket, cut: -1 })),
    fc.nat({ max: 8 }).map((cut) => ({ bracket: 0, cut })),
  );
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const stack = new BracketStack();
      let model: number[] = [];
      for (const { bracket, cut } of steps) {
        if (cut >= 0) {
          stack.cut(cut);
          model = model.slice(0, cut);
        } else {
          stack.push(bracket);
          model.push(bracket);
        }
        expect([stack.length, stack.top]).toEqual([model.length, model.at(-1)]);
        for (const kind of [91, 123]) expect(stack.lastIndexOf(kind)).toBe(model.lastIndexOf(kind));
      }
    }),
  );
});
