import { homedir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hubAccess, hubCacheFolder } from "../../../src/model/hubAccess.ts";
import { isHubId, isSafeName, parseHubId } from "../../../src/model/hubNames.ts";

describe("names of models", () => {
  test.each([
    ["org/name", "org/name", null],
    ["gpt2", "gpt2", null],
    ["org/name-1.5B_x@main", "org/name-1.5B_x", "main"],
    ["org/name@refs/pr/7", "org/name", "refs/pr/7"],
    ["org/name@v1@2", "org/name", "v1@2"],
  ])("%s", (text, id, revision) => {
    expect(parseHubId(text)).toEqual({ id, revision });
  });

  test.each([
    "",
    "/",
    "a/b/c",
    "org/",
    "/name",
    "../name",
    "org/..",
    "org/a..b",
    "org/a--b",
    "org/-a",
    "org/a-",
    ".org/name",
    "org/name.git",
    "org/na me",
    "org/name@",
    "org/name@../../x",
    "org/name@/etc",
    "C:\\models",
    "org\\name",
    `org/${"x".repeat(97)}`,
  ])("%s is none", (text) => {
    expect(() => parseHubId(text)).toThrow(/hub\/id-invalid/);
  });

  test("a name that is one never leaves the cache folder", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(isHubId(text));
        expect(text).toMatch(/^[\w./-]+$/);
        expect(join("/cache", `models--${text.replaceAll("/", "--")}`).startsWith("/cache/models--")).toBe(true);
      }),
    );
  });
});

describe("names of files", () => {
  test.each(["config.json", "onnx/model.onnx", "onnx/model.onnx_data_1", "a/b/c.txt", "..a", "console.txt", "é.json"])(
    "%s is safe",
    (name) => expect(isSafeName(name)).toBe(true),
  );

  test.each([
    "",
    "../config.json",
    "onnx/../../x",
    "./x",
    "/etc/passwd",
    "a//b",
    "a/",
    "..",
    "a\\b",
    "..\\x",
    "C:/x",
    "c:x",
    "a\0b",
    "a\nb",
    "con",
    "NUL",
    "onnx/aux.onnx",
    "COM1.json",
    "lpt9",
    "x".repeat(256),
    `${"x/".repeat(600)}x`,
  ])("%j is not", (name) => expect(isSafeName(name)).toBe(false));

  test("a safe name, joined to a folder, stays in it", () => {
    const part = fc.oneof(fc.constantFrom("..", ".", "", "a", "\\", "C:", "/"), fc.string());
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
        const name = parts.join("/");
        fc.pre(isSafeName(name));
        expect(join("/folder", name)).toBe(`/folder/${name}`);
      }),
    );
  });
});

describe("address and token", () => {
  test("a setting wins over the environment, that over the public hub", () => {
    expect(hubAccess({}, {})).toEqual({ endpoint: "https://huggingface.co" });
    expect(hubAccess({}, { HF_ENDPOINT: "https://mirror.example/", HF_TOKEN: " t " })).toEqual({
      endpoint: "https://mirror.example",
      token: "t",
    });
    expect(
      hubAccess({ endpoint: "http://127.0.0.1:8080/hf//", token: "s" }, { HF_ENDPOINT: "x", HF_TOKEN: "t" }),
    ).toEqual({ endpoint: "http://127.0.0.1:8080/hf", token: "s" });
    expect(hubAccess({ endpoint: " ", token: "" }, {})).toEqual({ endpoint: "https://huggingface.co" });
  });

  test.each(["huggingface.co", "ftp://x", "file:///etc", "https://x?y=1", "https://x#y", ""])(
    "%j is refused",
    (text) => {
      const refused = () => hubAccess({ endpoint: text || "nonsense" }, {});
      expect(refused).toThrow(/hub\/endpoint-invalid/);
    },
  );

  test("a password in the address is refused and not repeated", () => {
    const error = (() => {
      try {
        return hubAccess({ endpoint: "https://me:hidden@mirror.example/path" }, {});
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toMatchObject({ code: "hub/endpoint-invalid", data: { endpoint: "https://mirror.example" } });
    expect(String(error)).not.toContain("hidden");
  });

  test("the cache is the one of the other tools", () => {
    expect(hubCacheFolder({}, {})).toBe(join(homedir(), ".cache", "huggingface", "hub"));
    expect(hubCacheFolder({}, { XDG_CACHE_HOME: "/x" })).toBe(join("/x", "huggingface", "hub"));
    expect(hubCacheFolder({}, { HF_HOME: "~/hf", XDG_CACHE_HOME: "/x" })).toBe(join(homedir(), "hf", "hub"));
    expect(hubCacheFolder({}, { HUGGINGFACE_HUB_CACHE: "/old", HF_HOME: "/h" })).toBe("/old");
    expect(hubCacheFolder({}, { HF_HUB_CACHE: "/c", HUGGINGFACE_HUB_CACHE: "/old", HF_HOME: "/h" })).toBe("/c");
    expect(hubCacheFolder({ cacheFolder: "/s" }, { HF_HUB_CACHE: "/c" })).toBe("/s");
  });
});
