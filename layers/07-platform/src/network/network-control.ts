import { type HttpHandler, hasErrorCode, LpError, sameSecret, toAddress } from "@livepeer-ts/kernel";
import { parseCredentials } from "../http/credentials.ts";
import { isOwnPage } from "../http/own-page.ts";
import { jsonResponse } from "../http/raw-response.ts";
import type { LocalNetwork } from "../ports/local-network.ts";

export type NetworkControlOptions = {
  readonly token: string;
  /** Host names (without port) under which pages of this machine may control it. */
  readonly hosts: readonly string[];
};

const pathPattern = /^\/api\/network\/orchestrators\/(0x[0-9a-fA-F]{40})\/stop$/;

/**
 * `POST /api/network/orchestrators/:address/stop`, on a local network only. Allowed with the internal token, or for a page
 * of this very server: the browser's `Origin` must be the address the request was sent to, and that a name of this machine.
 */
export function createNetworkControl(options: NetworkControlOptions, local: LocalNetwork | undefined): HttpHandler {
  return async (request) => {
    const url = new URL(request.url);
    const address = pathPattern.exec(url.pathname)?.[1];
    if (address === undefined || local === undefined) return jsonResponse(404, { errors: ["not found"] });
    if (request.method !== "POST")
      return jsonResponse(405, { errors: ["only POST is possible here"] }, { allow: "POST" });
    const credentials = parseCredentials(request.header.get("authorization"));
    const hasToken = credentials?.scheme === "bearer" && sameSecret(credentials.token, options.token);
    if (!hasToken && !isOwnPage(request, options.hosts)) {
      return jsonResponse(403, {
        errors: ["a machine can be stopped only from the network's own page, or with the platform's token"],
      });
    }
    try {
      return jsonResponse(200, await local.stopOrchestrator(toAddress(address)));
    } catch (error) {
      if (!(error instanceof LpError)) throw error;
      const status = hasErrorCode(error, "orchestrator_unknown")
        ? 404
        : hasErrorCode(error, "orchestrator_stopped")
          ? 409
          : 500;
      return jsonResponse(status, { errors: [error.message] });
    }
  };
}
