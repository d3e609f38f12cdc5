import { LpError } from "@livepeer-ts/kernel";

export type OrchestratorOptions = {
  /** Base URL gateways use, without a trailing slash (`-serviceAddr`). Empty: no work is done here, only at `nodes`. */
  readonly serviceUri: string;
  /** Further URLs of the same orchestrator (`-nodes`). Default none. */
  readonly nodes: readonly string[];
  /** Sessions at once (`-maxSessions`); `auto` = as many as the connected remote transcoders take. Default 10. */
  readonly maxSessions: number | "auto";
  /** Shared secret of remote transcoders (`-orchSecret`); they are accepted where there is no local back end. Default none. */
  readonly transcoderSecret: string | undefined;
  /** Node version announced to peers. */
  readonly version: string;
  /** Bytes of finished renditions kept in memory for download: objects per directory. Default 12. */
  readonly objectsPerDirectory: number;
  /** Ms to fetch a segment that came as a URL. Default 8000. */
  readonly inputDownloadMs: number;
};

export const defaultOrchestratorOptions: Omit<OrchestratorOptions, "serviceUri"> = {
  nodes: [],
  maxSessions: 10,
  transcoderSecret: undefined,
  version: "0.9.1",
  objectsPerDirectory: 12,
  inputDownloadMs: 8000,
};

/** A number of sessions from 1. Throws `bad_option`. */
export function checkedMaxSessions(maxSessions: number): number {
  if (Number.isInteger(maxSessions) && maxSessions >= 1) return maxSessions;
  throw new LpError({ code: "bad_option", message: "-maxSessions must be 'auto' or greater than zero" });
}

/** Fills in defaults. Throws `bad_option` with what to write instead. */
export function parseOrchestratorOptions(
  input: Partial<OrchestratorOptions> & Pick<OrchestratorOptions, "serviceUri">,
): OrchestratorOptions {
  const options = { ...defaultOrchestratorOptions, ...input };
  if (options.maxSessions !== "auto") checkedMaxSessions(options.maxSessions);
  if (options.serviceUri === "" && options.nodes.length > 0) return options;
  if (!/^https?:\/\/[^/]+$/.test(options.serviceUri)) {
    throw new LpError({
      code: "bad_option",
      message: `-serviceAddr "${options.serviceUri}" is not a base URL: write https://host:port without a path`,
    });
  }
  return options;
}
