// The reference runner: one pipeline, one model, one process. Settings come from the environment; see README.md.
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { ModelHost } from "./http/model-host.ts";
import { runnerServer } from "./http/runner-server.ts";
import { ModelError } from "./model-error.ts";
import { readSettings, type Settings } from "./settings.ts";

/** Running answers may end when the process is asked to stop. */
const graceMs = 1000;

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

function say(message: string, fields: Readonly<Record<string, unknown>> = {}): void {
  process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), message, ...fields })}\n`);
}

function settingsOrExit(): Settings {
  try {
    return readSettings(process.env, version);
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
}

const settings = settingsOrExit();
const host = new ModelHost();
const server = runnerServer(settings, host, say);

server.once("error", (error) => {
  process.stderr.write(`cannot listen on ${settings.host}:${settings.port}: ${error.message}\n`);
  process.exit(1);
});
server.listen(settings.port, settings.host, async () => {
  const { port } = server.address() as AddressInfo;
  say("listening", { host: settings.host, port, pipeline: settings.pipeline.name, modelId: settings.modelId });
  const health = await host.load(settings.pipeline, settings.folders);
  say(health.status === "OK" ? "the model is loaded" : "the model is not loaded", health);
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
    setTimeout(() => process.exit(0), graceMs).unref();
  });
}
