import { join } from "node:path";

/** Host name of the process that keeps the books, among the processes of one node. */
export const booksHost = "books";

/** Host name of a core process among them. */
export function coreHost(number: number): string {
  return `core${number}`;
}

/** Unix socket of one of them. */
export function socketPathIn(folder: string): (host: string) => string {
  return (host) => join(folder, `${host}.sock`);
}
