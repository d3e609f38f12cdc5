import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { ModelPipeline } from "../src/weights/catalog.ts";
import { fetchCommand, missingFiles, modelsFolder } from "../src/weights/models-folder.ts";

const runnerFolder = fileURLToPath(new URL("..", import.meta.url));

/** Folder in which tests expect the weights. */
export const folder = modelsFolder(process.env);

/** Why a suite cannot run here; undefined when it can. Says it aloud. */
export function lacking(...pipelines: (ModelPipeline | "tests")[]): string | undefined {
  const reason = !existsSync(`${runnerFolder}node_modules`)
    ? "the packages of the reference runner are not installed: npm run models"
    : pipelines
        .filter((pipeline) => missingFiles(folder, pipeline).length > 0)
        .map(
          (pipeline) =>
            `the models for ${pipeline} are missing: ${pipeline === "tests" ? "npm test" : fetchCommand(pipeline)}`,
        )
        .join("; ");
  if (reason === "" || reason === undefined) return undefined;
  console.error(`SKIPPED: ${reason}`);
  return reason;
}

export type RunnerProcess = {
  readonly url: string;
  readonly child: ChildProcess;
  /** Lines of its log so far. */
  readonly log: readonly Record<string, unknown>[];
  /** Resolves with the first line with that message, also when it came before. */
  line(message: string): Promise<Record<string, unknown>>;
  /** Posts a form; a `Blob` becomes a file. */
  form(path: string, fields: Readonly<Record<string, string | Blob>>, signal?: AbortSignal): Promise<Response>;
  json(path: string, body: unknown, signal?: AbortSignal): Promise<Response>;
  /** Asks it to end and waits until it has; resolves with its exit code. */
  stop(): Promise<number | null>;
};

/** Starts a runner on a free port and waits until its model is loaded, or known not to be. */
export async function startRunner(
  pipeline: string,
  env: Readonly<Record<string, string>> = {},
): Promise<RunnerProcess> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", `${runnerFolder}src/main.ts`], {
    env: {
      ...process.env,
      HOST: "127.0.0.1",
      PORT: "0",
      PIPELINE: pipeline,
      MODEL_DIR: folder,
      AUTH_TOKEN: "",
      ...env,
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const log: Record<string, unknown>[] = [];
  const waiting: { readonly message: string; readonly resolve: (line: Record<string, unknown>) => void }[] = [];
  createInterface({ input: child.stderr }).on("line", (text) => {
    if (!text.startsWith("{")) return;
    const line = JSON.parse(text) as Record<string, unknown>;
    log.push(line);
    for (const wait of waiting) if (wait.message === line["message"]) wait.resolve(line);
  });
  const line = (message: string) =>
    new Promise<Record<string, unknown>>((resolve, reject) => {
      const known = log.find((entry) => entry["message"] === message);
      if (known !== undefined) resolve(known);
      else waiting.push({ message, resolve });
      void ended.then((code) => reject(new Error(`the runner ended with ${code} before it said "${message}"`)));
    });
  const { port } = await line("listening");
  await Promise.race([line("the model is loaded"), line("the model is not loaded")]);
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    child,
    log,
    line,
    form(path, fields, signal) {
      const body = new FormData();
      for (const [name, value] of Object.entries(fields)) body.append(name, value);
      return fetch(`${url}${path}`, { method: "POST", body, ...(signal && { signal }) });
    },
    json: (path, body, signal) =>
      fetch(`${url}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: typeof body === "string" ? body : JSON.stringify(body),
        ...(signal && { signal }),
      }),
    async stop() {
      child.kill("SIGTERM");
      return ended;
    },
  };
}

/** Bytes of a data URL. */
export function dataOf(url: string): Buffer {
  return Buffer.from(url.slice(url.indexOf(",") + 1), "base64");
}

export type Images = {
  readonly images: readonly { readonly url: string; readonly seed: number; readonly nsfw: boolean }[];
};
