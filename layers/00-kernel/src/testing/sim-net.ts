import { LpError } from "../errors/lp-error.ts";
import type { HttpHandler, HttpRequest, HttpResponse } from "../ports/http.ts";
import type { Net } from "../ports/net.ts";
import { bodyOf } from "../units/body.ts";
import type { SimHost, Simulation } from "./simulation.ts";

export type SimNetOptions = {
  /** Shortest way of a message, ms. */
  readonly latencyMs: number;
  /** Mean of the exponential part on top, ms. */
  readonly jitterMs: number;
};

type Mounted = { readonly host: SimHost; readonly handler: HttpHandler };

const chunkGapMs = 0.001; // chunks and the end of one body never overtake each other

/** Request and answer between simulated hosts, with latency from the seed and resets when a host dies. */
export class SimNet {
  readonly #simulation: Simulation;
  readonly #options: SimNetOptions;
  readonly #servers = new Map<string, Mounted>();
  readonly #open = new Map<
    number,
    { readonly label: string; readonly hosts: readonly SimHost[]; readonly reset: (reason: LpError) => void }
  >();
  #nextId = 0;

  constructor(simulation: Simulation, options: SimNetOptions = { latencyMs: 10, jitterMs: 15 }) {
    this.#simulation = simulation;
    this.#options = options;
  }

  /** Exchanges between living hosts whose answer was not read to its end: at the end of a run, each one is a leak. */
  openExchanges(): readonly string[] {
    return [...this.#open.values()]
      .filter(({ hosts }) => hosts.every((host) => host.isAlive()))
      .map(({ label }) => label);
  }

  /** Makes `handler` reachable under `origin`. */
  mount(origin: string, host: SimHost, handler: HttpHandler): void {
    this.#servers.set(origin, { host, handler });
  }

  /** Resets every exchange of a crashed host. */
  reset(host: SimHost): void {
    for (const exchange of [...this.#open.values()]) {
      if (exchange.hosts.includes(host)) {
        exchange.reset(new LpError({ code: "net_reset", message: "unexpected EOF: the peer died", retryable: true }));
      }
    }
  }

  /** The network as `host` sees it. */
  port(host: SimHost): Net {
    return { request: (request) => this.#request(host, request) };
  }

  #delay(link: string, id: number): number {
    const draw = this.#simulation.random.fork(`net ${link} ${id}`).unit();
    return this.#options.latencyMs - this.#options.jitterMs * Math.log(1 - draw);
  }

  async #request(from: SimHost, request: Parameters<Net["request"]>[0]): Promise<HttpResponse> {
    request.signal.throwIfAborted();
    const id = this.#nextId++;
    const origin = new URL(request.url).origin;
    const link = `${from.name}>${origin}`;
    const sim = this.#simulation;
    return new Promise<HttpResponse>((resolve, reject) => {
      let finish: (() => void) | undefined;
      const server = this.#servers.get(origin);
      const stop = new AbortController();
      const fail = (reason: unknown) => {
        finish?.();
        stop.abort(reason);
        if (from.isAlive()) reject(reason);
      };
      const onAbort = () => fail(request.signal.reason);
      request.signal.addEventListener("abort", onAbort, { once: true });
      finish = () => {
        this.#open.delete(id);
        request.signal.removeEventListener("abort", onAbort);
      };
      const arriving = this.#delay(link, id);
      if (server === undefined || !server.host.isAlive()) {
        sim.schedule(
          arriving,
          `${link} refused`,
          () =>
            fail(new LpError({ code: "net_dial", message: `dial tcp ${origin}: connection refused`, retryable: true })),
          from,
        );
        return;
      }
      const label = `${link} ${request.method} ${new URL(request.url).pathname}`;
      this.#open.set(id, { label, hosts: [from, server.host], reset: fail });
      sim.schedule(
        arriving,
        label,
        () => {
          void this.#serve(server, request, stop.signal).then(
            (answer) => {
              if (!server.host.isAlive()) return;
              sim.schedule(
                this.#delay(`${origin}>${from.name}`, id),
                `${link} ${answer.status}`,
                () => {
                  const body = this.#carry(answer, server.host, from, id, stop.signal, () => finish?.());
                  resolve({ ...answer, body });
                },
                from,
              );
            },
            (error: unknown) => {
              if (server.host.isAlive()) fail(error);
            },
          );
        },
        server.host,
      );
    });
  }

  #serve(server: Mounted, request: Parameters<Net["request"]>[0], signal: AbortSignal): Promise<HttpResponse> {
    const body = request.body;
    const incoming: HttpRequest = {
      method: request.method,
      url: request.url,
      header: request.header,
      body: body === undefined ? bodyOf(new Uint8Array(0)) : body instanceof Uint8Array ? bodyOf(body) : body,
      signal,
      peer: { address: "10.0.0.1", protocol: request.protocol ?? "h1" },
    };
    return server.handler(incoming);
  }

  async *#carry(
    answer: HttpResponse,
    server: SimHost,
    client: SimHost,
    id: number,
    signal: AbortSignal,
    done: () => void,
  ): AsyncGenerator<Uint8Array> {
    let at = this.#simulation.now;
    const iterator = answer.body[Symbol.asyncIterator]();
    const aborted = new Promise<never>((_, reject) => {
      if (signal.aborted) reject(signal.reason);
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    aborted.catch(() => {});
    for (;;) {
      const next = await Promise.race([iterator.next(), aborted]);
      at = Math.max(at + chunkGapMs, this.#simulation.now + this.#delay(`${server.name}>${client.name} body`, id));
      await Promise.race([
        new Promise<void>((resolve) => {
          this.#simulation.schedule(
            at - this.#simulation.now,
            `${server.name}>${client.name} ${next.done ? "end" : "chunk"}`,
            resolve,
            client,
          );
        }),
        aborted,
      ]);
      if (next.done) {
        done();
        return;
      }
      yield next.value;
    }
  }
}
