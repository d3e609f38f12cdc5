// A whole app without a kit: an HTTP server that listens at PORT, says at /health that it is there, and does its work at /.
// Any language will do. This one sums texts up: it picks the sentences that say most of what the text is about.
import { createServer } from "node:http";

const maxBodyBytes = 1024 * 1024;
const maxSentences = 50;

const han = /\p{Script=Han}/u;
const word = /\p{Script=Han}|[[\p{L}\p{N}]--\p{Script=Han}]+/gv;

/** Sentences in the order of the text. */
function summary(text, count) {
  const sentences =
    text.match(/[^.!?。！？]+(?:[.!?。！？]+["”’)]*|$)/gu)?.map((one) => one.trim().replace(/\s+/g, " ")) ?? [];
  // the short ones say nothing of the subject
  const words = sentences.map(
    (one) =>
      one
        .toLowerCase()
        .match(word)
        ?.filter((w) => w.length > 3 || han.test(w)) ?? [],
  );
  const frequency = new Map();
  for (const one of words.flat()) frequency.set(one, (frequency.get(one) ?? 0) + 1);
  // rare words say little about the whole, and long sentences are not better for being long
  const weight = (list) => list.reduce((sum, one) => sum + frequency.get(one) - 1, 0) / Math.sqrt(list.length || 1);
  const best = words
    .map((list, at) => ({ at, weight: weight(list) }))
    .sort((a, b) => b.weight - a.weight || a.at - b.at)
    .slice(0, count)
    .sort((a, b) => a.at - b.at);
  return {
    summary: best.map(({ at }) => sentences[at]).join(" "),
    sentences: sentences.length,
    words: text.match(word)?.length ?? 0,
  };
}

async function read(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > maxBodyBytes) throw refusal(413, `the body is larger than ${maxBodyBytes} bytes`);
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks).toString("utf8");
  if (request.headers["content-type"]?.startsWith("text/plain")) return { text: body };
  try {
    return JSON.parse(body);
  } catch {
    throw refusal(400, 'send JSON like {"text": "…", "sentences": 3}, or the text itself as text/plain');
  }
}

function refusal(status, message) {
  return Object.assign(new Error(message), { status });
}

async function answer(request) {
  if (request.url === "/health") return { ok: true };
  if (request.url !== "/" || request.method !== "POST") throw refusal(404, "calls are POST requests to /");
  const { text, sentences = 3 } = (await read(request)) ?? {};
  if (typeof text !== "string" || text.trim() === "") throw refusal(422, "text is missing");
  if (!Number.isInteger(sentences) || sentences < 1 || sentences > maxSentences) {
    throw refusal(422, `sentences must be a whole number from 1 to ${maxSentences}`);
  }
  return summary(text, sentences);
}

const server = createServer((request, response) => {
  const send = (status, value) => {
    response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(value)}\n`);
  };
  answer(request).then(
    (value) => send(200, value),
    (error) => send(error.status ?? 500, { error: { message: error.message } }),
  );
});

const { HOST = "0.0.0.0", PORT = "8080" } = process.env;
server.listen(Number(PORT), HOST, () => console.log(`listening at ${HOST}:${PORT}`));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(0));
