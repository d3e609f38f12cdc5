import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { fileInArchive } from "../src/weights/archive.ts";
import { catalog } from "../src/weights/catalog.ts";
import { missingFiles, modelsFolder } from "../src/weights/models-folder.ts";
import { folder, lacking } from "./runner-process.ts";

const scratch = mkdtempSync(join(tmpdir(), "livepeer-weights-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const command = fileURLToPath(new URL("../src/models.ts", import.meta.url));

/** Runs the command that fetches models, in a folder of its own. */
function fetched(args: readonly string[], env: Readonly<Record<string, string>>): { status: number; output: string } {
  try {
    const output = execFileSync(process.execPath, ["--disable-warning=ExperimentalWarning", command, ...args], {
      env: { ...process.env, ...env },
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    return { status: 0, output };
  } catch (error) {
    const { status, stderr } = error as { status: number; stderr: string };
    return { status, output: stderr };
  }
}

test("finds files in what tar and zip have made", () => {
  const data = Buffer.from("weights ".repeat(5000));
  mkdirSync(join(scratch, "package", "inner"), { recursive: true });
  writeFileSync(join(scratch, "package", "inner", "a.bin"), data);
  writeFileSync(join(scratch, "package", "b.txt"), "b");
  execFileSync("tar", ["-czf", "p.tgz", "package"], { cwd: scratch });
  execFileSync("python3", ["-m", "zipfile", "-c", "p.zip", "package"], { cwd: scratch });
  for (const [file, isZip] of [
    ["p.tgz", false],
    ["p.zip", true],
  ] as const) {
    const archive = readFileSync(join(scratch, file));
    expect(fileInArchive(archive, isZip, "package/inner/a.bin", data.length).equals(data)).toBe(true);
    expect(fileInArchive(archive, isZip, "package/b.txt", 10).toString()).toBe("b");
    expect(() => fileInArchive(archive, isZip, "package/c.txt", 10)).toThrow("the package holds no package/c.txt");
  }
  expect(() => fileInArchive(readFileSync(join(scratch, "p.zip")), true, "package/inner/a.bin", 100)).toThrow();
  expect(() => fileInArchive(Buffer.alloc(100), true, "x", 10)).toThrow("no zip file");
});

test("a package with other contents than the list says is refused, and nothing of it is kept", () => {
  const models = join(scratch, "refused");
  const bin = join(scratch, "bin");
  mkdirSync(bin);
  // an npm that always packs the same wrong thing
  mkdirSync(join(scratch, "wrong", "package", "models", "x4"), { recursive: true });
  for (const name of ["group1-shard1of1.bin", "model.json"]) {
    writeFileSync(join(scratch, "wrong", "package", "models", "x4", name), "something else");
  }
  writeFileSync(join(bin, "npm"), `#!/bin/sh\ntar -czf "$4/p.tgz" -C "${join(scratch, "wrong")}" package\n`);
  chmodSync(join(bin, "npm"), 0o755);
  const env = { LIVEPEER_MODELS_DIR: models, PATH: `${bin}${delimiter}${process.env["PATH"]}` };
  const { status, output } = fetched(["--pipelines", "upscale"], env);
  expect(status).toBe(1);
  expect(output).toContain("License: MIT");
  expect(output).toMatch(/has the SHA-256 [0-9a-f]{64}, but [0-9a-f]{64} was expected: it is not used/);
  expect(readdirSync(models)).toEqual([]);
  expect(missingFiles(models, "upscale").length).toBe(3);
});

test("without a registry it says which command failed; unknown pipelines are refused", () => {
  const env = { LIVEPEER_MODELS_DIR: join(scratch, "none"), PATH: "/nowhere" };
  expect(fetched(["--pipelines", "upscale"], env)).toMatchObject({
    status: 1,
    output: expect.stringContaining("npm cannot be run"),
  });
  expect(fetched(["--pipelines=llm,music"], env)).toMatchObject({
    status: 1,
    output: expect.stringContaining('there are no weights for "music"'),
  });
});

test("the folder comes from the environment, else from the user's data folder", () => {
  expect(modelsFolder({ LIVEPEER_MODELS_DIR: "/a" })).toBe("/a");
  expect(modelsFolder({ XDG_DATA_HOME: "/b" })).toBe("/b/livepeer-ts/models");
  expect(modelsFolder({})).toMatch(/\.local\/share\/livepeer-ts\/models$/);
});

test("every package names a license, and NOTICE names every package", () => {
  const notice = readFileSync(fileURLToPath(new URL("../NOTICE", import.meta.url)), "utf8");
  for (const { name, version, license } of catalog) {
    expect(license).not.toBe("");
    expect(notice).toContain(`${name} ${version}`);
  }
});

describe.skipIf(lacking("llm", "tts", "asr", "describe", "upscale", "segment", "tests") !== undefined)(
  "complete models",
  () => {
    test("need no network, and keep their checksums", () => {
      // no npm and no python3 on this path
      const { status, output } = fetched(["--tests"], { LIVEPEER_MODELS_DIR: folder, PATH: "/nowhere" });
      expect(output).toContain(`the models are complete in ${folder}`);
      expect(status).toBe(0);
      expect(existsSync(join(folder, "asr/encoder.onnx"))).toBe(true);
    });
  },
);
