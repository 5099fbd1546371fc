import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { externalFiles, renameExternalFiles } from "../../../src/onnx/externalData.ts";
import { makeNode } from "../../../src/onnx/graphParts.ts";
import {
  AttributeProtoSchema,
  FunctionProtoSchema,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  SparseTensorProtoSchema,
  type TensorProto,
  TensorProtoSchema,
} from "../../../src/onnx/proto/onnx_pb.ts";

function external(entries: Record<string, string>, name = "w"): TensorProto {
  const externalData = Object.entries(entries).map(([key, value]) => ({ key, value }));
  return create(TensorProtoSchema, { name, dataLocation: 1, externalData: externalData as never[] });
}

function modelOf(...initializer: TensorProto[]): ModelProto {
  return create(ModelProtoSchema, { graph: create(GraphProtoSchema, { initializer }) });
}

describe("external files", () => {
  it("are listed once, with the bytes they must have", () => {
    const model = modelOf(
      external({ location: "a.bin", offset: "0", length: "10" }),
      external({ location: "a.bin", offset: "4096", length: "100" }),
      external({ location: "sub/b.bin" }),
      create(TensorProtoSchema, { name: "inline" }),
    );
    expect(externalFiles(model)).toEqual([
      { location: "a.bin", neededBytes: 4196 },
      { location: "sub/b.bin", neededBytes: 0 },
    ]);
  });

  it("are found in subgraphs, constants, sparse tensors and functions", () => {
    const place = (location: string) => external({ location });
    const inner = create(GraphProtoSchema, { initializer: [place("subgraph")] });
    const branch = makeNode("If", ["c"], ["y"]);
    branch.attribute.push(create(AttributeProtoSchema, { name: "then_branch", g: inner }));
    const several = makeNode("Custom", [], ["z"]);
    several.attribute.push(create(AttributeProtoSchema, { name: "tables", tensors: [place("list")] }));
    const graph = create(GraphProtoSchema, {
      node: [branch, several, makeNode("Constant", [], ["k"], { value: place("constant") })],
      sparseInitializer: [create(SparseTensorProtoSchema, { values: place("values"), indices: place("indices") })],
    });
    const inFunction = create(FunctionProtoSchema, {
      node: [makeNode("Constant", [], ["k"], { value: place("function") })],
    });
    const model = create(ModelProtoSchema, { graph, functions: [inFunction] });
    const found = externalFiles(model).map((file) => file.location);
    expect(found.sort()).toEqual(["constant", "function", "indices", "list", "subgraph", "values"]);
  });

  it("can be renamed in place", () => {
    const model = modelOf(external({ location: "model.onnx_data", offset: "8" }));
    renameExternalFiles(model, (location) => `blobs/${location}`);
    expect(externalFiles(model)).toEqual([{ location: "blobs/model.onnx_data", neededBytes: 8 }]);
  });
});

describe("a location", () => {
  it.each([
    "../w.bin",
    "a/../../w.bin",
    "..",
    "/etc/passwd",
    "\\\\host\\share",
    "C:\\w.bin",
    "c:w.bin",
    "a\\..\\w.bin",
    "w\0.bin",
  ])("%j leaves the model's folder", (location) => {
    expect(() => externalFiles(modelOf(external({ location })))).toThrow(
      expect.objectContaining({ code: "model/external-data-escape", data: { location, tensor: "w" } }),
    );
  });

  it.each(["w.bin", "sub/w.bin", "..w.bin", "w..bin", "a..b/c.bin", "...", "./w.bin"])(
    "%j stays inside",
    (location) => {
      expect(externalFiles(modelOf(external({ location })))).toHaveLength(1);
    },
  );

  it.each([
    [{ offset: "0" }],
    [{ location: "" }],
    [{ location: "w", offset: "-1" }],
    [{ location: "w", length: "1e99" }],
    [{ location: "w", offset: "many" }],
    [{ location: "w", offset: "0.5" }],
  ])("that makes no range is corrupt: %j", (entries: Record<string, string>) => {
    expect(() => externalFiles(modelOf(external(entries, "broken")))).toThrow(
      expect.objectContaining({ code: "model/file-corrupt", data: expect.objectContaining({ tensor: "broken" }) }),
    );
  });
});
