import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { FakeContainer } from "./fake-machine.ts";

type Body = {
  readonly Image: string;
  readonly Env: readonly string[];
  readonly Labels: Readonly<Record<string, string>>;
  readonly HostConfig: {
    readonly PortBindings: Readonly<Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[]>>;
  };
};
type Container = {
  readonly id: string;
  readonly name: string;
  readonly body: Body;
  running: FakeContainer | undefined;
};

/** Of the SIGTERM that the Engine sends; shorter than what it is asked for, so that tests need not wait. */
const graceMs = 300;

/**
 * Stands in for a Docker Engine on a Unix socket. It knows the calls that the driver makes, with the statuses and texts of Engine API 1.43 as
 * its reference documents them; a container is the test runner as a process. No Engine is on the machines that run the tests.
 */
export class FakeDockerEngine {
  readonly images: Set<string>;
  /** Bodies of `POST /containers/create`, with the names. */
  readonly created: { readonly name: string; readonly body: unknown }[] = [];
  readonly pulled: string[] = [];
  readonly #containers = new Map<string, Container>();
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  #count = 0;

  constructor(images: readonly string[]) {
    this.images = new Set(images);
  }

  listen(socketPath: string): Promise<void> {
    return new Promise((resolve) => this.#server.listen(socketPath, resolve));
  }

  /** Containers that are there, running or not. */
  get containers(): readonly string[] {
    return [...this.#containers.values()].map(({ name }) => name);
  }

  /** Kills what runs in the newest container. */
  crash(): void {
    [...this.#containers.values()].at(-1)?.running?.kill("SIGKILL");
  }

  async stop(): Promise<void> {
    for (const { running } of this.#containers.values()) await running?.stop(0);
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { pathname, searchParams } = new URL(request.url ?? "", "http://docker");
    const route = `${request.method} ${pathname}`;
    const [, id = "", action = ""] = /^\/containers\/([^/]+)(?:\/(\w+))?$/.exec(pathname) ?? [];
    const image = /^\/images\/(.+)\/json$/.exec(pathname)?.[1];
    if (image !== undefined) {
      const known = this.images.has(image) || this.images.has(`${image}:latest`);
      if (known) answer(response, 200, { Id: "sha256:0" });
      else answer(response, 404, { message: `No such image: ${image}` });
    } else if (route === "POST /images/create") this.#pull(searchParams.get("fromImage") ?? "", response);
    else if (route === "GET /containers/json") this.#list(response);
    else if (route === "POST /containers/create") {
      this.#create(searchParams.get("name") ?? "", JSON.parse(Buffer.concat(chunks).toString()) as Body, response);
    } else {
      const container = this.#containers.get(id);
      if (container === undefined) answer(response, 404, { message: `No such container: ${id}` });
      else await this.#onContainer(container, request.method === "DELETE" ? "remove" : action, response);
    }
  }

  async #onContainer(container: Container, action: string, response: ServerResponse): Promise<void> {
    const { running } = container;
    const isRunning = running !== undefined && running.code === undefined;
    if (action === "start") {
      container.running = this.#run(container.body);
      answer(response, 204);
    } else if (action === "wait") answer(response, 200, { StatusCode: (await running?.ended) ?? 0 });
    else if (action === "json") {
      const State = { Running: isRunning, Restarting: false, ExitCode: running?.code ?? 0 };
      answer(response, 200, { Id: container.id, State });
    } else if (action === "logs") response.writeHead(200).end(framed(running?.log ?? ""));
    else if (action === "stop") {
      await running?.stop(graceMs);
      answer(response, isRunning ? 204 : 304);
    } else if (action === "remove") {
      await running?.stop(0);
      this.#containers.delete(container.id);
      answer(response, 204);
    } else answer(response, 404, { message: "page not found" });
  }

  #run({ Env, HostConfig }: Body): FakeContainer {
    const environment = Object.fromEntries(
      Env.map((entry) => [entry.split("=")[0], entry.slice(entry.indexOf("=") + 1)]),
    );
    const port = Number(HostConfig.PortBindings["8000/tcp"]?.[0]?.HostPort);
    return new FakeContainer(environment, port);
  }

  #create(name: string, body: Body, response: ServerResponse): void {
    this.created.push({ name, body });
    if (this.containers.includes(name)) {
      answer(response, 409, { message: `Conflict. The container name "/${name}" is already in use` });
      return;
    }
    const id = String(++this.#count).padStart(64, "0");
    this.#containers.set(id, { id, name, body, running: undefined });
    answer(response, 201, { Id: id, Warnings: [] });
  }

  #list(response: ServerResponse): void {
    answer(
      response,
      200,
      [...this.#containers.values()].map(({ id, name, body }) => ({
        Id: id,
        Names: [`/${name}`],
        Labels: body.Labels,
      })),
    );
  }

  #pull(image: string, response: ServerResponse): void {
    this.pulled.push(image);
    const lines = [{ status: "Pulling from" }];
    if (image.startsWith("missing/")) {
      const error = `manifest for ${image} not found`;
      response.writeHead(200).end([...lines, { errorDetail: { message: error }, error }].map(toLine).join(""));
      return;
    }
    this.images.add(image);
    response.writeHead(200).end([...lines, { status: `Downloaded newer image for ${image}` }].map(toLine).join(""));
  }
}

function toLine(value: unknown): string {
  return `${JSON.stringify(value)}\r\n`;
}

function answer(response: ServerResponse, status: number, value?: unknown): void {
  response
    .writeHead(status, { "content-type": "application/json" })
    .end(value === undefined ? "" : JSON.stringify(value));
}

/** Output as the Engine sends that of containers without a terminal. */
function framed(text: string): Buffer {
  const body = Buffer.from(text);
  const head = Buffer.alloc(8);
  head.writeUInt8(1, 0);
  head.writeUInt32BE(body.length, 4);
  return Buffer.concat([head, body]);
}
