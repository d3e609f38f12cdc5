import type { NetworkState } from "@livepeer-ts/data";

/** One line that says what happens: segments, renditions, latency, tickets, round. */
export function statusLine(state: NetworkState): string {
  const { stream, payments, round } = state;
  const parts: string[] = [];
  if (stream === null) parts.push("no stream");
  else {
    const latency = stream.latencyMs === null ? "–" : `${(stream.latencyMs / 1000).toFixed(2)} s`;
    parts.push(
      `segments ${stream.segments.received} in, ${stream.segments.delivered * stream.renditions.length} renditions out, ${stream.segments.lost} lost`,
      `latency ${latency}`,
    );
  }
  parts.push(`tickets ${payments.sent} sent, ${payments.won} won, ${payments.redeemed} redeemed`);
  if (round !== null)
    parts.push(`round ${round.number} (block ${BigInt(round.block) - BigInt(round.startBlock)}/${round.lengthBlocks})`);
  return parts.join(" · ");
}
