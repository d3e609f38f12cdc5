/** A line to another process of the node: messages arrive whole and in order, or the line is down for good. Structured clones. */
export interface MessageLine {
  /** Dropped when the line is down. */
  send(message: object): void;
  onMessage(listener: (message: object) => void): void;
}
