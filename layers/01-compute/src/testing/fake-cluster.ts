import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { FakeContainer } from "./fake-machine.ts";

type Meta = { readonly name: string; readonly labels: Readonly<Record<string, string>> };
type Stored = { readonly metadata: Meta; readonly [field: string]: unknown };
type EnvEntry = {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef: { readonly name: string; readonly key: string } };
};

const graceMs = 300;

/**
 * Stands in for the API server of a Kubernetes cluster: the calls that the driver makes, with the statuses and shapes of the public API
 * reference; a pod is the test runner as a process. No cluster is on the machines that run the tests.
 */
export class FakeCluster {
  /** By kind. */
  readonly objects = {
    secrets: new Map<string, Stored>(),
    deployments: new Map<string, Stored>(),
    services: new Map<string, Stored>(),
  };
  readonly #pods = new Map<string, FakeContainer>();
  readonly #ports = new Map<string, number>();
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  /** Base URL. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Where a Service is reached from the test. */
  urlOf(name: string): string {
    return `http://127.0.0.1:${this.#ports.get(name) ?? 1}`;
  }

  get podCount(): number {
    return this.#pods.size;
  }

  crash(): void {
    for (const pod of this.#pods.values()) pod.kill("SIGKILL");
  }

  async stop(): Promise<void> {
    for (const pod of this.#pods.values()) await pod.stop(0);
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { pathname, searchParams } = new URL(request.url ?? "", "http://cluster");
    const [, kind = "", name = ""] = /\/namespaces\/runners\/(\w+)(?:\/(.+))?$/.exec(pathname) ?? [];
    const wanted = Object.fromEntries(
      (searchParams.get("labelSelector") ?? "").split(",").map((pair) => pair.split("=")),
    );
    if (kind === "pods") answer(response, 200, { kind: "PodList", items: this.#podItems(wanted) });
    else if (!(kind in this.objects)) answer(response, 404, { kind: "Status", message: "page not found" });
    else {
      const store = this.objects[kind as keyof FakeCluster["objects"]];
      if (request.method === "POST")
        await this.#create(kind, JSON.parse(Buffer.concat(chunks).toString()) as Stored, response);
      else if (name === "")
        answer(response, 200, { items: [...store.values()].filter(({ metadata }) => fits(metadata, wanted)) });
      else if (!store.has(name)) answer(response, 404, { kind: "Status", message: `${kind} "${name}" not found` });
      else if (request.method === "DELETE") {
        store.delete(name);
        if (kind === "deployments")
          void this.#pods
            .get(name)
            ?.stop(graceMs)
            .then(() => this.#pods.delete(name));
        answer(response, 200, { kind: "Status", status: "Success" });
      } else answer(response, 200, store.get(name));
    }
  }

  async #create(kind: string, object: Stored, response: ServerResponse): Promise<void> {
    const { name } = object.metadata;
    this.objects[kind as keyof FakeCluster["objects"]].set(name, object);
    if (kind === "deployments") {
      const port = await freePort();
      this.#ports.set(name, port);
      const spec = object["spec"] as { template: { spec: { containers: { env: EnvEntry[] }[] } } };
      const env = spec.template.spec.containers[0]?.env ?? [];
      this.#pods.set(
        name,
        new FakeContainer(Object.fromEntries(env.map((entry) => [entry.name, this.#value(entry)])), port),
      );
    }
    answer(response, 201, object);
  }

  #value({ value, valueFrom }: EnvEntry): string {
    if (valueFrom === undefined) return value ?? "";
    const secret = this.objects.secrets.get(valueFrom.secretKeyRef.name)?.["stringData"] as Record<string, string>;
    return secret[valueFrom.secretKeyRef.key] ?? "";
  }

  #podItems(wanted: Readonly<Record<string, string>>) {
    return [...this.#pods].flatMap(([name, pod]) => {
      if (name !== wanted["app.kubernetes.io/name"]) return [];
      const { code } = pod;
      const state = code === undefined ? { running: {} } : { terminated: { exitCode: code, message: pod.log } };
      return [{ metadata: { name }, status: { containerStatuses: [{ state, lastState: {} }] } }];
    });
  }
}

function fits({ labels }: Meta, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([name, value]) => name === "" || labels[name] === value);
}

function answer(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createTcpServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
