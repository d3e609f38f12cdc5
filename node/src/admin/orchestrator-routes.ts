import { errorText, formatRational, hasErrorCode, LpError, toAddress } from "@livepeer-ts/kernel";
import { protocolCalls, protocolReads, readTranscoders, type TranscoderState } from "@livepeer-ts/protocol";
import { AdminRefusal, badRequest, jsonAnswer, textAnswer } from "./admin-answer.ts";
import { type AdminCall, type AdminRoute, optional, required } from "./admin-route.ts";
import type { ChainSubject } from "./admin-subjects.ts";
import { parseAmount, parseGoBigInt, parseGoInt, parsePercent } from "./go-values.ts";
import { converting, priceParam } from "./price-params.ts";
import { bondSteps } from "./staking-routes.ts";
import { chainOf, type TxStep, transactRoute } from "./transact-route.ts";
import { transcoderJson } from "./transcoder-json.ts";

const group = "Orchestrator";
const price = {
  pricePerUnit: "price of one unit",
  pixelsPerUnit: "pixels of one unit",
  currency: optional("currency", "currency of the price; empty or Wei: wei"),
  blockRewardCut: "share of rewards that is kept, percent",
  feeShare: "share of fees that delegators get, percent",
  serviceURI: "URI under which gateways reach the orchestrator, https://host:port",
} as const;

/** Becoming an orchestrator, and what one asks for and takes on. */
export const orchestratorRoutes: readonly AdminRoute[] = [
  {
    path: "/orchestratorInfo",
    group,
    scope: "read",
    summary: "The node's account as an orchestrator, and its base price in wei per pixel.",
    params: [],
    result: "json",
    needsChain: true,
    handle: async (call) => {
      const { orchestrator } = call.subjects;
      const transcoder = await ownTranscoder(call).catch((error: unknown) => {
        throw new AdminRefusal(500, "could not get transcoder", error);
      });
      return jsonAnswer({
        Transcoder: transcoderJson(transcoder, undefined),
        PriceInfo: orchestrator === undefined ? null : formatRational(orchestrator.prices.book.base),
      });
    },
  },
  transactRoute({
    path: "/activateOrchestrator",
    group,
    summary: "Becomes an orchestrator: sets the price, stakes with itself, sets shares and service URI.",
    params: [
      required("blockRewardCut", price.blockRewardCut),
      required("feeShare", price.feeShare),
      required("pricePerUnit", price.pricePerUnit),
      required("pixelsPerUnit", price.pixelsPerUnit),
      required("serviceURI", price.serviceURI),
      price.currency,
      optional("unbondingLockId", "stakes with an unbonding lock first"),
      optional("amount", "LPT to stake, wei"),
    ],
    plan: activationSteps,
    before: setBasePrice,
  }),
  transactRoute({
    path: "/setOrchestratorConfig",
    group,
    summary: "Sets price, shares and service URI; only what differs from the chain is sent there.",
    params: [
      optional("pricePerUnit", price.pricePerUnit),
      optional("pixelsPerUnit", price.pixelsPerUnit),
      price.currency,
      optional("blockRewardCut", price.blockRewardCut),
      optional("feeShare", price.feeShare),
      optional("serviceURI", price.serviceURI),
    ],
    plan: configSteps,
    before: async (call) => {
      if (call.param("pricePerUnit") !== "" && call.param("pixelsPerUnit") !== "") await setBasePrice(call);
    },
  }),
  {
    path: "/setMaxFaceValue",
    group,
    scope: "transact",
    summary: "Sets the highest face value of tickets, for new offers.",
    params: [required("maxfacevalue", "wei; 0: any")],
    result: "text",
    handle: (call) => {
      const { orchestrator } = call.subjects;
      if (orchestrator === undefined) throw badRequest("node must be orchestrator node to set maxfacevalue");
      const text = call.param("maxfacevalue");
      if (!/^\+?\d{1,80}$/.test(text)) throw badRequest("maxfacevalue not set to number");
      orchestrator.setMaxFaceValue(BigInt(text));
      return textAnswer("ticket max face value set");
    },
  },
  {
    path: "/setPriceForBroadcaster",
    group,
    scope: "transact",
    summary: "Sets the price for one gateway, or for all without one; sessions that are open keep theirs.",
    params: [
      required("pricePerUnit", price.pricePerUnit),
      required("pixelsPerUnit", price.pixelsPerUnit),
      required("broadcasterEthAddr", "account of the gateway, or default"),
      price.currency,
    ],
    result: "text",
    handle: async (call) => {
      const { orchestrator } = call.subjects;
      if (orchestrator === undefined) throw badRequest("Node must be orchestrator node to set price for broadcaster");
      const gateway = call.param("broadcasterEthAddr");
      if (gateway !== "default" && !/^0x[\da-f]{40}$/i.test(gateway))
        throw badRequest(`broadcasterEthAddr is not a valid eth address, provided ${gateway}`);
      const wanted = priceParam(call, "pricePerUnit", { error: "error", refusesNegative: true });
      await converting(orchestrator.prices.set(gateway === "default" ? gateway : toAddress(gateway), wanted));
      const [units, pixels] = [call.param("pricePerUnit"), call.param("pixelsPerUnit")];
      return textAnswer(`Price per pixel set to ${units} wei for ${pixels} pixels for broadcaster ${gateway}\n`);
    },
  },
  {
    path: "/setMaxSessions",
    group,
    scope: "transact",
    summary: "Sets how many sessions (streams, on a gateway) are taken at once; those that are open go on.",
    params: [required("maxSessions", "a number from 1, or auto: what the remote transcoders take")],
    result: "text",
    handle: (call) => {
      const { capacity } = call.subjects;
      const text = call.param("maxSessions");
      const wanted = text === "auto" ? text : sessionsParam(text);
      if (capacity === undefined) throw badRequest("this node takes no sessions");
      try {
        capacity.setMaxSessions(wanted);
      } catch (error) {
        if (hasErrorCode(error, "bad_option")) throw badRequest(errorText(error));
        throw error;
      }
      return textAnswer(`Max sessions set to ${wanted}\n`);
    },
  },
];

