import { describe, expect, test } from "vitest";
import { maxOpenVariants, SessionVariants } from "../../../src/model/sessionVariants.ts";

/** Sessions that say when they are opened and closed. */
class Log {
  readonly events: string[] = [];
  readonly variants = new SessionVariants();

  use(name: string, run: () => Promise<unknown> = async () => undefined): Promise<unknown> {
    const open = async () => {
      this.events.push(`open ${name}`);
      return { release: async () => void this.events.push(`close ${name}`) };
    };
    return this.variants.use(name, open, run);
  }
}

const names = Array.from({ length: maxOpenVariants }, (_, idx) => `v${idx}`);

describe("SessionVariants", () => {
  test("opens a variant once and keeps it", async () => {
    const log = new Log();
    expect(await log.use("a", async () => 7)).toBe(7);
    await log.use("a");
    expect(log.events).toEqual(["open a"]);
  });

  test("opens a variant once for uses at the same time", async () => {
    const log = new Log();
    await Promise.all([log.use("a"), log.use("a")]);
    expect(log.events).toEqual(["open a"]);
  });

  test("closes the longest unused beyond the bound", async () => {
    const log = new Log();
    for (const name of names) await log.use(name);
    await log.use("v0");
    await log.use("new");
    expect(log.events.slice(-2)).toEqual(["open new", "close v1"]);
    expect(log.variants.nOpen).toBe(maxOpenVariants);
  });

  test("never closes what is in use", async () => {
    const log = new Log();
    const inner = async () => {
      for (const name of [...names, "more"]) await log.use(name);
      expect(log.events).not.toContain("close held");
    };
    await log.use("held", inner);
    expect(log.events).toContain("close v0");
    expect(log.variants.nOpen).toBe(maxOpenVariants);
  });

  test("closes everything at the end", async () => {
    const log = new Log();
    await log.use("a");
    await log.use("b");
    await log.variants.release();
    expect(log.events).toEqual(["open a", "open b", "close a", "close b"]);
    expect(log.variants.nOpen).toBe(0);
  });

  test("a variant that could not be opened is tried again", async () => {
    const variants = new SessionVariants();
    const failing = variants.use(
      "a",
      () => Promise.reject(new Error("no")),
      async () => 1,
    );
    await expect(failing).rejects.toThrow("no");
    expect(variants.nOpen).toBe(0);
    expect(
      await variants.use(
        "a",
        async () => ({ release: async () => undefined }),
        async () => 2,
      ),
    ).toBe(2);
  });
});
