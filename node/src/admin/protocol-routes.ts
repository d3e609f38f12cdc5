import { errorText, zeroAddress } from "@livepeer-ts/kernel";
import { protocolCalls, protocolReads, readProtocolParameters } from "@livepeer-ts/protocol";
import { AdminRefusal, jsonAnswer, textAnswer } from "./admin-answer.ts";
import type { AdminRoute } from "./admin-route.ts";
import { chainOf, transactRoute } from "./transact-route.ts";

const group = "Protocol";
const base = { group, scope: "read", params: [], needsChain: true } as const;
const l1ChainIds = new Set([1n, 4n]);

/** Rounds, parameters and contracts. */
export const protocolRoutes: readonly AdminRoute[] = [
  {
    ...base,
    path: "/currentRound",
    summary: "Number of the current round.",
    result: "text",
    handle: async (call) => {
      const { reader, book } = chainOf(call);
      const round = await reader
        .read(protocolReads(book).currentRound(), call.subjects.signal)
        .catch((error: unknown) => {
          throw new AdminRefusal(500, `could not query current round: ${errorText(error)}`, error);
        });
      return textAnswer(String(round));
    },
  },
  transactRoute({
    path: "/initializeRound",
    group,
    summary: "Initializes the current round.",
    params: [],
    plan: (_call, { book }) => [{ what: "initialize the round", call: protocolCalls(book).initializeRound() }],
    refuse: (text) => new AdminRefusal(500, `could not initialize round: ${text}`),
  }),
  {
    ...base,
    path: "/roundInitialized",
    summary: "`true` when the current round is initialized.",
    result: "text",
    handle: async (call) => {
      const { reader, book } = chainOf(call);
      const read = protocolReads(book).currentRoundInitialized();
      const isInitialized = await reader.read(read, call.subjects.signal).catch((error: unknown) => {
        throw new AdminRefusal(500, `could not get initialized round: ${errorText(error)}`, error);
      });
      return textAnswer(String(isInitialized));
    },
  },
  {
    ...base,
    path: "/protocolParameters",
    summary: "What the protocol runs by. Fields of the time before streamflow are zero, null or empty.",
    result: "json",
    handle: async (call) => {
      const chain = chainOf(call);
      const found = await readProtocolParameters(chain, call.subjects.signal);
      return jsonAnswer({
        NumActiveTranscoders: found.poolMaxSize,
        RoundLength: found.roundLength,
        RoundLockAmount: found.roundLockAmount,
        UnbondingPeriod: found.unbondingPeriod,
        VerificationRate: 0,
        VerificationPeriod: null,
        SlashingPeriod: null,
        FailedVerificationSlashAmount: null,
        MissedVerificationSlashAmount: null,
        DoubleClaimSegmentSlashAmount: null,
        FinderFee: null,
        Inflation: found.inflation,
        InflationChange: found.inflationChange,
        TargetBondingRate: found.targetBondingRate,
        VerificationCodeHash: "",
        TotalBonded: found.totalBondedWei,
        TotalSupply: l1ChainIds.has(chain.chainId) ? found.totalSupplyWei : found.globalSupplyWei,
        Paused: found.isPaused,
      });
    },
  },
  {
    ...base,
    path: "/contractAddresses",
    summary: "Addresses of the contracts; the zero address for one that the network lacks.",
    result: "json",
    handle: (call) => {
      const { book } = chainOf(call);
      return jsonAnswer({
        Controller: book.controller,
        LivepeerToken: book.livepeerToken,
        LivepeerTokenFaucet: book.livepeerTokenFaucet ?? zeroAddress,
        TicketBroker: book.ticketBroker,
        RoundsManager: book.roundsManager,
        BondingManager: book.bondingManager,
        Minter: book.minter,
        ServiceRegistry: book.serviceRegistry,
      });
    },
  },
];
