/** Characters that would move, hide or reorder the text around a token; each is shown as the symbol that stands for it. */
const visible: Readonly<Record<string, string>> = { "\n": "⏎", "\r": "␍", "\t": "⇥", " ": "·", "\u00a0": "·" };

/**
 * A token's text as a reader can see it: outer spaces as middle dots, line ends and tabs as their symbols, other control
 * and direction-changing characters as U+FFFD. An empty token is `∅`.
 */
export function visibleTokenText(token: string): string {
  if (token === "") return "∅";
  return token
    .toWellFormed()
    .replace(/^[ \u00a0]+|[ \u00a0]+$|[\n\r\t]/g, (spaces) =>
      Array.from(spaces, (space) => visible[space] ?? space).join(""),
    )
    .replace(/[\p{Control}\p{Bidi_Control}]/gu, "\ufffd");
}