function sessionsParam(text: string): number {
  try {
    const number = parseGoInt(text);
    if (number > 0) return number;
  } catch (error) {
    throw badRequest(errorText(error));
  }
  throw badRequest("Max Sessions must be 'auto' or greater than zero");
}

/** The price of the form as the orchestrator's base price; other nodes have none to set. */
async function setBasePrice(call: AdminCall): Promise<void> {
  const wanted = priceParam(call, "pricePerUnit", { error: "error", refusesNegative: true });
  await converting(call.subjects.orchestrator?.prices.set("default", wanted) ?? Promise.resolve());
}

async function ownTranscoder(call: AdminCall): Promise<TranscoderState> {
  const chain = chainOf(call);
  const [own] = await readTranscoders([chain.signer.address], chain, call.subjects.signal);
  return own as TranscoderState;
}

async function activationSteps(call: AdminCall, chain: ChainSubject): Promise<readonly TxStep[]> {
  const me = chain.signer.address;
  const own = await ownTranscoder(call);
  if (own.isRegistered) throw badRequest("orchestrator already registered");
  const isLocked = await chain.reader.read(protocolReads(chain.book).currentRoundLocked(), call.subjects.signal);
  if (isLocked) throw new AdminRefusal(500, "current round is locked");
  const shares = [parsePercent(call.param("blockRewardCut")), parsePercent(call.param("feeShare"))] as const;
  priceParam(call, "pricePerUnit", { error: "error", refusesNegative: true });
  const uri = serviceUriParam(call);
  const calls = protocolCalls(chain.book);
  const lock = call.param("unbondingLockId");
  const amount = call.param("amount") === "" ? 0n : parseAmount(call.param("amount"));
  return [
    ...(lock === ""
      ? []
      : [{ what: "stake the unbonding lock", call: calls.rebondFromUnbonded(me, parseGoBigInt(lock)) }]),
    ...(amount > 0n ? await bondSteps(amount, me, call, chain) : []),
    { what: "set the shares", call: calls.transcoder(...shares) },
    ...serviceUriSteps(uri, own, chain),
  ];
}

async function configSteps(call: AdminCall, chain: ChainSubject): Promise<readonly TxStep[]> {
  if (call.param("pricePerUnit") !== "" && call.param("pixelsPerUnit") !== "")
    priceParam(call, "pricePerUnit", { error: "error", refusesNegative: true });
  const share = (name: string, what: string) =>
    call.param(name) === "" ? undefined : wrapped(`Cannot convert ${what}`, () => parsePercent(call.param(name)));
  const rewardCut = share("blockRewardCut", "block reward cut");
  const feeShare = share("feeShare", "fee share");
  const uri = call.param("serviceURI") === "" ? undefined : serviceUriParam(call);
  const own = await ownTranscoder(call);
  const changesShares =
    rewardCut !== undefined && feeShare !== undefined && (rewardCut !== own.rewardCut || feeShare !== own.feeShare);
  return [
    ...(changesShares
      ? [{ what: "set the shares", call: protocolCalls(chain.book).transcoder(rewardCut, feeShare) }]
      : []),
    ...(uri === undefined ? [] : serviceUriSteps(uri, own, chain)),
  ];
}

/** Throws 400 with the text in front. */
function wrapped<T>(text: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof LpError) throw badRequest(`${text}: ${error.message}`);
    throw error;
  }
}

function serviceUriParam(call: AdminCall): string {
  const uri = call.param("serviceURI");
  if (!URL.canParse(uri) || !/^https?:\/\//i.test(uri))
    throw badRequest(`parse ${JSON.stringify(uri)}: invalid URI for request: write https://host:port`);
  // as go-livepeer has it: everything else may be reached somehow
  if (new URL(uri).hostname === "0.0.0.0" || uri.includes("0.0.0.0"))
    throw new AdminRefusal(500, "service address must be a public IP address or hostname");
  return uri;
}

function serviceUriSteps(uri: string, own: { readonly serviceUri: string }, chain: ChainSubject): readonly TxStep[] {
  if (own.serviceUri === uri) return [];
  return [{ what: "register the service URI", call: protocolCalls(chain.book).setServiceUri(uri) }];
}
