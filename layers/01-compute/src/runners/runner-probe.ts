import { type Clock, errorText, type Net, readBody } from "@livepeer-ts/kernel";

/** Where a runner is reached. */
export type RunnerAddress = { readonly url: string; readonly token: string | undefined };

/** What a runner says of itself; `silent`: nothing that is understood, `refused`: it takes another token. */
export type RunnerHealth = {
  readonly status: "OK" | "IDLE" | "LOADING" | "ERROR" | "silent" | "refused";
  /** In words, the predicate of a sentence. */
  readonly why: string;
};

export type RunnerProbeDeps = { readonly net: Net; readonly clock: Clock };

/** Which model a runner serves; empty where it does not say. */
export type RunnerIdentity = { readonly pipeline: string; readonly modelId: string; readonly version: string };

/** One question to a runner. */
const askMs = 5000;
const maxAnswerBytes = 64 * 1024;

const statuses = ["OK", "IDLE", "LOADING", "ERROR"] as const;

/** `GET /health`. Rejects only with the signal's reason. */
export async function askHealth(
  address: RunnerAddress,
  deps: RunnerProbeDeps,
  signal: AbortSignal,
): Promise<RunnerHealth> {
  const answer = await ask(address, "/health", deps, signal);
  if (answer.status === 401 || answer.status === 403)
    return { status: "refused", why: `it refuses the token (${answer.status})` };
  if (answer.status !== 200) return { status: "silent", why: answer.why ?? `its /health answers ${answer.status}` };
  const status = statuses.find((known) => known === answer.fields["status"]);
  return status === undefined
    ? { status: "silent", why: "its /health says none of OK, IDLE, LOADING, ERROR" }
    : { status, why: `its /health says ${status}` };
}

/** `GET /version` and `GET /hardware/info`; runners that lack one of them are taken at the other's word. */
export async function askIdentity(
  address: RunnerAddress,
  deps: RunnerProbeDeps,
  signal: AbortSignal,
): Promise<RunnerIdentity> {
  const version = await ask(address, "/version", deps, signal);
  const hardware = await ask(address, "/hardware/info", deps, signal);
  const text = (name: string) => [version.fields[name], hardware.fields[name]].find(isName) ?? "";
  const said = version.fields["version"];
  return {
    pipeline: text("pipeline"),
    modelId: text("model_id"),
    // what a runner says that was built without a version
    version: typeof said === "string" && said !== "undefined" ? said.slice(0, 64) : "",
  };
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= 256;
}

type Answer = {
  /** 0: none came, `why` says why. */
  readonly status: number;
  readonly why?: string;
  readonly fields: Readonly<Record<string, unknown>>;
};

async function ask(
  { url, token }: RunnerAddress,
  path: string,
  { net, clock }: RunnerProbeDeps,
  signal: AbortSignal,
): Promise<Answer> {
  const deadline = clock.deadline(askMs, signal);
  try {
    const answer = await net.request({
      method: "GET",
      url: `${url}${path}`,
      header: new Headers(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      signal: deadline.signal,
    });
    const body = await readBody(answer.body, maxAnswerBytes);
    return { status: answer.status, fields: answer.status === 200 ? fieldsOf(body) : {} };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const why = deadline.signal.aborted ? `no answer within ${askMs / 1000} s` : errorText(error);
    return { status: 0, why, fields: {} };
  } finally {
    deadline.clear();
  }
}

function fieldsOf(body: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
