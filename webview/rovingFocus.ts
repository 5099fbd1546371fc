/** What a key does to the chosen one of many options that stand in lines; null when it does nothing. */
export function rovingTarget(
  options: readonly HTMLElement[],
  current: number,
  key: string,
  direction: "ltr" | "rtl",
): number | null {
  const last = options.length - 1;
  const forward = direction === "ltr" ? "ArrowRight" : "ArrowLeft";
  const back = direction === "ltr" ? "ArrowLeft" : "ArrowRight";
  if (key === forward) return Math.min(last, current + 1);
  if (key === back) return Math.max(0, current - 1);
  if (key === "Home") return 0;
  if (key === "End") return last;
  if (key === "ArrowDown") return lineNeighbour(options, current, 1);
  if (key === "ArrowUp") return lineNeighbour(options, current, -1);
  return null;
}

/** The option of the next line that is nearest across. */
function lineNeighbour(options: readonly HTMLElement[], current: number, step: 1 | -1): number {
  const here = options[current]?.getBoundingClientRect();
  if (!here) return current;
  const middle = (here.left + here.right) / 2;
  let lineTop: number | null = null;
  let nearest = current;
  let distance = Number.POSITIVE_INFINITY;
  for (let i = current + step; i >= 0 && i < options.length; i += step) {
    const box = options[i]?.getBoundingClientRect();
    if (!box || Math.abs(box.top - here.top) < here.height / 2) continue;
    lineTop ??= box.top;
    if (Math.abs(box.top - lineTop) > here.height / 2) break;
    const away = Math.abs((box.left + box.right) / 2 - middle);
    if (away < distance) {
      distance = away;
      nearest = i;
    }
  }
  return nearest;
}

/** Makes one option the one that Tab reaches and that counts as chosen. */
export function markChosen(options: readonly HTMLElement[], before: number, chosen: number): void {
  const old = options[before];
  old?.setAttribute("aria-selected", "false");
  if (old) old.tabIndex = -1;
  const now = options[chosen];
  now?.setAttribute("aria-selected", "true");
  if (now) now.tabIndex = 0;
}
