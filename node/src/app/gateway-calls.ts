import { appCallMessage } from "../roles/logged-app-calls.ts";

/** A call that a gateway has answered. */
export type CallSeen = {
  readonly app: string;
  readonly status: number;
  readonly ms: number;
  /** Decimal; undefined where nothing was paid or nobody knows. */
  readonly feeWei: string | undefined;
  readonly requestId: string | undefined;
};

/** The call that a line of a gateway's log (`-logFormat json`) is about; undefined for others. */
export function callSeen(line: string): CallSeen | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const { message, app, status, ms, feeWei, request_id: requestId } = JSON.parse(line) as Record<string, unknown>;
    if (message !== appCallMessage) return undefined;
    const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);
    return {
      app: String(app),
      status: Number(status),
      ms: Number(ms),
      feeWei: text(feeWei),
      requestId: text(requestId),
    };
  } catch {
    return undefined; // a line of something else
  }
}
