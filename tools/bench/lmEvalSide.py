"""lm-evaluation-harness's loglikelihood over rows, timed. Prints one line of JSON.

    python lmEvalSide.py MODEL_FOLDER THREADS ROWS.json BATCH_SIZE...

ROWS.json holds [{context, continuation}] as rendered text. Opening the model is not in the time. The rate is measured for
each batch size; the harness's own "auto" probes with sequences of the model's full window, which on a CPU takes longer
than the rows.
"""

import json
import sys
import time

import torch
from lm_eval.api.instance import Instance
from lm_eval.models.huggingface import HFLM

from peakMemory import peak_mb


def main(folder: str, threads: str, path: str, *batch_sizes: str) -> None:
    torch.set_num_threads(int(threads))
    with open(path) as file:
        rows = json.load(file)
    # The chat template has written the start token already.
    model = HFLM(pretrained=folder, device="cpu", dtype="float32", batch_size=1, add_bos_token=False)
    requests = [
        Instance(request_type="loglikelihood", doc={}, arguments=(row["context"], row["continuation"]), idx=idx)
        for idx, row in enumerate(rows)
    ]
    model.loglikelihood(requests[:1], disable_tqdm=True)
    runs = []
    for batch_size in batch_sizes:
        model.batch_size_per_gpu = int(batch_size)
        start = time.perf_counter()
        answers = model.loglikelihood(requests, disable_tqdm=True)
        seconds = time.perf_counter() - start
        log_probs = [log_prob for log_prob, _ in answers]
        runs.append({"batchSize": int(batch_size), "seconds": seconds, "peakMb": peak_mb(), "logProbs": log_probs})
    print(json.dumps({"runs": runs}))


if __name__ == "__main__":
    main(*sys.argv[1:])
