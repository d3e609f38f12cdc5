import { appendFileSync, existsSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

/**
 * A program that speaks the runner's wire; tests start it as a process, a container or a pod would be. What it is told in its environment, beside
 * what every runner is: `RUNNER_MANNER` (`good`; `stubborn` ignores SIGTERM; `broken` ends at once; `loading` never gets ready;
 * `other` says that it serves another model), `RUNNER_CALLS` (file that gets a line for each job) and `RUNNER_HOLD` (while that
 * file exists, jobs wait).
 */
const {
  HOST = "0.0.0.0",
  PORT = "8000",
  PIPELINE = "",
  MODEL_ID = "",
  AUTH_TOKEN = "",
  VERSION = "0.14.1",
} = process.env;
const { RUNNER_MANNER: manner = "good", RUNNER_CALLS: calls = "", RUNNER_HOLD: hold = "" } = process.env;

/** A PNG of 64×48. */
const picture =
  "iVBORw0KGgoAAAANSUhEUgAAAEAAAAAwCAIAAAAuKetIAAABEElEQVR42u3PkaKDAAAF0GAQBIMgCIJBMAiCQRAMgiAIgsEgCIJBMAgGQTAYBEEQBMEgCILBIAiCIAiCIBgEQRAE7xfeB9zzB4cgCGK325EkSVHUfr+naZphGJZlOY47HA48zx+PR0EQRFE8nU6SJMmyfD6fFUVRVVXTNF3XDcO4XC7X69U0TcuybNu+3W6O49zvd9d1H4+H53m+7z+fz9frFQRBGIZRFMVxnCRJmqbv9zvLsjzPi6L4fD7f77csy6qq6rpumqZt267r+r4fhmEcx9/vN03TPM/Lsqzrum0bgQACCCCAAAIIIIAAAggggAACCCCAAAIIIIAAAggggAACCCCAAAIIIIAAAgj8N/AHMIS5AEq/tW0AAAAASUVORK5CYII=";

if (manner === "broken") {
  console.error("cannot load the model: no such weights");
  process.exit(3);
}
process.on("SIGTERM", () => {
  if (manner === "stubborn") console.log("told to end, stays");
  else process.exit(0);
});

function answer(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}

const model = { pipeline: PIPELINE, model_id: manner === "other" ? "someone/else" : MODEL_ID };

async function job(request: IncomingMessage, response: ServerResponse): Promise<void> {
  for await (const _chunk of request);
  if (calls !== "") appendFileSync(calls, `${process.pid}\n`);
  while (hold !== "" && existsSync(hold)) await new Promise((resolve) => setTimeout(resolve, 50));
  answer(response, 200, { images: [{ url: `data:image/png;base64,${picture}`, seed: 7, nsfw: false }] });
}

createServer((request, response) => {
  const { url = "", headers, method } = request;
  if (AUTH_TOKEN !== "" && headers.authorization !== `Bearer ${AUTH_TOKEN}`) {
    response.setHeader("www-authenticate", "Bearer");
    answer(response, 401, { detail: { msg: "Invalid bearer token." } });
  } else if (method === "POST") void job(request, response);
  else if (url === "/health") answer(response, 200, { status: manner === "loading" ? "LOADING" : "OK" });
  else if (url === "/version") answer(response, 200, { ...model, version: VERSION });
  else if (url === "/hardware/info") answer(response, 200, { ...model, gpu_info: {} });
  else answer(response, 404, { detail: { msg: "Not Found" } });
}).listen(Number(PORT), HOST, () => console.log("runner listens"));
