import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../../..");
const textsOf = (pattern: string) =>
  globSync(pattern, { cwd: root }).map((path) => readFileSync(join(root, path), "utf8"));
const sources = textsOf("src/extension/**/*.ts");
const pageSources = textsOf("webview/**/*.{ts,tsx}");
const manifest = readFileSync(join(root, "package.json"), "utf8");
const manifestWords: Record<string, string> = JSON.parse(readFileSync(join(root, "package.nls.json"), "utf8"));

describe("words", () => {
  it("of the running program are all in the bundle that translators start from", async () => {
    const said = sources.flatMap((text) =>
      [...text.matchAll(/l10n\.t\(\s*"((?:[^"\\]|\\.)*)"/g)].map((match) => JSON.parse(`"${match[1]}"`) as string),
    );
    const shown = pageSources.flatMap((text) =>
      [...text.matchAll(/\bsay\(\s*"((?:[^"\\]|\\.)*)"/g)].map((match) => JSON.parse(`"${match[1]}"`) as string),
    );
    // A translation may also hold the sentences of `sentenceTemplates.ts`: they are looked up by their English words.
    const bundle = Object.fromEntries([...new Set([...said, ...shown])].sort().map((key) => [key, key]));
    // Written anew with `vitest -u`.
    await expect(`${JSON.stringify(bundle, null, 2)}\n`).toMatchFileSnapshot(join(root, "l10n/bundle.l10n.json"));
  });

  it("of the running program are literal: a sentence that is put together cannot be translated", () => {
    for (const text of sources) {
      const calls = [...text.matchAll(/l10n\.t\(\s*([^\s])/g)].map((match) => match[1]);
      const literal = calls.filter((first) => first === '"');
      // `template` is the one exception: the sentences of problem codes, which stand in `sentenceTemplates.ts`.
      expect(calls.length - literal.length).toBe([...text.matchAll(/l10n\.t\(template,/g)].length);
    }
  });

  it("of the lens's page are literal too", () => {
    for (const text of pageSources) {
      const calls = [...text.matchAll(/\bsay\(\s*([^\s])/g)].map((match) => match[1]);
      expect(calls.filter((first) => first !== '"' && first !== "t")).toEqual([]);
    }
  });

  it("of the manifest are in package.nls.json, and nothing else is", () => {
    const named = [...manifest.matchAll(/"%([\w.]+)%"/g)].map((match) => match[1] ?? "");
    expect(Object.keys(manifestWords).sort()).toEqual([...new Set(named)].sort());
  });
});

describe("the manifest", () => {
  const { contributes, capabilities } = JSON.parse(manifest);
  const commandNames: string[] = contributes.commands.map(({ command }: { command: string }) => command);

  it("declares exactly the commands that the program registers", () => {
    const registered = sources.flatMap((text) =>
      [...text.matchAll(/"(contextReliance\.[a-z]\w+)"/g)].map((match) => match[1] ?? ""),
    );
    const ids = new Set(registered.filter((id) => commandNames.includes(id)));
    expect([...ids].sort()).toEqual([...commandNames].sort());
  });

  it("hides in the palette what cannot work everywhere", () => {
    const hidden = new Set(contributes.menus.commandPalette.map(({ command }: { command: string }) => command));
    for (const name of [
      "scoreFile",
      "scoreRow",
      "openReport",
      "saveReport",
      "clearFlags",
      "cancelScoring",
      "explainVerdict",
    ]) {
      expect(hidden).toContain(`contextReliance.${name}`);
    }
  });

  it("keeps a workspace that is not trusted from naming a model", () => {
    expect(capabilities.untrustedWorkspaces.supported).toBe("limited");
    expect(capabilities.untrustedWorkspaces.restrictedConfigurations).toEqual([
      "contextReliance.model.path",
      "contextReliance.model.folders",
    ]);
  });
});
