import { errorText, type HttpRequest, type HttpResponse, utf8 } from "@livepeer-ts/kernel";
import { jsonTextAnswer } from "../../http/json-answer.ts";
import type { PaymentRecipient } from "../../ports/payment-recipient.ts";
import { decodeBase64, encodeBase64 } from "../../wire/base64.ts";
import type { TicketParams } from "../../wire/net_pb.gen.ts";
import { addressOf, type ByocAdmissionDeps } from "./byoc-admission.ts";
import { ByocRefusal, byocWire } from "./byoc-wire.ts";
import { signatureBytes } from "./job-header.ts";

const { header: names, text } = byocWire;

export type ByocTokenDeps = ByocAdmissionDeps & { readonly serviceUri: string };

/** `GET /process/token`: what a job of a capability costs here, and how much of it there is. Throws 400, 503. */
export async function serveByocToken(request: HttpRequest, deps: ByocTokenDeps): Promise<HttpResponse> {
  const account = readAccount(request.header.get(names.account), deps);
  const name = request.header.get(names.capability) ?? "";
  if (name === "") throw new ByocRefusal(400, "byoc_no_capability", text.noCapability);
  const capability = deps.capabilities.get(name);
  const { recipient } = deps;
  const isPaid = recipient.recipient !== undefined;
  const weiPerSecond = capability?.weiPerSecond ?? 0n;
  const offer = isPaid && weiPerSecond > 0n ? await makeOffer(account.from, name, weiPerSecond, recipient) : undefined;
  const balance = recipient.balanceOf(account.from, name);
  const wholeBalance = balance.num / balance.den;
  const free = deps.capabilities.free(name);
  const price = offer?.priceInfo;
  return json({
    sender_address: { addr: account.addr, sig: account.sig },
    ...(offer?.ticketParams === undefined ? {} : { ticket_params: ticketParamsJson(offer.ticketParams) }),
    ...(wholeBalance === 0n ? {} : { balance: wholeBalance }),
    price: {
      ...(price === undefined || price.pricePerUnit === 0n ? {} : { pricePerUnit: price.pricePerUnit }),
      pixelsPerUnit: price?.pixelsPerUnit ?? 1n,
    },
    service_addr: deps.serviceUri,
    ...(free === 0 ? {} : { available_capacity: free }),
    LastNonce: 0,
  });
}

async function makeOffer(
  sender: Parameters<PaymentRecipient["offer"]>[0],
  name: string,
  weiPerSecond: bigint,
  recipient: PaymentRecipient,
) {
  try {
    return await recipient.offer(sender, undefined, name, { num: weiPerSecond, den: 1n });
  } catch (error) {
    const why = errorText(error);
    if (why.includes("insufficient sender reserve")) throw new ByocRefusal(503, "byoc_no_reserve", text.noPrice(why));
    throw new ByocRefusal(400, "byoc_no_offer", text.noTicketParams(why));
  }
}

function readAccount(header: string | null, { signer }: Pick<ByocAdmissionDeps, "signer">) {
  if (header === null || header === "") throw new ByocRefusal(400, "byoc_no_account", text.noAccount);
  const bad = () => new ByocRefusal(400, "byoc_bad_account", text.badAccount);
  let fields: { readonly addr?: unknown; readonly sig?: unknown } | null;
  try {
    fields = JSON.parse(new TextDecoder().decode(decodeBase64(header))) as typeof fields;
  } catch {
    throw bad();
  }
  const { addr, sig } = fields ?? {};
  if (typeof addr !== "string" || typeof sig !== "string") throw bad();
  const from = addressOf(addr);
  const signature = signatureBytes(sig);
  // the address is signed as it was typed
  if (from === undefined || signature === undefined || !signer.verify(from, utf8(addr), signature)) throw bad();
  return { addr, sig, from };
}

/** As Go writes the message: empty values are left out, bytes are base64. */
function ticketParamsJson(params: TicketParams): Record<string, unknown> {
  const bytes = (name: string, value: Uint8Array) => (value.length === 0 ? {} : { [name]: encodeBase64(value) });
  const { expirationParams } = params;
  return {
    ...bytes("recipient", params.recipient),
    ...bytes("face_value", params.faceValue),
    ...bytes("win_prob", params.winProb),
    ...bytes("recipient_rand_hash", params.recipientRandHash),
    ...bytes("seed", params.seed),
    ...bytes("expiration_block", params.expirationBlock),
    ...(expirationParams === undefined
      ? {}
      : {
          expiration_params: {
            ...(expirationParams.creationRound === 0n ? {} : { creation_round: expirationParams.creationRound }),
            ...bytes("creation_round_block_hash", expirationParams.creationRoundBlockHash),
          },
        }),
  };
}

/** Whole numbers of any size are written as numbers. */
function json(value: unknown): HttpResponse {
  const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => unknown };
  const written = JSON.stringify(value, (_name, part: unknown) =>
    typeof part === "bigint" ? rawJSON(part.toString()) : part,
  );
  return jsonTextAnswer(200, written);
}
