import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import type { Writable } from "node:stream";
import { answerText, errorText, type HttpResponse, hasErrorCode, LpError, serverSentEvents } from "@livepeer-ts/kernel";
import { NodeNet } from "@livepeer-ts/kernel/adapters";
import { callUrl } from "./app-example.ts";
import { type AppCall, type AppCommand, badCall } from "./app-option.ts";
import { callBody } from "./call-body.ts";
import { gatewayUnreachable } from "./listed-apps.ts";
import { isText } from "./media-types.ts";
import { feeText } from "./money-text.ts";
import { usualGateway } from "./running-networks.ts";

export const callCommand: AppCommand = {
  words: "NAME",
  takesWord: true,
  help: "call an app through a gateway",
  about: `Calls the app and writes its answer to the output or into a file; progress, time and fee go to the error output. Ends with 1 and the
reason when the call fails.`,
  options: [
    { name: "form", short: "F", value: "name=value", multiple: true, help: "an input; name=@file sends a file" },
    { name: "data", short: "d", value: "JSON", help: "all inputs as a JSON object, or @file that holds it" },
    { name: "output", short: "o", value: "FILE", help: "write the answer there" },
    { name: "path", value: "PATH", help: "path behind the app's address (default: /)" },
    {
      name: "gateway",
      short: "g",
      value: "URL",
      help: "the gateway (default: that of a running app dev, else http://127.0.0.1:9935)",
    },
  ],
  run: call,
};

const feeHeader = "livepeer-fee-wei";
/** Text of a failed call that is shown. */
const maxErrorBytes = 64 * 1024;
/** One event: a file of 64 MiB in base64 fits several times. */
const maxEventChars = 256 * 1024 * 1024;

async function call(args: AppCall): Promise<void> {
  const [app] = args.words;
  if (app === undefined) throw badCall("call", "the app's name is missing");
  const body = await callBody(args);
  const gateway = gatewayUrl(args) ?? (await usualGateway(app));
  const leaving = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => leaving.abort(new Error("called off")));
  const net = new NodeNet({ verifyTls: true });
  const begun = performance.now();
  try {
    const answer = await net
      .request({
        method: "POST",
        url: callUrl(gateway, app, args.text("path")),
        header: new Headers({ "content-type": body.contentType, accept: "text/event-stream, */*;q=0.9" }),
        body: body.bytes,
        signal: leaving.signal,
      })
      .catch((error: Error) => {
        throw hasErrorCode(error, "net_dial") ? gatewayUnreachable(gateway, error) : failed(errorText(error));
      });
    if (answer.status >= 400) throw failed(`${answer.status} ${reasonIn(await answerText(answer, maxErrorBytes))}`);
    const output = await openOutput(args.text("output"));
    try {
      await deliver(answer, output);
      await output.finish();
    } catch (error) {
      await output.discard();
      throw error instanceof LpError ? error : failed(errorText(error));
    }
    // what is paid by the second is known at the end
    const fee = answer.header.get(feeHeader) ?? answer.trailer?.().get(feeHeader) ?? null;
    const parts = [`${((performance.now() - begun) / 1000).toFixed(2)} s`, ...(fee === null ? [] : [feeText(fee)])];
    process.stderr.write(`${parts.join(", ")}\n`);
  } finally {
    await net.stop();
  }
}

/** `--gateway`, checked. Throws `bad_flag`. */
export function gatewayUrl(args: AppCall): string | undefined {
  const given = args.text("gateway");
  if (given === undefined) return undefined;
  const url = /^https?:\/\//.test(given) ? given : `http://${given}`;
  if (URL.canParse(url)) return url;
  throw new LpError({ code: "bad_flag", message: `--gateway: "${given}" is no address such as http://127.0.0.1:9935` });
}

