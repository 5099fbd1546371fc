/** What each problem with a hub of models means to the person who reads it; see `sentenceTemplates.ts` for the keys. */
export const hubSentenceTemplates: Readonly<Record<string, readonly string[]>> = {
  "hub/cancelled": ["The download was cancelled. What was loaded is kept; it goes on from there next time."],
  "hub/id-invalid": [
    "{id} is no name of a model on a hub. Write it as organisation/name, or organisation/name@revision.",
  ],
  "hub/endpoint-invalid": [
    "{endpoint} cannot be used as the address of a hub. Write an address such as https://huggingface.co, without a password in it.",
  ],
  "hub/unreachable": [
    "The hub at {endpoint} cannot be reached ({reason}). Check the connection and the address of the hub; models that were downloaded before can be used without it.",
  ],
  "hub/busy": ["The hub at {endpoint} is busy (HTTP status {status}). Try again later."],
  "hub/refused": ["The hub at {endpoint} refused the request (HTTP status {status}). Check the address of the hub."],
  "hub/redirect-refused": [
    "The hub at {endpoint} sent the download on to {target}, which was not followed: it is no safe address, or there is no end to it. Check the address of the hub.",
  ],
  "hub/not-found:model": [
    "The hub at {endpoint} has no model {id} that you may see. Check the name; for a private model, put your token into HF_TOKEN.",
  ],
  "hub/not-found:revision": [
    "The model {id} has no branch, tag or commit {revision} on the hub. Check the name after the @, or leave it out.",
  ],
  "hub/not-found:file": [
    "The hub at {endpoint} no longer has the file {file} of {id} at {revision}. Choose another revision.",
  ],
  "hub/not-found": ["The hub at {endpoint} does not have {id}. Check the name."],
  "hub/gated:terms": [
    "The model {id} is only for those who accepted its terms. Accept them on its page at {endpoint}/{id}, then put your token into HF_TOKEN and try again.",
  ],
  "hub/gated:login": [
    "The hub at {endpoint} does not show {id} to everybody. Check the name; if you have access, put your token into HF_TOKEN and try again.",
  ],
  "hub/gated:token": [
    "The hub at {endpoint} does not show {id} to the holder of your token. Check the token in HF_TOKEN, and on the model's page whether you have access.",
  ],
  "hub/gated": ["The model {id} needs a token. Put yours into HF_TOKEN and try again."],
  "hub/list-invalid": [
    "The answer of {endpoint} about {id} is not one of a hub ({reason}). Check the address of the hub, and whether the network asks you to sign in first.",
  ],
  "hub/unsafe-name": [
    "The model {id} names a file {name}, which would lie outside its folder or is a device; nothing was downloaded. Only use models from people you trust.",
  ],
  "hub/no-model:graph": [
    "The repository {id} holds no ONNX model for text generation. Look for an ONNX export of it, often under onnx-community.",
  ],
  "hub/no-model:file": ["The repository {id} has no {file}, so its model cannot be used. Choose another export of it."],
  "hub/dtype-missing:several": ["The model {id} comes in several forms: {offered}. Choose one with --dtype."],
  "hub/dtype-missing": ["The model {id} does not come as {dtype}. Choose one of: {offered}."],
  "hub/too-large": [
    "The model {id} has {sizeBytes}, more than the {maxBytes} that are downloaded. Choose a smaller form of it.",
  ],
  "hub/connection-lost": [
    "The connection was lost while {file} was loaded ({reason}): {doneBytes} of {sizeBytes} are here and kept. Start the download again to go on.",
  ],
  "hub/size-mismatch": [
    "The hub sends {receivedBytes} for {file} and had announced {sizeBytes}; it was not kept. Try again later, or use the hub itself instead of a mirror.",
  ],
  "hub/checksum-mismatch": [
    "The file {file} is not the one that the hub announced: its checksum differs; it was removed. Download again; if it goes on, use the hub itself instead of a mirror.",
  ],
  "hub/disk-full": [
    "The disk that holds {folder} has {freeBytes} left and {neededBytes} are needed. Free some space, or choose another cache folder.",
    "The disk that holds {folder} is full; what was loaded is kept. Free some space and start the download again.",
  ],
  "hub/not-written": [
    "The download cannot be written to {folder} ({reason}). Give yourself the right to write there, or choose another cache folder.",
  ],
  "hub/not-cached": [
    "There is no folder {id} and no model of that name in {cacheFolder}. Check the path, or load it with: context-reliance download {id}.",
  ],
};
