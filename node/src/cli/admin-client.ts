import { request } from "node:http";
import { errorText, LpError } from "@livepeer-ts/kernel";
import { parseAdminJson } from "../admin/admin-json.ts";

/** Where a node's admin port is, and what opens it. */
export type AdminTarget = { readonly host: string; readonly port: string; readonly token: string | undefined };

/** An answer of the node. */
export type AdminReply = { readonly status: number; readonly contentType: string; readonly bytes: Uint8Array };

export type AdminParams = Readonly<Record<string, string>>;

/** Of an answer that is believed, bytes. */
const maxReplyBytes = 16 * 1024 * 1024;

/** A node's admin port, ours or a Go node's. */
export class AdminClient {
  readonly target: AdminTarget;
  readonly #onCall: (line: string) => void;

  /** `onCall` is told of every request. */
  constructor(target: AdminTarget, onCall: (line: string) => void = () => {}) {
    this.target = target;
    this.#onCall = onCall;
  }

  get(path: string, params: AdminParams = {}): Promise<AdminReply> {
    const query = new URLSearchParams(params).toString();
    return this.#send("GET", query === "" ? path : `${path}?${query}`, undefined, {});
  }

  /** A form, as tools have always sent it. */
  post(path: string, params: AdminParams = {}, headers: AdminParams = {}): Promise<AdminReply> {
    return this.#send("POST", path, new URLSearchParams(params).toString(), headers);
  }

  /** Text of an answer. Rejects with `node_refused` and the node's text unless it is 200. */
  async text(path: string): Promise<string> {
    return replyText(accepted(await this.get(path)));
  }

  /** JSON of an answer. Rejects like `text`, and with `bad_answer`. */
  async json<T>(path: string, params: AdminParams = {}): Promise<T> {
    return replyJson(accepted(await this.get(path, params))) as T;
  }

  /** Rejects with `node_unreachable`. A transaction is waited for as long as the node does. */
  #send(method: string, path: string, body: string | undefined, headers: AdminParams): Promise<AdminReply> {
    const { host, port, token } = this.target;
    this.#onCall(`${method} ${path}`);
    return new Promise((resolve, reject) => {
      const unreachable = (cause: unknown) =>
        reject(
          new LpError({
            code: "node_unreachable",
            message: `Cannot find local node. Is your node running on http:${port}? (${errorText(cause)}) Give -host and -http of its -cliAddr`,
            cause,
          }),
        );
      const call = request(
        {
          ...{ host, port, method, path, agent: false },
          headers: {
            ...headers,
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
            ...(body === undefined
              ? {}
              : { "content-type": "application/x-www-form-urlencoded", "content-length": Buffer.byteLength(body) }),
          },
        },
        (answer) => {
          const chunks: Buffer[] = [];
          let size = 0;
          answer.on("data", (chunk: Buffer) => {
            size += chunk.length;
            if (size > maxReplyBytes) answer.destroy(new Error(`the answer is larger than ${maxReplyBytes} bytes`));
            else chunks.push(chunk);
          });
          answer.once("error", unreachable);
          answer.once("end", () =>
            resolve({
              status: answer.statusCode ?? 0,
              contentType: answer.headers["content-type"] ?? "",
              bytes: Buffer.concat(chunks),
            }),
          );
        },
      );
      call.once("error", unreachable);
      call.end(body);
    });
  }
}

/** The answer, if it is 200. Throws `node_refused` with the node's text. */
export function accepted(reply: AdminReply): AdminReply {
  if (reply.status === 200) return reply;
  throw new LpError({
    code: "node_refused",
    message: replyText(reply).trim() || `the node answered ${reply.status}`,
    details: { status: reply.status },
  });
}

export function replyText(reply: AdminReply): string {
  return Buffer.from(reply.bytes).toString("utf8");
}

/** Throws `bad_answer`. */
export function replyJson(reply: AdminReply): unknown {
  try {
    return parseAdminJson(replyText(reply));
  } catch (cause) {
    throw new LpError({
      code: "bad_answer",
      message: `the node's answer is not JSON: ${replyText(reply).slice(0, 120)}`,
      cause,
    });
  }
}
