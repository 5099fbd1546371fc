"""Conversions people apply to exported models: half precision, 4-bit and 8-bit weights, external data, If-merging."""

import copy
import sys
from pathlib import Path

import ml_dtypes
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer
from onnxruntime.transformers.float16 import convert_float_to_float16


def half(source: Path, destination: Path) -> None:
    onnx.save_model(convert_float_to_float16(onnx.load(str(source)), keep_io_types=False), str(destination))


def blockwise(bits: int):
    def convert(source: Path, destination: Path) -> None:
        quantizer = MatMulNBitsQuantizer(onnx.load(str(source)), block_size=32, is_symmetric=True, bits=bits)
        quantizer.process()
        if not any(node.op_type == "MatMulNBits" for node in quantizer.model.model.graph.node):
            raise RuntimeError("no product was quantised")
        onnx.save_model(quantizer.model.model, str(destination))

    return convert


def dynamic(source: Path, destination: Path) -> None:
    quantize_dynamic(str(source), str(destination), weight_type=QuantType.QUInt8)


def bfloat16(tensor: TensorProto, name: str) -> TensorProto:
    values = numpy_helper.to_array(tensor).astype(ml_dtypes.bfloat16)
    return helper.make_tensor(name, TensorProto.BFLOAT16, tensor.dims, values.tobytes(), raw=True)


def bfloat16_weights(source: Path, destination: Path) -> None:
    """Matrices kept in bfloat16 and cast to float32 where they are used."""
    model = onnx.load(str(source))
    graph = model.graph
    matrices = [tensor for tensor in graph.initializer if tensor.data_type == TensorProto.FLOAT and len(tensor.dims) >= 2]
    for tensor in matrices:
        graph.node.insert(0, helper.make_node("Cast", [f"{tensor.name}.bf16"], [tensor.name], to=TensorProto.FLOAT))
        graph.initializer.append(bfloat16(tensor, f"{tensor.name}.bf16"))
        graph.initializer.remove(tensor)
    onnx.save_model(model, str(destination))


def bfloat16_whole(source: Path, destination: Path) -> None:
    """Computed in bfloat16 throughout, as the builder writes it for graphics processors."""
    model = onnx.load(str(source))
    graph = model.graph
    for tensor in graph.initializer:
        if tensor.data_type == TensorProto.FLOAT:
            tensor.CopyFrom(bfloat16(tensor, tensor.name))
    for value in [*graph.input, *graph.output, *graph.value_info]:
        if value.type.tensor_type.elem_type == TensorProto.FLOAT:
            value.type.tensor_type.elem_type = TensorProto.BFLOAT16
    onnx.save_model(model, str(destination))


def other_fields(source: Path, destination: Path) -> None:
    """Weights in float_data and int64_data instead of raw_data: legal, and written by older tools."""
    model = onnx.load(str(source))
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        field = {TensorProto.FLOAT: tensor.float_data, TensorProto.INT64: tensor.int64_data}.get(tensor.data_type)
        if field is not None:
            tensor.ClearField("raw_data")
            field.extend(values.flatten().tolist())
    onnx.save_model(model, str(destination))


def external(source: Path, destination: Path) -> None:
    """Weights in two further files, as large models have them."""
    model = onnx.load(str(source))
    first = f"{destination.name}_data"
    onnx.save_model(model, str(destination), save_as_external_data=True, all_tensors_to_one_file=True, location=first, size_threshold=256)


def merged(source: Path, destination: Path) -> None:
    """The decoder inside both branches of an If, as Optimum's decoder_model_merged has it; the branch is a model input."""
    model = onnx.load(str(source))
    graph = model.graph
    outputs = [copy.deepcopy(value) for value in graph.output]

    def branch(name: str):
        body = copy.deepcopy(graph)
        del body.input[:]
        del body.initializer[:]
        body.name = name
        prefix = f"{name}/"
        made = {output for node in body.node for output in node.output}
        for node in body.node:
            node.name = prefix + node.name
            node.input[:] = [prefix + value if value in made else value for value in node.input]
            node.output[:] = [prefix + value for value in node.output]
        for value in [*body.output, *body.value_info]:
            if value.name in made:
                value.name = prefix + value.name
        return body

    use_cache = helper.make_tensor_value_info("use_cache_branch", TensorProto.BOOL, [1])
    node = helper.make_node("If", ["use_cache_branch"], [value.name for value in outputs], name="optimum::if", then_branch=branch("then"), else_branch=branch("else"))
    merged_graph = helper.make_graph([node], "merged", [*graph.input, use_cache], outputs, list(graph.initializer))
    merged_model = helper.make_model(merged_graph, opset_imports=list(model.opset_import), ir_version=model.ir_version)
    onnx.save_model(merged_model, str(destination))


CONVERSIONS = {
    "f16": ("torchscript", half),
    "q4": ("torchscript", blockwise(4)),
    "q8": ("torchscript", blockwise(8)),
    "int8-dynamic": ("torchscript", dynamic),
    "merged": ("optimum-past", merged),
}

ONCE = {
    "other-fields": ("torchscript", other_fields),
    "external": ("torchscript", external),
    "bf16-weights": ("torchscript", bfloat16_weights),
    "bf16": ("genai-f32", bfloat16_whole),
}


def main(folder: Path, names: list[str]) -> None:
    for name in names:
        for layout, (base, convert) in {**CONVERSIONS, **(ONCE if name == "llama" else {})}.items():
            source = folder / name / f"{base}.onnx"
            destination = folder / name / f"{layout}.onnx"
            if not source.exists():
                continue
            try:
                convert(source, destination)
                onnx.load(str(destination))
                print(f"{name} {layout} {destination.stat().st_size} bytes", flush=True)
            except Exception as error:
                destination.unlink(missing_ok=True)
                print(f"{name} {layout} not converted: {type(error).__name__} {str(error)[:160]}", flush=True)


if __name__ == "__main__":
    from architectures import ARCHITECTURES

    np.random.seed(0)
    main(Path(sys.argv[1]), sys.argv[2:] or list(ARCHITECTURES))
