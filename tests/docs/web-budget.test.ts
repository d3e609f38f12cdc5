import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { buildWebApp } from "../../node/src/up/build-web-app.ts";

const cacheFolder = fileURLToPath(new URL("../../.cache", import.meta.url));
/** Bytes after gzip. The player's library is loaded when a picture is wanted, after the page is there. */
const budget = { script: 250_000, style: 30_000, player: 190_000 };

test.each([
  ["network", "."],
  ["console", "console"],
])(
  "the pages of the %s load with no more than their budget",
  async (app, below) => {
    const assets = join(await buildWebApp(cacheFolder), below, "assets");
    const sizes = { script: 0, style: 0, player: 0 };
    for (const name of await readdir(assets)) {
      const size = gzipSync(await readFile(join(assets, name))).length;
      if (name.endsWith(".css")) sizes.style += size;
      else if (/^hls-.*\.js$/.test(name)) sizes.player += size;
      else if (name.endsWith(".js")) sizes.script += size;
    }
    const kinds = app === "network" ? (["script", "style", "player"] as const) : (["script", "style"] as const);
    for (const kind of kinds) {
      expect(sizes[kind], kind).toBeGreaterThan(0);
      expect(sizes[kind], kind).toBeLessThanOrEqual(budget[kind]);
    }
  },
  60_000,
);
