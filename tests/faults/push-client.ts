import { probeSegment } from "@livepeer-ts/media";
import { type GatewayProcess, ladder } from "./off-chain-network.ts";

/** What the gateway said to a pushed segment. */
export type PushAnswer = {
  readonly status: number;
  /** Text of a refusal; empty for media. */
  readonly text: string;
  /** Video frames in the returned rendition of each profile. */
  readonly frames: readonly number[];
};

/** Pushes one segment and reads the renditions that come back. */
export async function pushSegment(
  gateway: Pick<GatewayProcess, "url">,
  streamId: string,
  seqNo: number,
  bytes: Uint8Array,
): Promise<PushAnswer> {
  const answer = await fetch(`${gateway.url}/live/${streamId}/${seqNo}.ts`, {
    method: "PUT",
    headers: { accept: "multipart/mixed", "content-duration": "2000" },
    body: new Uint8Array(bytes),
  });
  const body = Buffer.from(await answer.arrayBuffer());
  const type = answer.headers.get("content-type") ?? "";
  if (!type.startsWith("multipart/")) return { status: answer.status, text: body.toString(), frames: [] };
  const boundary = Buffer.from(`--${/boundary=(\S+)/.exec(type)?.[1]}`);
  const frames = ladder.map(({ name }) => {
    const head = body.indexOf(`Rendition-Name: ${name}\r\n\r\n`);
    const start = body.indexOf("\r\n\r\n", head) + 4;
    const end = body.indexOf(boundary, start) - 2;
    return head < 0 ? 0 : probeSegment(new Uint8Array(body.subarray(start, end)), "mpegts").videoFrameCount;
  });
  return { status: answer.status, text: "", frames };
}
