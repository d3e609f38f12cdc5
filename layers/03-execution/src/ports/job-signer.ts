/** Signs jobs of external capabilities for a node that has no key. */
export interface JobSigner {
  /** Signature of the node's account over both JSON texts, one after the other, 65 bytes. Rejects when it cannot be had. */
  signJob(job: { readonly request: string; readonly parameters: string }, signal: AbortSignal): Promise<Uint8Array>;
}
