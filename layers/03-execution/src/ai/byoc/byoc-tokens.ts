import { create } from "@bufbuild/protobuf";
import {
  answerText,
  type Clock,
  checksumAddress,
  errorText,
  type Logger,
  LpError,
  type Net,
  type Random,
  toHex,
  utf8,
  zeroAddress,
} from "@livepeer-ts/kernel";
import type { NodeSigner } from "../../ports/node-signer.ts";
import type { OrchestratorDirectory } from "../../ports/orchestrator-directory.ts";
import { decodeBase64, encodeBase64 } from "../../wire/base64.ts";
import {
  AuthTokenSchema,
  type OrchestratorInfo,
  OrchestratorInfoSchema,
  PriceInfoSchema,
  TicketExpirationParamsSchema,
  TicketParamsSchema,
} from "../../wire/net_pb.gen.ts";
import { byocWire } from "./byoc-wire.ts";

export type ByocTokensDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly net: Net;
  readonly logger: Logger;
  readonly signer: NodeSigner;
  readonly directory: OrchestratorDirectory;
};

/** What one orchestrator says of a capability. */
export type ByocToken = {
  /** Base URL. */
  readonly uri: string;
  readonly capability: string;
  readonly capacity: number;
  /** Wei that this node has there in advance. */
  readonly balanceWei: bigint;
  readonly weiPerSecond: bigint;
  /** What payments are made out to; without ticket parameters where nothing is paid. */
  readonly offer: OrchestratorInfo;
};

export type TokenSearch = {
  readonly capability: string;
  /** Only these, or all but these, base URLs. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** Ms for the whole search. */
  readonly searchMs: number;
  /** Ms for one answer. */
  readonly answerMs: number;
};

const maxTokenBytes = 64 * 1024;

/** Who sends jobs from here, as orchestrators check it. */
export function accountOf(signer: NodeSigner): { readonly addr: string; readonly sign: (data: Uint8Array) => string } {
  const addr = signer.address === undefined ? zeroAddress : checksumAddress(signer.address);
  return {
    addr,
    // peers want 65 bytes, also of a node without a key
    sign: (data) => (signer.address === undefined ? byocWire.emptySignature : toHex(signer.sign(data))),
  };
}

/** Asks every orchestrator at once; those that have room come back, in an order of their own each time. */
export async function findTokens(
  search: TokenSearch,
  deps: ByocTokensDeps,
  signal: AbortSignal,
): Promise<readonly ByocToken[]> {
  const within = deps.clock.deadline(search.searchMs, signal);
  try {
    const listed = (await deps.directory.list(within.signal)).map(({ uri }) => uri);
    const wanted = listed
      .filter((uri) => search.include.length === 0 || search.include.includes(uri))
      .filter((uri) => !search.exclude.includes(uri));
    const found = await Promise.all(wanted.map((uri) => askToken(uri, search, deps, within.signal)));
    const tokens = found.filter((token) => token !== undefined).filter(({ capacity }) => capacity > 0);
    for (let i = tokens.length - 1; i > 0; i--) {
      const j = deps.random.u32() % (i + 1);
      [tokens[i], tokens[j]] = [tokens[j] as ByocToken, tokens[i] as ByocToken];
    }
    return tokens;
  } finally {
    within.clear();
  }
}

/** What one orchestrator says of a capability; undefined when it says nothing that makes sense in time. */
export async function askToken(
  uri: string,
  search: Pick<TokenSearch, "capability" | "answerMs">,
  deps: ByocTokensDeps,
  signal: AbortSignal,
): Promise<ByocToken | undefined> {
  const { header: names, path } = byocWire;
  const deadline = deps.clock.deadline(search.answerMs, signal);
  const { addr, sign } = accountOf(deps.signer);
  const account = encodeBase64(utf8(JSON.stringify({ addr, sig: sign(utf8(addr)) })));
  try {
    const answer = await deps.net.request({
      method: "GET",
      url: `${uri}${path.token}`,
      header: new Headers({ [names.account]: account, [names.capability]: search.capability }),
      signal: deadline.signal,
    });
    const text = await answerText(answer, maxTokenBytes);
    if (answer.status !== 200)
      throw new LpError({ code: "byoc_no_token", message: `it answered ${answer.status}: ${text.trim()}` });
    return readToken(uri, search.capability, text, deps.clock.now());
  } catch (error) {
    deps.logger.debug("no job token", { orchestrator: uri, capability: search.capability, error: errorText(error) });
    return undefined;
  } finally {
    deadline.clear();
  }
}

/** Reads a token. Throws for one that makes no sense. */
function readToken(uri: string, capability: string, text: string, now: number): ByocToken {
  const fields = JSON.parse(text) as Readonly<Record<string, unknown>>;
  const price = (fields["price"] ?? {}) as { readonly pricePerUnit?: unknown; readonly pixelsPerUnit?: unknown };
  const priceInfo = create(PriceInfoSchema, {
    pricePerUnit: whole(price.pricePerUnit),
    pixelsPerUnit: whole(price.pixelsPerUnit ?? 1),
  });
  const wire = fields["ticket_params"] as Readonly<Record<string, unknown>> | undefined;
  const recipient = wire === undefined ? new Uint8Array(0) : bytes(wire["recipient"]);
  const offer = create(OrchestratorInfoSchema, {
    transcoder: uri,
    address: recipient,
    priceInfo,
    // job tokens have none of their own; signers want one that does not end in the middle of a payment
    authToken: create(AuthTokenSchema, { sessionId: capability, expiration: BigInt(Math.floor(now / 1000) + 3600) }),
    ...(wire === undefined ? {} : { ticketParams: ticketParams(wire) }),
  });
  const free = fields["available_capacity"] ?? 0;
  // sums of wei are above what a double holds exactly
  const [, balance = "0"] = /"balance":\s*(-?\d+)/.exec(text) ?? [];
  return {
    uri,
    capability,
    capacity: typeof free === "number" ? free : 0,
    balanceWei: BigInt(balance),
    weiPerSecond: priceInfo.pixelsPerUnit > 0n ? priceInfo.pricePerUnit / priceInfo.pixelsPerUnit : 0n,
    offer,
  };
}

function ticketParams(wire: Readonly<Record<string, unknown>>) {
  const expiration = (wire["expiration_params"] ?? {}) as Readonly<Record<string, unknown>>;
  return create(TicketParamsSchema, {
    recipient: bytes(wire["recipient"]),
    faceValue: bytes(wire["face_value"]),
    winProb: bytes(wire["win_prob"]),
    recipientRandHash: bytes(wire["recipient_rand_hash"]),
    seed: bytes(wire["seed"]),
    expirationBlock: bytes(wire["expiration_block"]),
    expirationParams: create(TicketExpirationParamsSchema, {
      creationRound: whole(expiration["creation_round"]),
      creationRoundBlockHash: bytes(expiration["creation_round_block_hash"]),
    }),
  });
}

function bytes(value: unknown): Uint8Array {
  return typeof value === "string" ? decodeBase64(value) : new Uint8Array(0);
}

function whole(value: unknown): bigint {
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  return 0n;
}
