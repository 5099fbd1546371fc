/**
 * Address of the workbench on a folder.
 *
 * @param {string} origin
 * @param {{ folder: string, payload?: [string, string][], connectionToken?: string }} options
 */
export function workbenchUrl(origin, { folder, payload, connectionToken }) {
  const query = new URLSearchParams({ folder });
  if (payload) query.set("payload", JSON.stringify(payload));
  if (connectionToken) query.set("tkn", connectionToken);
  return `${origin}/?${query}`;
}
