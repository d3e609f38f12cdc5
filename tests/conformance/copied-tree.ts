import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const projectRoot = join(import.meta.dirname, "..", "..");

/** A copy of the sources in a folder of its own, with the installed packages linked: it can be broken without harm. */
export type CopiedTree = {
  readonly root: string;
  /** Replaces one piece of text in a file; fails when it is not there exactly once. */
  edit(path: string, from: string, to: string): Promise<void>;
  remove(): Promise<void>;
};

export type CopiedTreeOptions = {
  /** Files and folders beside the layers that are copied, relative to the project. */
  readonly include?: readonly string[];
  /** Packages that are copied rather than linked, with the parts of them to leave out. */
  readonly strip?: Readonly<Record<string, readonly string[]>>;
};

/** Copies the layers' sources (not the web apps) and links `node_modules`. */
export async function copyTree(options: CopiedTreeOptions = {}): Promise<CopiedTree> {
  const root = await mkdtemp(join(tmpdir(), "livepeer-tree-"));
  const modules = join(root, "node_modules");
  await mkdir(join(modules, "@livepeer-ts"), { recursive: true });
  for (const layer of await readdir(join(projectRoot, "layers"))) {
    if (layer.startsWith("09-")) continue;
    const target = join(root, "layers", layer);
    await cp(join(projectRoot, "layers", layer), target, {
      recursive: true,
      filter: (path) => !path.endsWith(".test.ts") && !path.includes("node_modules"),
    });
    const name = (JSON.parse(await readFile(join(target, "package.json"), "utf8")) as { name: string }).name;
    await symlink(target, join(modules, name));
  }
  for (const entry of await readdir(join(projectRoot, "node_modules"))) {
    if (entry === "@livepeer-ts" || entry.startsWith(".")) continue;
    const source = join(projectRoot, "node_modules", entry);
    const leaveOut = options.strip?.[entry];
    if (leaveOut === undefined) await symlink(source, join(modules, entry));
    else {
      const isKept = (path: string) => !leaveOut.some((part) => path.startsWith(join(source, part)));
      await cp(source, join(modules, entry), { recursive: true, filter: isKept });
    }
  }
  await cp(join(projectRoot, "package.json"), join(root, "package.json"));
  for (const path of options.include ?? []) await cp(join(projectRoot, path), join(root, path), { recursive: true });
  return {
    root,
    async edit(path, from, to) {
      const content = await readFile(join(root, path), "utf8");
      if (content.split(from).length !== 2) throw new Error(`"${from}" is not in ${path} exactly once`);
      await writeFile(join(root, path), content.replace(from, to));
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}
