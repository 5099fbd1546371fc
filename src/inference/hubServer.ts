import type { MessageConnection } from "vscode-jsonrpc/node";
import { hubAccess, hubCacheFolder } from "../model/hubAccess.ts";
import { listCachedModels } from "../model/hubCache.ts";
import { chooseDtype, hubChoices } from "../model/hubChoice.ts";
import { downloadModel } from "../model/hubDownload.ts";
import { parseHubId } from "../model/hubNames.ts";
import { readHubRepository } from "../model/hubRepository.ts";
import {
  type CachedModelEntry,
  type HubDownloadRequest,
  type HubOffer,
  type HubOfferRequest,
  hubMethods,
} from "../protocol/hub.ts";
import { answerCoded } from "./codedAnswer.ts";

/** Answers the requests of `protocol/hub.ts`. They wait for no other request: a download takes minutes. */
export function serveHub(connection: MessageConnection): void {
  answerCoded(connection, hubMethods.cached, async (): Promise<CachedModelEntry[]> => {
    const models = await listCachedModels(hubCacheFolder());
    return models.map(({ id, folder, dtypes, sizeBytes }) => ({ id, folder, dtypes, sizeBytes }));
  });
  answerCoded(connection, hubMethods.offer, async ({ model, endpoint }: HubOfferRequest, signal): Promise<HubOffer> => {
    const repository = await readHubRepository(parseHubId(model), hubAccess({ endpoint }), signal);
    const choices = hubChoices(repository).map(({ dtype, sizeBytes }) => ({ dtype, sizeBytes }));
    return { model: `${repository.id}@${repository.commit}`, choices };
  });
  answerCoded(connection, hubMethods.download, async (request: HubDownloadRequest, signal): Promise<string> => {
    const access = hubAccess({ endpoint: request.endpoint });
    const repository = await readHubRepository(parseHubId(request.model), access, signal);
    return downloadModel(repository, chooseDtype(repository, request.dtype), {
      access,
      cacheFolder: hubCacheFolder(),
      signal,
      onProgress: (progress) => void connection.sendNotification(hubMethods.progress, progress),
    });
  });
}
