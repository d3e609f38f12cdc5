import { fromBinary } from "@bufbuild/protobuf";
import { errorText, LpError, type Rational, rational } from "@livepeer-ts/kernel";
import { decodeBase64 } from "../../wire/base64.ts";
import { type AuthToken, type OrchestratorInfo, OrchestratorInfoSchema } from "../../wire/net_pb.gen.ts";
import { isHttpUrl } from "../live-runner/runner-record.ts";

/** What an orchestrator wants to be paid before it lets a call through to a runner. */
export type RunnerChallenge = {
  readonly info: OrchestratorInfo;
  readonly token: AuthToken;
  /** Id of the session that begins with the payment. */
  readonly manifestId: string;
  /** Where later payments go. */
  readonly paymentUrl: string;
  /** Wei for one unit. */
  readonly price: Rational;
};

/** Reads the JSON of a 402 or of `/refresh-payment`; undefined for JSON of somebody else. Throws `bad_challenge`. */
export function readChallenge(text: string): RunnerChallenge | undefined {
  const fields = fieldsOf(text);
  if (typeof fields["payment_params"] !== "string") return undefined;
  const bad = (what: string, cause?: unknown) =>
    new LpError({ code: "bad_challenge", message: `what it wants to be paid cannot be read: ${what}`, cause });
  let info: OrchestratorInfo;
  try {
    info = fromBinary(OrchestratorInfoSchema, decodeBase64(fields["payment_params"]));
  } catch (cause) {
    throw bad(errorText(cause), cause);
  }
  const { manifest_id: manifestId, payment_url: paymentUrl } = fields;
  const { authToken: token, priceInfo } = info;
  if (token === undefined) throw bad("there is no auth token");
  if (manifestId !== token.sessionId) throw bad("the manifest id is not that of the auth token");
  if (typeof paymentUrl !== "string" || !isHttpUrl(paymentUrl)) throw bad("payment_url is no URL");
  if (priceInfo === undefined || priceInfo.pixelsPerUnit <= 0n || priceInfo.pricePerUnit <= 0n)
    throw bad("there is no price");
  return { info, token, manifestId, paymentUrl, price: rational(priceInfo.pricePerUnit, priceInfo.pixelsPerUnit) };
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
