import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

const sizeMiB = 16;
const block = new Uint8Array(4096);

/** A disk of a few megabytes that can be filled to the last byte: memory mounted at a folder, which takes root. */
export class SmallDisk {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Undefined where this process may not mount. */
  static mount(folder: string): SmallDisk | undefined {
    mkdirSync(folder, { recursive: true });
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", `size=${sizeMiB}m`, "tmpfs", folder], { stdio: "ignore" });
      return new SmallDisk(folder);
    } catch {
      return undefined;
    }
  }

  /** Writes until the system says that there is no space left. */
  fill(): void {
    const file = openSync(join(this.folder, "ballast"), "a");
    try {
      for (;;) writeSync(file, block);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    } finally {
      closeSync(file);
    }
  }

  free(): void {
    rmSync(join(this.folder, "ballast"), { force: true });
  }

  unmount(): void {
    execFileSync("umount", ["-l", this.folder], { stdio: "ignore" });
  }
}