async function deliver(answer: HttpResponse, output: Output): Promise<void> {
  const type = answer.header.get("content-type") ?? "";
  if (!type.startsWith("text/event-stream")) {
    if (!isText(type)) output.requireFile(type || "no text");
    for await (const chunk of answer.body) await output.write(chunk);
    return;
  }
  let isDone = false;
  for await (const { name, data } of serverSentEvents(answer.body, maxEventChars)) {
    if (name === "progress") showProgress(data);
    else if (name === "error") throw failed(reasonIn(data));
    else if (data === "[DONE]") isDone = true;
    else {
      isDone ||= name === "result";
      await writeValue(data, name, output);
    }
  }
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
  if (!isDone) throw failed("the answer ended before its time");
}

/** A piece or a result: files as they are, texts without quotes, all else as JSON; one a line. */
async function writeValue(data: string, name: string, output: Output): Promise<void> {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return output.write(Buffer.from(`${data}\n`)); // events of an app with words of its own
  }
  if (value === null && name === "result") return; // it came in pieces
  const { mediaType, base64 } = (value ?? {}) as { mediaType?: unknown; base64?: unknown };
  if (typeof mediaType === "string" && typeof base64 === "string") {
    output.requireFile(mediaType);
    return output.write(Buffer.from(base64, "base64"));
  }
  const isPlain = name === "piece" || name === "result";
  const text = typeof value === "string" ? value : isPlain ? JSON.stringify(value, null, 2) : data;
  return output.write(Buffer.from(`${text}\n`));
}

function showProgress(data: string): void {
  let told: { share?: unknown; what?: unknown };
  try {
    told = JSON.parse(data) as typeof told;
  } catch {
    return;
  }
  const share = typeof told.share === "number" ? `${Math.round(told.share * 100)} %` : "";
  const text = [share, typeof told.what === "string" ? told.what : ""].filter((part) => part !== "").join(" ");
  process.stderr.write(process.stderr.isTTY ? `\r${text}\u001b[K` : `${text}\n`);
}

/** The sentence in an error's JSON, with the gateway's reason; else the text. */
function reasonIn(text: string): string {
  try {
    const { error, message } = JSON.parse(text) as {
      error?: { message?: string; reason?: string } | string;
      message?: string;
    };
    if (typeof error === "string") return error;
    const said = error?.message ?? message;
    const reason = error?.reason;
    if (said !== undefined) return reason === undefined || said.includes(reason) ? said : `${said} (${reason})`;
  } catch {
    // no JSON
  }
  return text.trim();
}

function failed(why: string): LpError {
  return new LpError({ code: "app_call_failed", message: `the call failed: ${why}` });
}

/** Where the answer goes: a file appears whole or not at all. */
type Output = {
  write(bytes: Uint8Array): Promise<void>;
  /** Throws where a terminal would get bytes that it cannot show. */
  requireFile(mediaType: string): void;
  finish(): Promise<void>;
  discard(): Promise<void>;
};

async function openOutput(path: string | undefined): Promise<Output> {
  if (path === undefined) {
    process.stdout.on("error", () => {}); // whoever writes hears of it
    return {
      write: (bytes) => writeTo(process.stdout, bytes),
      requireFile(mediaType) {
        if (process.stdout.isTTY)
          throw failed(`the answer is ${mediaType}, which a terminal does not show: name a file with -o`);
      },
      finish: async () => {},
      discard: async () => {},
    };
  }
  const unfinished = `${path}.${process.pid}.part`;
  const file = createWriteStream(unfinished);
  await once(file, "open").catch((error: Error) => {
    throw new LpError({ code: "bad_flag", message: `-o: ${path} cannot be written: ${error.message}` });
  });
  return {
    write: (bytes) => writeTo(file, bytes),
    requireFile: () => {},
    async finish() {
      file.end();
      await once(file, "close");
      await rename(unfinished, path);
    },
    async discard() {
      file.destroy();
      await rm(unfinished, { force: true });
    },
  };
}

function writeTo(stream: Writable, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => stream.write(bytes, (error) => (error ? reject(error) : resolve())));
}
