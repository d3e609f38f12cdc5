import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Random, toHex } from "@livepeer-ts/kernel";

/** What a node marks its containers with: made once, kept in the data directory, so that the next start finds them. */
export async function readCreatorId(dataDir: string, random: Random): Promise<string> {
  const path = join(dataDir, "runners", "creator-id");
  const known = (await readFile(path, "utf8").catch(() => "")).trim();
  if (/^[0-9a-f]{16}$/.test(known)) return known;
  const made = toHex(random.bytes(8)).slice(2);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, `${made}\n`, { mode: 0o600 });
  return made;
}
