import { create } from "@bufbuild/protobuf";
import {
  errorText,
  type HttpRequest,
  type HttpResponse,
  type HttpRoute,
  hasErrorCode,
  LpError,
  readBody,
  toHex,
} from "@livepeer-ts/kernel";
import type { TrickleChannel } from "@livepeer-ts/media";
import { setBit } from "../../capabilities/capability-bitstring.ts";
import { defaultCapabilities } from "../../capabilities/capability-number.ts";
import { jsonTextAnswer } from "../../http/json-answer.ts";
import { textAnswer } from "../../http/text-answer.ts";
import { decodeSegmentHeader } from "../../segments/segment-credentials.ts";
import { type Capabilities, CapabilitiesSchema } from "../../wire/net_pb.gen.ts";
import { segmentWire } from "../../wire/segment-wire.ts";
import { jsonPart } from "../byoc/job-header.ts";
import { AiRefusal } from "../wire/ai-refusal.ts";
import { type ScopePayer, ScopePayments, type ScopePaymentsDeps } from "./scope-payments.ts";
import { ServerlessSession, type ServerlessSessionDeps, type ServerlessSessionOptions } from "./serverless-session.ts";
import { serverlessWire } from "./serverless-wire.ts";

export type ServerlessOptions = ServerlessSessionOptions & {
  /** Jobs at once. */
  readonly capacity: number;
  /** Ms between two charges (`-livePaymentInterval`). */
  readonly paymentIntervalMs: number;
};

export type ServerlessDeps = ServerlessSessionDeps &
  ScopePaymentsDeps & {
    /** True while no new job is taken. */
    readonly isShut: () => boolean;
  };

/** Jobs of the serverless model: mount `routes`, announce with `capabilities`. */
export type ServerlessWork = {
  readonly routes: readonly HttpRoute[];
  readonly jobCount: () => number;
  capabilities(own: Capabilities): Capabilities;
};

const maxBodyBytes = 1024 * 1024;
const manifestBytes = 16;
const { text, capability, model, path: scopePath } = serverlessWire;

/** `POST /scope`: a job at the operator's serverless runner, with channels for control and events. */
export function startServerlessWork(options: ServerlessOptions, deps: ServerlessDeps): ServerlessWork {
  const payments = new ScopePayments(jobCapabilities(), deps);
  const jobs = new Set<string>();
  const route: HttpRoute = {
    name: "serverless job",
    match: (_request, path) => path === scopePath,
    async handle(request) {
      if (request.method !== "POST") return textAnswer(405, "Method Not Allowed");
      try {
        return await begin(request, jobs, payments, options, deps);
      } catch (error) {
        if (!(error instanceof AiRefusal)) throw error;
        deps.logger.info("serverless job refused", { status: error.status, error: error.message });
        return textAnswer(error.status, error.message);
      }
    },
  };
  return {
    routes: [route],
    jobCount: () => jobs.size,
    capabilities: (own) => announced(own, options.capacity, jobs.size),
  };
}

async function begin(
  request: HttpRequest,
  jobs: Set<string>,
  payments: ScopePayments,
  options: ServerlessOptions,
  deps: ServerlessDeps,
): Promise<HttpResponse> {
  const fields = await readRequest(request);
  if (deps.isShut() || jobs.size >= options.capacity) throw new AiRefusal(503, "scope_capacity", text.noCapacity);
  const admission = await payments.admit(request);
  if (admission.kind === "wanted") return admission.answer;
  const manifestId = admission.manifestId ?? freeManifest(request) ?? toHex(deps.random.bytes(manifestBytes)).slice(2);
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(manifestId)) throw new AiRefusal(400, "scope_manifest", text.badManifest);
  if (jobs.has(manifestId)) throw new AiRefusal(409, "scope_manifest", text.manifestInUse);
  if (jobs.size >= options.capacity) throw new AiRefusal(503, "scope_capacity", text.noCapacity);
  jobs.add(manifestId);
  let channels: readonly TrickleChannel[] = [];
  try {
    let session: ServerlessSession | undefined;
    channels = openChannels(manifestId, deps, () => session?.stop("events_ended"));
    const [control, events] = channels as [TrickleChannel, TrickleChannel];
    const url = (channel: TrickleChannel) => `${deps.serviceUri}${deps.trickle.options.basePath}${channel.name}`;
    const urls = { control_url: url(control), events_url: url(events) };
    const job = { manifestId, events, request: { ...fields, model_id: model, manifest_id: manifestId, ...urls } };
    session = await ServerlessSession.open(job, options, deps, request.signal);
    if (events.isClosed) session.stop("events_ended");
    serve(session, admission.payer, payments, options, deps, () => end(manifestId, jobs, channels));
    const answer = { publish_url: "", subscribe_url: "", ...urls, manifest_id: manifestId };
    return jsonTextAnswer(200, JSON.stringify(answer));
  } catch (error) {
    end(manifestId, jobs, channels);
    throw error;
  }
}

