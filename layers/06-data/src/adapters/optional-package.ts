import { LpError } from "@livepeer-ts/kernel";

/** What `load` imports; rejects with `package_missing` and what to do when the package is not installed. */
export async function optionalPackage<T>(name: string, flag: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    if ((cause as { code?: unknown } | null)?.code !== "ERR_MODULE_NOT_FOUND") throw cause;
    throw new LpError({
      code: "package_missing",
      message: `${flag} needs the package ${name}, which is not installed: run npm install without --omit=optional, or leave the flag out`,
      cause,
    });
  }
}
