import { randomBytes } from "node:crypto";
import { open, realpath, rename, rm } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { LpError } from "@livepeer-ts/kernel";

/** Writes a file that appears whole or not at all: under another name in the same folder first. */
export async function writeWhole(
  file: string,
  bytes: Uint8Array,
  options: {
    /** How the name ends meanwhile. */
    readonly temporarySuffix: string;
    /** Flush it to the disk before it gets its name. Default false. */
    readonly sync?: boolean;
  },
): Promise<void> {
  const temporary = join(dirname(file), `.${randomBytes(6).toString("hex")}${options.temporarySuffix}`);
  try {
    const handle = await open(temporary, "wx");
    try {
      await handle.writeFile(bytes);
      if (options.sync === true) await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Refuses a folder that a link leads out of the store at `root`, itself a real path. `name`: what is stored there, for the message. */
export async function requireInside(root: string, folder: string, name: string): Promise<void> {
  const real = await realpath(folder);
  if (real !== root && !real.startsWith(root + sep)) {
    throw new LpError({
      code: "object_path_refused",
      message: `"${name.slice(0, 80)}" leads out of the store through a link: remove the link`,
    });
  }
}
