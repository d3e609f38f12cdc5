import { isIP } from "node:net";
import { answerText, type Clock, errorText, type Logger, LpError, type Net } from "@livepeer-ts/kernel";
import { protocolReads } from "@livepeer-ts/protocol";
import type { ServiceAddress } from "../flags/node-config.ts";
import { defaultServicePort, parseServiceUri } from "../flags/service-address.ts";
import type { ChainContext } from "./chain-context.ts";

const publicAddressUrl = "https://api.ipify.org?format=text";
const publicAddressMs = 10_000;
const maxAddressBytes = 64;

type Given = Extract<ServiceAddress, { kind: "given" }>;

export type ServiceUriDeps = {
  readonly net: Net;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
};

/**
 * Under which URI this orchestrator is reached: the flag's, else the registered one, else this machine's public address, which
 * is asked for only then. Undefined: it does no work itself. Rejects with `public_address_unknown`.
 */
export async function findServiceUri(
  service: ServiceAddress,
  chain: ChainContext | undefined,
  deps: ServiceUriDeps,
): Promise<Given | undefined> {
  if (service.kind === "none") return undefined;
  const registered = chain === undefined ? "" : await registeredUri(chain, deps.signal);
  if (service.kind === "given") {
    if (registered !== "" && registered.replace(/\/+$/, "") !== service.uri)
      deps.logger.warn(
        "-serviceAddr is not the URI that is registered on the chain: gateways that look there go elsewhere",
        {
          serviceAddr: service.uri,
          registered,
        },
      );
    return service;
  }
  if (registered !== "") return parseServiceUri(registered, "serviceAddr");
  const address = await publicAddress(deps);
  deps.logger.info("public address found", { address });
  return parseServiceUri(`${isIP(address) === 6 ? `[${address}]` : address}:${defaultServicePort}`, "serviceAddr");
}

async function registeredUri(chain: ChainContext, signal: AbortSignal): Promise<string> {
  return (await chain.reader.read(protocolReads(chain.book).serviceUri(chain.identity), signal)).trim();
}

/** This machine's address as the internet sees it. Rejects with `public_address_unknown`. */
export async function publicAddress({ net, clock, signal }: Omit<ServiceUriDeps, "logger">): Promise<string> {
  const deadline = clock.deadline(publicAddressMs, signal);
  try {
    const answer = await net.request({
      method: "GET",
      url: publicAddressUrl,
      header: new Headers(),
      signal: deadline.signal,
    });
    const text = (await answerText(answer, maxAddressBytes)).trim();
    if (answer.status !== 200 || isIP(text) === 0)
      throw new LpError({ code: "bad_answer", message: "no address came back" });
    return text;
  } catch (cause) {
    throw new LpError({
      code: "public_address_unknown",
      message: `-serviceAddr is not given and this machine's public address could not be found at ${new URL(publicAddressUrl).host} (${errorText(cause)}): give -serviceAddr host:port, under which gateways reach this orchestrator`,
      cause,
    });
  } finally {
    deadline.clear();
  }
}
