import { type Disposable, env, l10n, Uri, ViewColumn, type WebviewPanel, window } from "vscode";
import type { LensMessage, LensNotice } from "../protocol/lens.ts";
import { lensMessage } from "../protocol/lensMessage.ts";
import { lensPage } from "./lensPage.ts";

export const lensViewType = "contextReliance.lens";

/** Receives what the page asks for. */
export type LensListener = (message: LensMessage) => void;

/** The one panel that shows the lens, beside the editor; used again as long as it is open. */
export class LensPanel {
  readonly #extensionUri: Uri;
  readonly #listener: LensListener;
  #panel: WebviewPanel | null = null;
  #subscriptions: Disposable[] = [];

  constructor(extensionUri: Uri, listener: LensListener) {
    this.#extensionUri = extensionUri;
    this.#listener = listener;
  }

  get isOpen(): boolean {
    return this.#panel !== null;
  }

  /** Shows the panel without taking the keyboard from the editor. */
  reveal(preserveFocus: boolean): void {
    if (this.#panel) {
      this.#panel.reveal(undefined, preserveFocus);
      return;
    }
    const options = {
      enableScripts: true,
      localResourceRoots: [Uri.joinPath(this.#extensionUri, "dist")],
    };
    const place = { viewColumn: ViewColumn.Beside, preserveFocus };
    this.adopt(window.createWebviewPanel(lensViewType, l10n.t("Context Lens"), place, options));
  }

  /** Takes over a panel that the editor restored. */
  adopt(panel: WebviewPanel): void {
    this.#panel?.dispose();
    this.#panel = panel;
    panel.iconPath = Uri.joinPath(this.#extensionUri, "media", "icons", "contextReliance.svg");
    panel.webview.options = {
      enableScripts: true,
      localResourceRoots: [Uri.joinPath(this.#extensionUri, "dist")],
    };
    this.#subscriptions = [
      panel.webview.onDidReceiveMessage((value: unknown) => {
        const message = lensMessage(value);
        if (!message) return;
        if (message.type === "ready") this.#setUp();
        this.#listener(message);
      }),
      panel.onDidDispose(() => {
        for (const subscription of this.#subscriptions) subscription.dispose();
        if (this.#panel === panel) this.#panel = null;
      }),
    ];
    panel.webview.html = lensPage(panel.webview, this.#extensionUri, l10n.t("Context Lens"));
  }

  title(text: string): void {
    if (this.#panel) this.#panel.title = text;
  }

  send(notice: LensNotice): void {
    void this.#panel?.webview.postMessage(notice);
  }

  #setUp(): void {
    this.send({ type: "setup", words: l10n.bundle ?? {}, locale: env.language });
  }

  dispose(): void {
    this.#panel?.dispose();
  }
}
