import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { errorText, LpError } from "@livepeer-ts/kernel";
import type { JsonApiPlace } from "./json-api.ts";

/** The cluster that runs runners, and the namespace for them. */
export type ClusterPlace = { readonly place: JsonApiPlace; readonly namespace: string };

export type ClusterPlaceOptions = {
  /** Of the API server, for example that of `kubectl proxy`; undefined: the cluster in which this process runs. */
  readonly url: string | undefined;
  /** Undefined: that of this process, else `default`. */
  readonly namespace: string | undefined;
  /** Default: where clusters put them. */
  readonly serviceAccountFolder?: string;
};

type Environment = Readonly<Record<string, string | undefined>>;

const accountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Finds the cluster. Rejects with `no_cluster` and what to do. */
export async function clusterPlace(options: ClusterPlaceOptions, env: Environment): Promise<ClusterPlace> {
  const folder = options.serviceAccountFolder ?? accountFolder;
  if (options.url !== undefined)
    return { place: { url: options.url.replace(/\/$/, "") }, namespace: options.namespace ?? "default" };
  const host = env["KUBERNETES_SERVICE_HOST"];
  if (host === undefined)
    throw new LpError({
      code: "no_cluster",
      message:
        "this process does not run in a cluster: give the API server with -aiKubernetesUrl, for example that of kubectl proxy",
    });
  try {
    const text = (name: string) => readFile(join(folder, name), "utf8");
    const [token, ca, namespace] = await Promise.all([text("token"), text("ca.crt"), text("namespace")]);
    const authority = `${host.includes(":") ? `[${host}]` : host}:${env["KUBERNETES_SERVICE_PORT"] ?? "443"}`;
    return {
      place: { url: `https://${authority}`, header: { authorization: `Bearer ${token.trim()}` }, tls: { ca } },
      namespace: options.namespace ?? namespace.trim(),
    };
  } catch (cause) {
    throw new LpError({
      code: "no_cluster",
      message: `the service account of this process cannot be read (${errorText(cause)}): mount it, or give -aiKubernetesUrl`,
      cause,
    });
  }
}
