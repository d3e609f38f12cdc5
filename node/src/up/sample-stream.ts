import { LpError } from "@livepeer-ts/kernel";

/** The stream that the local network publishes. */
export type SampleStream = { readonly id: string; readonly streamKey: string; readonly playbackId: string };

const name = "Big Buck Bunny · Blender Foundation, CC BY 3.0";

/** Creates the sample stream over the public API, as any app would. */
export async function createSampleStream(apiUrl: string, apiKey: string): Promise<SampleStream> {
  const answer = await fetch(`${apiUrl}/stream`, {
    method: "POST",
    headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
    body: JSON.stringify({ name }),
  });
  const body = (await answer.json()) as Partial<SampleStream> & { errors?: string[] };
  if (answer.status !== 201 || body.streamKey === undefined || body.playbackId === undefined || body.id === undefined) {
    throw new LpError({
      code: "sample_failed",
      message: `the platform did not create the sample stream: ${body.errors?.join(", ") ?? answer.status}`,
    });
  }
  return { id: body.id, streamKey: body.streamKey, playbackId: body.playbackId };
}

/** The sample stream of an earlier run, when it is still there. */
export async function findSampleStream(
  apiUrl: string,
  apiKey: string,
  sample: SampleStream,
): Promise<SampleStream | undefined> {
  const answer = await fetch(`${apiUrl}/stream/${sample.id}`, { headers: { authorization: `Bearer ${apiKey}` } });
  await answer.arrayBuffer();
  return answer.ok ? sample : undefined;
}
