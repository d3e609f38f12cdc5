// Makes the README's pictures from a running local network: boots one on free ports, lets the stream run for 40 s, takes the
// pages in Chromium and writes docs/img/*.png. Run after changing a page:
//
//   node scripts/bootstrap.mjs --services scripts/make-screenshots.ts
import { execFile } from "node:child_process";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Browser } from "playwright-core";
import { LocalNetwork } from "../node/src/up/local-network.ts";
import { findFreePorts } from "../node/src/up/network-ports.ts";
import { launchBrowser, waitForFrames } from "../tests/e2e/browser.ts";

const images = fileURLToPath(new URL("../docs/img/", import.meta.url));
const streamMs = 40_000;
const maxBytes = 400_000;

type Picture = {
  readonly name: string;
  readonly path: (playbackId: string) => string;
  readonly width: number;
  readonly height: number;
  readonly colorScheme: "light" | "dark";
  readonly wholePage: boolean;
  /** Texts without which the picture shows something else than it should. */
  readonly shows: readonly string[];
};

const networkTexts = ["Machine A", "Machine B", "Payments", "What just happened"];
const pictures: readonly Picture[] = [
  {
    ...{ name: "network.light", path: () => "/", width: 1360, height: 900 },
    ...{ colorScheme: "light", wholePage: true, shows: networkTexts },
  },
  {
    ...{ name: "network.dark", path: () => "/", width: 1360, height: 900 },
    ...{ colorScheme: "dark", wholePage: true, shows: networkTexts },
  },
  {
    ...{ name: "watch", path: (playbackId) => `/watch/${playbackId}`, width: 1100, height: 720 },
    ...{ colorScheme: "dark", wholePage: false, shows: ["Big Buck Bunny", "Live"] },
  },
];

async function take(browser: Browser, network: LocalNetwork, picture: Picture, scratch: string): Promise<void> {
  const { width, height, colorScheme } = picture;
  const page = await browser.newPage({ viewport: { width, height }, colorScheme, locale: "en-US" });
  await page.goto(`${network.platformUrl}${picture.path(network.sample?.playbackId ?? "")}`);
  await waitForFrames(page, 100);
  for (const text of picture.shows) await page.getByText(text).first().waitFor();
  if ((await page.getByRole("alert").count()) > 0) throw new Error(`${picture.name} shows an error`);
  const raw = join(scratch, `${picture.name}.png`);
  await page.screenshot({ path: raw, fullPage: picture.wholePage });
  await page.close();
  // 256 colors are enough here and keep the repository small
  const out = join(images, `${picture.name}.png`);
  const palette = "split[a][b];[a]palettegen=max_colors=256[p];[b][p]paletteuse=dither=none";
  await promisify(execFile)("ffmpeg", ["-v", "error", "-y", "-i", raw, "-vf", palette, out]);
  const { size } = await stat(out);
  if (size > maxBytes) throw new Error(`${out} has ${size} bytes, more than ${maxBytes}`);
  console.log(`${picture.name}.png ${size} bytes`);
}

const folder = await mkdtemp(join(tmpdir(), "livepeer-pictures-"));
const network = new LocalNetwork({
  folder: join(folder, "network"),
  ports: await findFreePorts(),
  blockTimeSec: 0.5,
  onStep: () => {},
});
try {
  await network.start();
  const browser = await launchBrowser();
  try {
    await new Promise((resolve) => setTimeout(resolve, streamMs));
    for (const picture of pictures) await take(browser, network, picture, folder);
  } finally {
    await browser.close();
  }
} finally {
  await network.stop();
  await rm(folder, { recursive: true, force: true });
}
