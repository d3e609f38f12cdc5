import { encodeBase64 } from "@livepeer-ts/execution";
import {
  bodyOf,
  errorText,
  fromHex,
  type HttpRequest,
  type HttpResponse,
  type HttpRoute,
  type Logger,
  type Metrics,
  readBody,
  toHex,
  utf8,
} from "@livepeer-ts/kernel";
import { SignerRefusal, signerPaths } from "../../wire/signer-wire.ts";
import { fieldsOf, readPaymentRequest, stateOf, textOf } from "./payment-request.ts";
import type { RemoteSigner, SegmentToSign } from "./remote-signer.ts";

export type SignerRoutesDeps = { readonly signer: RemoteSigner; readonly logger: Logger; readonly metrics: Metrics };

const maxBodyBytes = 1024 * 1024;
const maxProfiles = 100;
const maxManifestIdChars = 1024;

/** Texts that hide what happened inside. */
const hidden: Readonly<Record<number, string>> = { 500: "Internal Server Error", 503: "Service Unavailable Error" };

type Call = (body: string, headers: Headers) => Promise<object> | object;

/** The HTTP interface of a remote signer, without discovery. */
export function signerRoutes(deps: SignerRoutesDeps): HttpRoute[] {
  const { signer } = deps;
  const calls: Readonly<Record<string, Call>> = {
    [signerPaths.signOrchestratorInfo]: () => signer.signOrchestratorInfo(),
    [signerPaths.generateLivePayment]: async (body, headers) => {
      const { payment, segCreds, state } = await signer.generateLivePayment(readPaymentRequest(body), headers);
      return { payment, segCreds, state: { State: encodeBase64(state.state), Sig: encodeBase64(state.signature) } };
    },
    [signerPaths.signSegment]: async (body, headers) => {
      const field = fieldsOf(body);
      const signature = await signer.signSegment(segmentOf(field), stateOf(field("state")), headers);
      return { signature: toHex(signature) };
    },
    [signerPaths.signJob]: async (body, headers) => {
      const field = fieldsOf(body);
      const job = { request: textOf(field, "request"), parameters: textOf(field, "parameters") };
      const { address, signature } = await signer.signJob(job, headers);
      return { sender: address, signature: toHex(signature) };
    },
  };
  return Object.entries(calls).map(([path, call]) => ({
    name: path.slice(1),
    match: (_request, requested) => requested === path,
    handle: (request) => serve(path, call, request, deps),
  }));
}

async function serve(path: string, call: Call, request: HttpRequest, deps: SignerRoutesDeps): Promise<HttpResponse> {
  try {
    if (request.method !== "POST") throw new SignerRefusal(405, `${path} wants a POST`, { headers: { allow: "POST" } });
    const body = await readBody(request.body, maxBodyBytes).catch((cause: unknown) => {
      throw new SignerRefusal(413, errorText(cause), { cause });
    });
    return jsonAnswer(200, await call(new TextDecoder().decode(body), request.header));
  } catch (error) {
    const refusal = error instanceof SignerRefusal ? error : new SignerRefusal(500, errorText(error), { cause: error });
    deps.metrics.count("livepeer_signer_refusals_total", { status: String(refusal.status) });
    const facts = { path, status: refusal.status, error: refusal.message, peer: request.peer.address };
    if (refusal.status >= 500) deps.logger.error("nothing was signed", facts);
    else deps.logger.debug("nothing was signed", facts);
    return errorAnswer(refusal);
  }
}

/** `{"error":{"message":…}}`; of a ceiling, both figures too. */
function errorAnswer({ status, message, headers, ceiling }: SignerRefusal): HttpResponse {
  const error = { message: hidden[status] ?? message, ...(ceiling === undefined ? {} : { ceiling }) };
  const answer = jsonAnswer(status, { error });
  for (const [name, value] of Object.entries(headers)) answer.header.set(name, value);
  return answer;
}

function jsonAnswer(status: number, value: object): HttpResponse {
  return {
    status,
    header: new Headers({ "content-type": "application/json" }),
    body: bodyOf(utf8(`${JSON.stringify(value)}\n`)),
  };
}

function segmentOf(field: (name: string) => unknown): SegmentToSign {
  const bad = (message: string) => new SignerRefusal(400, message);
  const manifestId = textOf(field, "manifestId");
  if (manifestId === "" || manifestId.length > maxManifestIdChars)
    throw bad(`manifestId must have 1 to ${maxManifestIdChars} characters`);
  const seqNo = field("seqNo");
  if (typeof seqNo !== "number" || !Number.isSafeInteger(seqNo) || seqNo < 0) throw bad("seqNo must be a whole number");
  const hash = textOf(field, "hash");
  if (!/^0x[\da-f]{64}$/i.test(hash)) throw bad("hash must be 0x and 64 hexadecimal digits");
  const profiles = field("profiles");
  if (!Array.isArray(profiles) || profiles.length > maxProfiles || !profiles.every((name) => typeof name === "string"))
    throw bad(`profiles must be a list of at most ${maxProfiles} names`);
  return { manifestId, seqNo: BigInt(seqNo), hash: fromHex(hash), profileNames: profiles as string[] };
}
