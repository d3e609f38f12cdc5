import { LpError } from "@livepeer-ts/kernel";

const maxPathLength = 1024;

/** Checks a key and returns its parts. Throws `object_path_refused` for anything that could leave the store. */
export function keyParts(path: string): readonly string[] {
  const parts = path.split("/");
  const bad =
    path.length === 0 ||
    path.length > maxPathLength ||
    /[\\\0]/.test(path) ||
    parts.some((part) => part === "" || part === "." || part === ".." || part.length > 255);
  if (bad) {
    throw new LpError({
      code: "object_path_refused",
      message: `"${path.slice(0, 80)}" is not a path inside the store: use names separated by single slashes, without . or ..`,
    });
  }
  return parts;
}
