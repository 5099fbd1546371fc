/**
 * Where the first visible occurrence of a text in the active editor is: a point on its first character, in CSS pixels of
 * the window, or null. Runs inside the page, so it may use nothing from outside itself.
 *
 * The editor cuts a line into spans at token borders and shows spaces as no-break spaces, which is why no selector
 * finds a text in it.
 *
 * @param {string} text
 * @returns {{ x: number, y: number } | null}
 */
export function textRectangle(text) {
  for (const line of document.querySelectorAll(".editor-group-container.active .view-lines .view-line")) {
    let offset = (line.textContent ?? "").replaceAll("\u00a0", " ").indexOf(text);
    if (offset < 0) continue;
    const nodes = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
    for (let node = nodes.nextNode(); node !== null; node = nodes.nextNode()) {
      const nCharacters = node.nodeValue?.length ?? 0;
      if (offset >= nCharacters) {
        offset -= nCharacters;
        continue;
      }
      const range = document.createRange();
      range.setStart(node, offset);
      range.setEnd(node, offset + 1);
      const box = range.getBoundingClientRect();
      return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    }
  }
  return null;
}
