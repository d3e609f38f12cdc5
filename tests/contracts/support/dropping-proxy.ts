import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

const sendMethod = "eth_sendRawTransaction";

/** A TCP proxy before an Ethereum node whose line breaks at a chosen transaction and stays broken until it is mended. */
export class DroppingProxy {
  readonly rpcUrl: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #left = Number.POSITIVE_INFINITY;
  #reachesNode = false;
  #isDown = false;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.rpcUrl = `http://127.0.0.1:${port}`;
  }

  /** Listens on a free port and passes on to the port of the node. */
  static async start(nodePort: number): Promise<DroppingProxy> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the proxy has no port");
    const proxy = new DroppingProxy(server, address.port);
    server.on("connection", (client) => proxy.#serve(client, nodePort));
    return proxy;
  }

  /** Breaks the line at the nth transaction from now on: before the node has it, or before its answer is back. */
  breakAt(nth: number, when: "before" | "after"): void {
    this.#left = nth;
    this.#reachesNode = when === "after";
  }

  /** Whether the line is broken now. */
  get isDown(): boolean {
    return this.#isDown;
  }

  mend(): void {
    this.#isDown = false;
    this.#left = Number.POSITIVE_INFINITY;
  }

  async stop(): Promise<void> {
    this.#cut();
    this.#server.close();
    await once(this.#server, "close");
  }

  #serve(client: Socket, nodePort: number): void {
    if (this.#isDown) {
      client.destroy();
      return;
    }
    const node = connect(nodePort, "127.0.0.1");
    for (const socket of [client, node]) {
      this.#sockets.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => {
        this.#sockets.delete(socket);
        client.destroy();
        node.destroy();
      });
    }
    let isLast = false;
    let tail = "";
    client.on("data", (chunk) => {
      // The method may be torn apart by the packets.
      const seen = tail + chunk.toString("latin1");
      tail = seen.slice(-(sendMethod.length - 1));
      this.#left -= seen.split(sendMethod).length - 1;
      if (this.#left <= 0 && !this.#reachesNode) this.#breakLine();
      else {
        isLast = isLast || this.#left <= 0;
        node.write(chunk);
      }
    });
    node.on("data", (chunk) => {
      if (isLast) this.#breakLine();
      else client.write(chunk);
    });
  }

  #breakLine(): void {
    this.#isDown = true;
    this.#cut();
  }

  #cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
