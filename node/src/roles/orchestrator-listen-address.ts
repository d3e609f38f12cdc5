import { type BindAddress, isLoopbackHost, parseBindAddress } from "../flags/bind-address.ts";
import { defaultServicePort } from "../flags/service-address.ts";

/** `-httpAddr` of an orchestrator, completed: the service URI's port, and every interface unless only this machine is meant. */
export function orchestratorListenAddress(
  address: string,
  service: { readonly host: string; readonly port: number } | undefined,
): BindAddress {
  const isLocal = service !== undefined && isLoopbackHost(service.host);
  const local = service?.host === "localhost" ? "127.0.0.1" : (service?.host ?? "");
  return parseBindAddress(
    address,
    { host: isLocal ? local : "", port: service?.port ?? defaultServicePort },
    "httpAddr",
  );
}
