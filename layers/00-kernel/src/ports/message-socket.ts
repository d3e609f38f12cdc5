/** A connection that carries texts both ways. */
export interface MessageSocket {
  /** What the peer sends. Ends when it has closed; throws `socket_broken` for what is no text, or too long. */
  readonly messages: AsyncIterable<string>;
  /** Sends a text; dropped when the connection is over. */
  send(text: string): void;
  /** Ends the connection; more than once is no failure. */
  close(): void;
}

/** Opens such connections to addresses that the operator named. */
export interface MessageSocketDialer {
  /** `url`: ws or wss. Rejects with `socket_dial`, or the signal's reason. */
  dial(url: string, header: Readonly<Record<string, string>>, signal: AbortSignal): Promise<MessageSocket>;
}
