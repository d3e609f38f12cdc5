import { create } from "@bufbuild/protobuf";
import type { ComputeFacts } from "@livepeer-ts/compute";
import { type Address, addressToBytes, LpError, type Rational } from "@livepeer-ts/kernel";
import type { AuthTokenIssuer } from "../auth/auth-token.ts";
import type { NodeSigner } from "../ports/node-signer.ts";
import type { PaymentRecipient } from "../ports/payment-recipient.ts";
import type { StoreGrants } from "../storage/store-grants.ts";
import { setComputeFacts } from "../wire/compute-facts-field.ts";
import {
  type AuthToken,
  type Capabilities,
  type OrchestratorInfo,
  OrchestratorInfoSchema,
} from "../wire/net_pb.gen.ts";

export type InfoSource = {
  readonly serviceUri: string;
  readonly nodes: readonly string[];
  readonly capabilities: () => Capabilities;
  readonly signer: Pick<NodeSigner, "address">;
  readonly recipient: PaymentRecipient;
  readonly tokens: Pick<AuthTokenIssuer, "issue">;
  /** What gateways get to put sources into the node's own store. Absent: it has none that they reach. */
  readonly grants?: Pick<StoreGrants, "for">;
  /** What gateways may know of the machine. Absent, or undefined: nothing. */
  readonly facts?: () => ComputeFacts | undefined;
};

/**
 * What the node tells a gateway about itself: offer, price, capabilities, and an auth token.
 * `price`: wei per unit where the node's own prices do not count.
 * `authToken` given = echo it, so that the session goes on. Throws the payment side's `insufficient sender reserve`.
 */
export async function buildOrchestratorInfo(
  source: InfoSource,
  sender: Address,
  capabilities: Capabilities | undefined,
  authToken?: AuthToken,
  price?: Rational,
): Promise<OrchestratorInfo> {
  const token = authToken ?? source.tokens.issue();
  const offer = await source.recipient.offer(sender, capabilities, token.sessionId, price);
  if (source.signer.address !== undefined && offer.ticketParams === undefined) {
    throw new LpError({ code: "no_offer", message: "the payment side made no offer" });
  }
  const storage = source.grants?.for(token.sessionId);
  const info = create(OrchestratorInfoSchema, {
    transcoder: source.serviceUri,
    ...(offer.ticketParams === undefined ? {} : { ticketParams: offer.ticketParams }),
    ...(offer.priceInfo === undefined ? {} : { priceInfo: offer.priceInfo }),
    address: source.signer.address === undefined ? new Uint8Array(0) : addressToBytes(source.signer.address),
    capabilities: source.capabilities(),
    authToken: token,
    capabilitiesPrices: capabilities === undefined ? [...offer.capabilitiesPrices] : [],
    storage: storage === undefined ? [] : [storage],
    nodes: [...source.nodes],
  });
  const facts = source.facts?.();
  if (facts !== undefined) setComputeFacts(info, facts);
  return info;
}
