import { l10n, ProgressLocation, type QuickPickItem, window } from "vscode";
import recommendedModels from "../../../media/recommendedModels.json" with { type: "json" };
import { CodedError } from "../../core/problem.ts";
import type { InferenceClient } from "../../inference/client.ts";
import type { HubOffer, HubProgressNotification } from "../../protocol/hub.ts";
import type { Inference } from "../inference.ts";
import type { ModelFolderEntry } from "../modelFolders.ts";
import { errorSentence } from "../problemSentence.ts";
import { numbers } from "../rowWords.ts";
import { hubEndpointSetting } from "../settings.ts";

/** The models in the cache that all tools for the hub share; none where the process that looks cannot be started. */
export async function cachedModelEntries(inference: Inference): Promise<ModelFolderEntry[]> {
  const hub = await inference.startHub();
  try {
    const models = await hub.cachedModels();
    return models.map(({ id, folder, dtypes, sizeBytes }) => ({
      path: folder,
      name: id,
      dtype: dtypes[0] ?? "",
      sizeBytes,
    }));
  } catch {
    return [];
  } finally {
    await hub.dispose();
  }
}

/** Asks for a model and its form, loads it and returns its folder; null when the person leaves it or it fails, which is said. */
export async function downloadModel(inference: Inference): Promise<string | null> {
  const model = await chooseModel();
  if (model === null) return null;
  const hub = await inference.startHub();
  try {
    const offer = await withProgress(l10n.t("Asking for {model}", { model }), (signal) =>
      hub.hubOffer({ model, endpoint: hubEndpointSetting() }, signal),
    );
    const dtype = await chooseDtype(model, offer);
    return dtype === null ? null : await load(hub, model, offer.model, dtype);
  } catch (error) {
    const isCancelled = error instanceof CodedError && error.code === "hub/cancelled";
    if (!isCancelled) void window.showErrorMessage(errorSentence(error));
    return null;
  } finally {
    await hub.dispose();
  }
}

async function chooseModel(): Promise<string | null> {
  const other = l10n.t("$(edit) Enter a Name…");
  const items: QuickPickItem[] = recommendedModels.map(({ id, parameters, licence }) => ({
    label: id,
    description: `${parameters} · ${licence}`,
  }));
  const chosen = await window.showQuickPick([...items, { label: other, alwaysShow: true }], {
    title: l10n.t("Model to download"),
    placeHolder: l10n.t("A small chat model with ONNX files"),
  });
  if (!chosen) return null;
  if (chosen.label !== other) return chosen.label;
  const name = await window.showInputBox({
    title: l10n.t("Model to download"),
    prompt: l10n.t("Name on the hub, such as {example}; a revision may follow after @", {
      example: recommendedModels[0]?.id ?? "organisation/name",
    }),
  });
  return name?.trim() || null;
}

async function chooseDtype(model: string, { choices }: HubOffer): Promise<string | null> {
  if (choices.length === 0) throw new CodedError("hub/no-model", { reason: "graph", id: model });
  const items = choices.map(({ dtype, sizeBytes }) => ({ label: dtype, description: numbers.size(sizeBytes) }));
  const chosen = await window.showQuickPick(items, {
    title: model,
    placeHolder: l10n.t("Form of the weights: fewer bits are smaller and less exact"),
  });
  return chosen?.label ?? null;
}

function load(hub: InferenceClient, name: string, model: string, dtype: string): Promise<string> {
  const title = l10n.t("Downloading {model}", { model: name });
  return withProgress(title, (signal, report) => {
    let shownPercent = 0;
    const request = { model, dtype, endpoint: hubEndpointSetting() };
    return hub.downloadModel(request, signal, (progress) => {
      const percent = (100 * progress.doneBytes) / progress.totalBytes;
      report({ message: progressText(progress), increment: Math.max(0, percent - shownPercent) });
      shownPercent = Math.max(shownPercent, percent);
    });
  });
}

function progressText({ doneBytes, totalBytes, bytesPerSecond }: HubProgressNotification): string {
  const done = numbers.size(doneBytes);
  const total = numbers.size(totalBytes);
  if (bytesPerSecond === null) return l10n.t("{done} of {total}", { done, total });
  return l10n.t("{done} of {total}, {rate} per second", { done, total, rate: numbers.size(bytesPerSecond) });
}

type Report = (step: { message: string; increment: number }) => void;

/** A notification with a bar and a button that cancels. */
async function withProgress<Value>(
  title: string,
  run: (signal: AbortSignal, report: Report) => Promise<Value>,
): Promise<Value> {
  const options = { location: ProgressLocation.Notification, title, cancellable: true };
  return window.withProgress(options, (progress, token) => {
    const controller = new AbortController();
    token.onCancellationRequested(() => controller.abort());
    return run(controller.signal, (step) => progress.report(step));
  });
}
