/** Characters that would move, hide or reorder the text around a token; each is shown as the symbol that stands for it. */
const visible: Readonly<Record<string, string>> = { "\n": "⏎", "\r": "␍", "\t": "⇥", " ": "·", "\u00a0": "·" };
/** Nothing but what leaves no mark of its own: joiners, variation selectors, spaces of other widths. */
const invisible = /^[\p{Default_Ignorable_Code_Point}\p{Zs}\p{Zl}\p{Zp}]+$/u;
const onlyPlainSpaces = /^[ \u00a0]+$/;
/** As many code points as an invisible token is named by. */
const mostNamed = 4;

/**
 * A token's text as a reader can see it: outer spaces as middle dots, line ends and tabs as their symbols, other control
 * and direction-changing characters as U+FFFD. A token that cannot be seen at all is named by its code points, an empty
 * one is `∅`.
 */
export function visibleTokenText(token: string): string {
  if (token === "") return "∅";
  if (invisible.test(token) && !onlyPlainSpaces.test(token)) return codePointNames(token);
  return token
    .toWellFormed()
    .replace(/^[ \u00a0]+|[ \u00a0]+$|[\n\r\t]/g, (spaces) =>
      Array.from(spaces, (space) => visible[space] ?? space).join(""),
    )
    .replace(/[\p{Control}\p{Bidi_Control}]/gu, "\ufffd");
}

function codePointNames(token: string): string {
  const characters = Array.from(token.slice(0, 2 * mostNamed + 2));
  const names = characters.slice(0, mostNamed).map((character) => {
    const symbol = visible[character];
    return symbol ?? `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
  });
  return `${names.join(" ")}${characters.length > mostNamed ? " …" : ""}`;
}