/** Lets a job run, and charges for it; `done` once it is over. */
function serve(
  session: ServerlessSession,
  payer: ScopePayer | undefined,
  payments: ScopePayments,
  { paymentIntervalMs }: ServerlessOptions,
  { clock, tasks, logger }: ServerlessDeps,
  done: () => void,
): void {
  const { manifestId } = session.job;
  let chargedAt = clock.mono();
  const charge = (isLast: boolean) => {
    if (payer === undefined) return;
    const now = clock.mono();
    if (payments.charge(payer, manifestId, now - chargedAt, isLast)) chargedAt = now;
    else if (!isLast) session.stop("insufficient_balance");
  };
  const meter = tasks.child("serverless meter");
  meter.spawn("charge", async (signal) => {
    for (;;) {
      await clock.sleep(paymentIntervalMs, signal);
      charge(false);
    }
  });
  tasks.spawn("serverless job", async () => {
    const reason = await session.run();
    await meter.stop();
    if (reason !== "insufficient_balance") charge(true);
    logger.info("serverless job ended", { manifest: manifestId, reason });
    done();
  });
}

function end(manifestId: string, jobs: Set<string>, channels: readonly TrickleChannel[]): void {
  jobs.delete(manifestId);
  for (const channel of channels) channel.close();
}

function openChannels(
  manifestId: string,
  { trickle }: ServerlessDeps,
  onEventsEnd: () => void,
): readonly TrickleChannel[] {
  const names = [`${manifestId}-control`, `${manifestId}-events`] as const;
  if (names.some((name) => trickle.get(name) !== undefined))
    throw new AiRefusal(409, "scope_manifest", text.manifestInUse);
  const mimeType = "application/json";
  try {
    const control = trickle.create({ name: names[0], mimeType });
    return [control, trickle.create({ name: names[1], mimeType, onClose: onEventsEnd })];
  } catch (error) {
    trickle.get(names[0])?.close();
    if (!(error instanceof LpError)) throw error;
    throw new AiRefusal(503, "scope_channels", errorText(error), error);
  }
}

/** The fields that a runner gets: what the client says, without what is fixed here. Throws 400, 413. */
async function readRequest(request: HttpRequest): Promise<Readonly<Record<string, unknown>>> {
  const bytes = await readBody(request.body, maxBodyBytes).catch((error: unknown) => {
    if (!hasErrorCode(error, "body_too_large")) throw error;
    throw new AiRefusal(413, "scope_body", errorText(error), error);
  });
  const written = new TextDecoder().decode(bytes);
  const fields = written.trim() === "" ? {} : jsonPart(written);
  if (written.trim() !== "" && Object.keys(fields).length === 0 && !/^\s*\{\s*\}\s*$/.test(written))
    throw new AiRefusal(400, "scope_body", "the body must be a JSON object");
  const { params, gateway_request_id: id = "", stream_id: stream = "" } = fields;
  if (typeof id !== "string" || typeof stream !== "string")
    throw new AiRefusal(400, "scope_body", "gateway_request_id and stream_id must be text");
  if (params !== undefined && (typeof params !== "object" || params === null || Array.isArray(params)))
    throw new AiRefusal(400, "scope_body", "params must be an object");
  return { gateway_request_id: id, stream_id: stream, ...(params === undefined ? {} : { params }) };
}

/** The manifest that a client without payments names; undefined: none. */
function freeManifest(request: HttpRequest): string | undefined {
  const header = request.header.get(segmentWire.segmentHeader) ?? "";
  if (header === "") return undefined;
  try {
    return decodeSegmentHeader(header).manifestId || undefined;
  } catch {
    return undefined;
  }
}

/** What a job of the model asks for. */
function jobCapabilities(): Capabilities {
  const bitstring: bigint[] = [];
  setBit(bitstring, capability);
  return create(CapabilitiesSchema, {
    bitstring,
    constraints: { PerCapability: { [capability]: { models: { [model]: {} } } } },
  });
}

/** What a node announces with it. */
function announced(own: Capabilities, capacity: number, inUse: number): Capabilities {
  const bitstring = [...own.bitstring];
  // the protocol's gateways ask for the default set together with a model
  for (const number of defaultCapabilities) setBit(bitstring, number);
  setBit(bitstring, capability);
  return create(CapabilitiesSchema, {
    bitstring,
    mandatories: own.mandatories,
    capacities: { ...own.capacities, [capability]: capacity },
    version: own.version,
    constraints: {
      minVersion: own.constraints?.minVersion ?? "",
      PerCapability: {
        ...own.constraints?.PerCapability,
        [capability]: { models: { [model]: { warm: true, capacity, capacityInUse: inUse } } },
      },
    },
  });
}
