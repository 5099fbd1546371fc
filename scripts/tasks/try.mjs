// `npm run try`: a real VS Code with the extension, in a browser window, on a copy of the samples.
import { build } from "../build.mjs";
import { tryExtension } from "../try.mjs";

await build();
await tryExtension();
