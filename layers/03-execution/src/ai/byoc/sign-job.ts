import { errorText, toHex } from "@livepeer-ts/kernel";
import type { JobSigner } from "../../ports/job-signer.ts";
import type { NodeSigner } from "../../ports/node-signer.ts";
import { accountOf } from "./byoc-tokens.ts";
import { ByocRefusal } from "./byoc-wire.ts";
import { type ByocJob, jobSigningBytes } from "./job-header.ts";

export type SignJobDeps = {
  readonly signer: NodeSigner;
  /** Signs in the signer's place. */
  readonly jobSigner?: JobSigner | undefined;
};

/** The job as this node's own. Rejects with a 503 refusal when a remote signer does not sign it. */
export async function signedJob(job: ByocJob, deps: SignJobDeps, signal: AbortSignal): Promise<ByocJob> {
  const { addr, sign } = accountOf(deps.signer);
  if (deps.jobSigner === undefined) return { ...job, sender: addr, signature: sign(jobSigningBytes(job)) };
  try {
    return { ...job, sender: addr, signature: toHex(await deps.jobSigner.signJob(job, signal)) };
  } catch (error) {
    signal.throwIfAborted();
    throw new ByocRefusal(503, "byoc_not_signed", `the job could not be signed: ${errorText(error)}`, error);
  }
}
