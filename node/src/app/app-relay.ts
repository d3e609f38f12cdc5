import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** Connections that may wait for an app that is starting. */
const maxWaiting = 256;
/** How long one waits. */
const waitMs = 60_000;
/** For a refused caller to take the refusal and go. */
const goneMs = 5000;

type Target =
  | { readonly kind: "starting" }
  | { readonly kind: "open"; readonly port: number }
  | { readonly kind: "closed"; readonly why: string };

/** An address that stays while the app behind it is started anew: connections wait for it, or are told why it does not come. */
export class AppRelay {
  readonly url: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #waiting = new Map<Socket, NodeJS.Timeout>();
  #target: Target = { kind: "starting" };

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(): Promise<AppRelay> {
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", resolve);
    });
    const relay = new AppRelay(server);
    server.on("connection", (socket) => relay.#take(socket));
    return relay;
  }

  /** Connections wait. */
  hold(): void {
    this.#target = { kind: "starting" };
  }

  /** Connections go to the app at this port. */
  open(port: number): void {
    this.#turn({ kind: "open", port });
  }

  /** Connections are answered with 503 and the reason. */
  close(why: string): void {
    this.#turn({ kind: "closed", why });
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const timer of this.#waiting.values()) clearTimeout(timer);
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #turn(target: Target): void {
    this.#target = target;
    for (const [socket, timer] of this.#waiting) {
      clearTimeout(timer);
      this.#waiting.delete(socket);
      this.#serve(socket);
    }
  }

  #take(socket: Socket): void {
    this.#keep(socket);
    socket.on("close", () => {
      clearTimeout(this.#waiting.get(socket));
      this.#waiting.delete(socket);
    });
    this.#serve(socket);
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => socket.destroy()).on("close", () => this.#sockets.delete(socket));
  }

  #serve(socket: Socket): void {
    const target = this.#target;
    if (target.kind === "open") this.#join(socket, target.port);
    else if (target.kind === "closed") refuse(socket, target.why);
    else if (this.#waiting.size >= maxWaiting) refuse(socket, "too many calls wait for the app to start");
    else {
      const timer = setTimeout(() => {
        this.#waiting.delete(socket);
        refuse(socket, "the app is still starting");
      }, waitMs);
      this.#waiting.set(socket, timer);
    }
  }

  #join(socket: Socket, port: number): void {
    const app = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    this.#keep(app);
    app.once("close", () => socket.destroySoon());
    socket.once("close", () => app.destroy());
    socket.pipe(app).pipe(socket);
  }
}

/** An answer of our own to whatever is asked. */
function refuse(socket: Socket, message: string): void {
  const body = `${JSON.stringify({ error: { message } })}\n`;
  socket.resume(); // what the caller still sends is dropped, or it would not see the answer
  socket.end(
    [
      "HTTP/1.1 503 Service Unavailable",
      "content-type: application/json",
      `content-length: ${Buffer.byteLength(body)}`,
      "connection: close",
      "",
      body,
    ].join("\r\n"),
  );
  setTimeout(() => socket.destroy(), goneMs).unref();
}
