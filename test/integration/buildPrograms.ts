import { build } from "../../scripts/build.mjs";

/** The integration tests start the built programs: builds them once per run. */
export async function setup(): Promise<void> {
  await build();
}
