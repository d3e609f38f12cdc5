import { LpError } from "@livepeer-ts/kernel";

/** One call through the gateway: what came back, how long it took, what it cost. */
export type AiCall = { readonly body: unknown; readonly ms: number; readonly feeWei: bigint };

export type FormValue = string | Uint8Array;

const refusedMs = 120_000;
const pauseMs = 2000;

/** Calls pipelines at a gateway like any client, and keeps trying while nobody has a place. */
export class AiGatewayClient {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  json(pipeline: string, fields: Readonly<Record<string, unknown>>): Promise<AiCall> {
    const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(fields) };
    return this.#call(pipeline, () => init);
  }

  form(pipeline: string, fields: Readonly<Record<string, FormValue>>): Promise<AiCall> {
    return this.#call(pipeline, () => {
      const body = new FormData();
      for (const [name, value] of Object.entries(fields)) {
        body.set(name, typeof value === "string" ? value : new Blob([new Uint8Array(value)]));
      }
      return { method: "POST", body };
    });
  }

  /** A result's media. */
  async media(url: string): Promise<Uint8Array> {
    const answer = await fetch(new URL(url, this.#url));
    if (!answer.ok) throw new LpError({ code: "demo_failed", message: `${url} answered ${answer.status}` });
    return new Uint8Array(await answer.arrayBuffer());
  }

  /** Words of a conversation as they came. */
  async words(fields: Readonly<Record<string, unknown>>): Promise<readonly string[]> {
    const answer = await fetch(`${this.#url}/llm`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...fields, stream: true }),
    });
    const events = (await answer.text()).split("\n\n").filter((event) => event.startsWith("data: "));
    return events.map((event) => {
      const { choices } = JSON.parse(event.slice(6)) as { choices: { delta?: { content?: string } }[] };
      return choices[0]?.delta?.content ?? "";
    });
  }

  async #call(pipeline: string, init: () => RequestInit): Promise<AiCall> {
    const until = performance.now() + refusedMs;
    for (;;) {
      const begun = performance.now();
      const answer = await fetch(`${this.#url}/${pipeline}`, init());
      const text = await answer.text();
      if (answer.ok) {
        const feeWei = BigInt(answer.headers.get("livepeer-fee-wei") ?? "0");
        return { body: JSON.parse(text), ms: Math.round(performance.now() - begun), feeWei };
      }
      if (answer.status !== 503 || performance.now() > until) {
        throw new LpError({ code: "demo_failed", message: `${pipeline} answered ${answer.status}: ${text.trim()}` });
      }
      // the worker may still be registering
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}
