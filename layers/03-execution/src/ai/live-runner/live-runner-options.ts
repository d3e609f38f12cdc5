import { LpError } from "@livepeer-ts/kernel";

export type LiveRunnerOptions = {
  /** Base URL that clients use, without a trailing slash. */
  readonly serviceUri: string;
  /** Base URL that runners use (`-liveRunnerAddr`). Default: `serviceUri`. */
  readonly runnerUri: string;
  /** URL of proxies with one `{proxy}` in the host, or as the last part of the path (`-liveRunnerProxyUrl`). Default `<serviceUri>/run/{proxy}`. */
  readonly proxyUrl: string;
  /** What runners register themselves with (`-orchSecret` with `-useLiveRunners`). Undefined: they cannot. */
  readonly secret: string | undefined;
  /** Ms between two charges of a session (`-livePaymentInterval`). Default 5000. */
  readonly paymentIntervalMs: number;
  /** Ms without a heartbeat after which a runner is gone. */
  readonly ttlMs: number;
  /** Ms between two looks for runners that are gone. */
  readonly sweepMs: number;
  /** Ms between two questions about the health of a static runner. */
  readonly healthMs: number;
  /** Ms for the answer. */
  readonly healthTimeoutMs: number;
  /** Ms between two signs of life to a runner. */
  readonly keepAliveMs: number;
  /** Runners at once. */
  readonly maxRunners: number;
  /** Sessions at once, of all runners. */
  readonly maxSessions: number;
  /** Channels, and proxies, of one session. */
  readonly maxPerSession: number;
  /** Sessions whose end is remembered. */
  readonly maxEnded: number;
};

export const defaultLiveRunnerOptions: Omit<LiveRunnerOptions, "serviceUri" | "runnerUri" | "proxyUrl" | "secret"> = {
  paymentIntervalMs: 5000,
  ttlMs: 20_000,
  sweepMs: 5000,
  healthMs: 5000,
  healthTimeoutMs: 3000,
  keepAliveMs: 10_000,
  maxRunners: 1000,
  maxSessions: 10_000,
  maxPerSession: 100,
  maxEnded: 1000,
};

/** Fills in defaults. Throws `bad_option` for a proxy URL without its place. */
export function parseLiveRunnerOptions(
  input: Partial<LiveRunnerOptions> & Pick<LiveRunnerOptions, "serviceUri" | "secret">,
): LiveRunnerOptions {
  const options = {
    ...defaultLiveRunnerOptions,
    runnerUri: input.serviceUri,
    proxyUrl: `${input.serviceUri}/run/{proxy}`,
    ...input,
  };
  proxyTemplate(options.proxyUrl);
  return options;
}

/** Where proxies are found: a host or a path with a place for their id. */
export type ProxyTemplate = {
  readonly urlOf: (id: string) => string;
  /** The id and the rest of the path; undefined when the request is for no proxy. */
  readonly match: (request: { readonly url: string }) => { readonly id: string; readonly rest: string } | undefined;
};

const place = "{proxy}";

/** Reads `-liveRunnerProxyUrl`. Throws `bad_option`. */
export function proxyTemplate(template: string): ProxyTemplate {
  const [before = "", after = "", ...more] = template.split(place);
  const sample = `${before}x${after}`;
  const bad = (why: string) =>
    new LpError({
      code: "bad_option",
      message: `-liveRunnerProxyUrl "${template}" ${why}: write https://host/run/${place} or https://${place}.host`,
    });
  if (!template.includes(place) || more.length > 0) throw bad(`must hold ${place} exactly once`);
  if (!/^https?:\/\//.test(sample) || !URL.canParse(sample)) throw bad("is no URL");
  const urlOf = (id: string) => `${before}${id}${after}`;
  const { pathname } = new URL(sample);
  if (!/^https?:\/\/[^/]*$/.test(before)) {
    if (after !== "") throw bad(`must end with ${place}`);
    const prefix = pathname.slice(0, -1);
    return {
      urlOf,
      match: ({ url }) => {
        const path = new URL(url).pathname;
        if (!path.startsWith(prefix)) return undefined;
        const [id = "", ...rest] = path.slice(prefix.length).split("/");
        return { id, rest: rest.length === 0 ? "" : `/${rest.join("/")}` };
      },
    };
  }
  const [start = "", end = ""] = [before.replace(/^https?:\/\//, ""), after.replace(/\/.*$/, "")].map((part) =>
    part.toLowerCase(),
  );
  return {
    urlOf,
    match: ({ url }) => {
      const { host, pathname: path } = new URL(url);
      if (!host.startsWith(start) || !host.endsWith(end) || host.length <= start.length + end.length) return undefined;
      return { id: host.slice(start.length, host.length - end.length), rest: path === "/" ? "" : path };
    },
  };
}
