import { stat } from "node:fs/promises";

/** Says whether two paths lead to one file, through links too; a path that leads nowhere yet is no other's. */
export async function isSameFile(path: string, otherPath: string): Promise<boolean> {
  const [one, other] = await Promise.all(
    [path, otherPath].map((each) => stat(each, { bigint: true }).catch(() => null)),
  );
  return one != null && other != null && one.dev === other.dev && one.ino === other.ino;
}
