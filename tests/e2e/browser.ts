import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { type Browser, chromium, type Page } from "playwright-core";

/** The system's Chromium; a missing one fails the suite with what to do. */
export async function launchBrowser(): Promise<Browser> {
  const paths = [process.env["CHROMIUM_PATH"], "/usr/bin/chromium", "/usr/bin/google-chrome"];
  const executablePath = paths.find((path) => path !== undefined && existsSync(path));
  if (executablePath === undefined)
    throw new Error('Chromium is missing: run "npm test", which installs it, or set CHROMIUM_PATH');
  return chromium.launch({
    executablePath,
    args: [
      ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
      ...["--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required"],
    ],
  });
}

/** What the browser itself says about the picture. */
export async function pictureOf(page: Page): Promise<{ time: number; width: number; frames: number; dropped: number }> {
  return page.evaluate(() => {
    const video = document.querySelector("video") as HTMLVideoElement;
    const quality = video.getVideoPlaybackQuality();
    return {
      time: video.currentTime,
      width: video.videoWidth,
      frames: quality.totalVideoFrames,
      dropped: quality.droppedVideoFrames,
    };
  });
}

/** Waits until the browser has shown more frames than `above`. */
export async function waitForFrames(page: Page, above: number): Promise<void> {
  await page.waitForFunction(
    (least) => (document.querySelector("video")?.getVideoPlaybackQuality().totalVideoFrames ?? 0) > least,
    above,
    { timeout: 40_000 },
  );
}

/** Violations that axe finds, one line each. Nothing moves meanwhile: in the middle of a fade no text has its contrast. */
export async function axeViolations(page: Page): Promise<string[]> {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.evaluate(await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8"));
  const found = await page.evaluate(async () => {
    type Axe = {
      run: (
        options: object,
      ) => Promise<{ violations: { id: string; nodes: { target: unknown[]; failureSummary?: string }[] }[] }>;
    };
    const { violations } = await (window as unknown as { axe: Axe }).axe.run({
      runOnly: ["wcag2a", "wcag2aa", "wcag21aa"],
    });
    return violations.map(
      (item) =>
        `${item.id}: ${item.nodes.map((node) => `${node.target.join(" ")} ${node.failureSummary ?? ""}`).join("; ")}`,
    );
  });
  await page.emulateMedia({ reducedMotion: null });
  return found;
}
