"""Exports through Optimum (what transformers.js models are made with) and onnxruntime-genai's model builder.

Usage: export_folder.py optimum|genai OUTPUT [NAME…]. The two need different versions of transformers: see README.md.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from architectures import build


def save_model(name: str, folder: Path) -> None:
    """The model as a Hugging Face folder; the tokenizer is only there because the exporters ask for one."""
    build(name).save_pretrained(folder)
    vocabulary = {f"t{idx}": idx for idx in range(96)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="t0"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="t0", bos_token="t1", eos_token="t2", pad_token="t0").save_pretrained(folder)


def run(arguments: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        lines = [line for line in (done.stderr + done.stdout).splitlines() if "Error" in line] or done.stderr.splitlines()[-1:]
        raise RuntimeError(lines[-1][:160] if lines else "failed")


def optimum(task: str, extra: list[str], produced: str):
    def export(source: Path, folder: Path) -> Path:
        run(["optimum.commands.optimum_cli", "export", "onnx", "--model", str(source), "--task", task, "--no-post-process", *extra, str(folder)])
        return folder / produced

    return export


def genai(precision: str, provider: str = "cpu"):
    def export(source: Path, folder: Path) -> Path:
        run(["onnxruntime_genai.models.builder", "-m", str(source), "-o", str(folder), "-p", precision, "-e", provider, "-c", str(folder / "cache")])
        return folder / "model.onnx"

    return export


OPTIMUM_LAYOUTS = {
    "optimum-past": optimum("text-generation-with-past", [], "model.onnx"),
    "optimum-plain": optimum("text-generation", [], "model.onnx"),
}

GENAI_LAYOUTS = {
    "genai-f32": genai("fp32"),
    "genai-f16": genai("fp16"),
    "genai-q4": genai("int4"),
}


def copy_model(model: Path, destination: Path) -> None:
    """Copies the graph, folding external data into one file so that a model is one committed file."""
    import onnx

    onnx.save_model(onnx.load(str(model)), str(destination))


def main(output: Path, layouts: dict, names: list[str]) -> None:
    for name in names:
        with tempfile.TemporaryDirectory() as scratch:
            source = Path(scratch) / "source"
            save_model(name, source)
            for layout, export in layouts.items():
                folder = Path(scratch) / layout
                destination = output / name / f"{layout}.onnx"
                destination.parent.mkdir(parents=True, exist_ok=True)
                try:
                    copy_model(export(source, folder), destination)
                    print(f"{name} {layout} {destination.stat().st_size} bytes", flush=True)
                except Exception as error:
                    print(f"{name} {layout} not exported: {type(error).__name__} {str(error)[:200]}", flush=True)
                shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    from architectures import EXPORTED

    exporters = {"optimum": OPTIMUM_LAYOUTS, "genai": GENAI_LAYOUTS}
    main(Path(sys.argv[2]), exporters[sys.argv[1]], sys.argv[3:] or EXPORTED)
