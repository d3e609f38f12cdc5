import { access, constants, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isProcessAlive } from "@livepeer-ts/kernel/adapters";

const prefix = "livepeer-work-";

/** Memory-backed folder of the system when there is one, else its temporary folder. */
export async function defaultWorkDir(): Promise<string> {
  try {
    await access("/dev/shm", constants.W_OK | constants.X_OK);
    return "/dev/shm";
  } catch {
    return tmpdir();
  }
}

/** Makes a folder of our own in `parent` and removes those that crashed processes left there. */
export async function makeWorkFolder(parent: string | undefined): Promise<string> {
  const root = parent ?? (await defaultWorkDir());
  await mkdir(root, { recursive: true });
  for (const name of await readdir(root)) {
    const pid = name.startsWith(prefix) ? Number.parseInt(name.slice(prefix.length), 10) : Number.NaN;
    if (Number.isInteger(pid) && pid !== process.pid && !isProcessAlive(pid)) {
      await rm(join(root, name), { recursive: true, force: true }).catch(() => undefined);
    }
  }
  return mkdtemp(join(root, `${prefix}${process.pid}-`));
}
