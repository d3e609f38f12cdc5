import { LpError } from "../errors/lp-error.ts";
import type { MessageSocket, MessageSocketDialer } from "../ports/message-socket.ts";

export type WebSocketDialerOptions = {
  /** Characters of one message. Default 1 MiB. */
  readonly maxMessageLength?: number;
  /** Messages that wait to be read. Default 256. */
  readonly maxWaiting?: number;
};

/** WebSockets of this program's runtime; certificates are checked. */
export function webSocketDialer(options: WebSocketDialerOptions = {}): MessageSocketDialer {
  return {
    dial(url, header, signal) {
      return new Promise<MessageSocket>((resolve, reject) => {
        if (signal.aborted) {
          reject(signal.reason);
          return;
        }
        // the runtime's own form takes headers, its types do not know it
        const socket = new WebSocket(url, { headers: header } as unknown as string[]);
        const stop = () => {
          socket.close();
          reject(signal.reason);
        };
        signal.addEventListener("abort", stop, { once: true });
        const failed = (event: Event) => {
          signal.removeEventListener("abort", stop);
          const { message, error } = event as Partial<ErrorEvent>;
          const why = (error instanceof Error && error.message) || message || "the connection was refused";
          // the address may hold a key
          const said = `no WebSocket to ${URL.canParse(url) ? new URL(url).host : "that address"}: ${why}`;
          reject(new LpError({ code: "socket_dial", message: said, retryable: true, cause: error }));
        };
        socket.addEventListener("error", failed, { once: true });
        socket.addEventListener(
          "open",
          () => {
            signal.removeEventListener("abort", stop);
            socket.removeEventListener("error", failed);
            resolve(messageSocket(socket, options));
          },
          { once: true },
        );
      });
    },
  };
}

function messageSocket(
  socket: WebSocket,
  { maxMessageLength = 1024 * 1024, maxWaiting = 256 }: WebSocketDialerOptions,
) {
  const waiting: string[] = [];
  let end: { readonly error?: LpError } | undefined;
  let wake = () => {};
  const over = (error?: LpError) => {
    end ??= error === undefined ? {} : { error };
    wake();
  };
  const broken = (message: string) => {
    over(new LpError({ code: "socket_broken", message }));
    socket.close();
  };
  socket.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    if (end !== undefined) return;
    if (typeof data !== "string") broken("the peer sent something that is no text");
    else if (data.length > maxMessageLength) broken(`the peer sent a message of ${data.length} characters`);
    else if (waiting.length >= maxWaiting) broken(`${maxWaiting} messages of the peer wait to be read`);
    else {
      waiting.push(data);
      wake();
    }
  });
  socket.addEventListener("close", () => over());
  socket.addEventListener("error", () => over());
  const messages = async function* (): AsyncGenerator<string> {
    for (;;) {
      const next = waiting.shift();
      if (next !== undefined) yield next;
      else if (end?.error !== undefined) throw end.error;
      else if (end !== undefined) return;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  };
  return {
    messages: messages(),
    send: (text: string) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close: () => {
      socket.close();
      // a peer that never answers the farewell is not waited for
      over();
    },
  };
}
