import { type Address, errorText, LpError, toAddress } from "@livepeer-ts/kernel";
import {
  protocolCalls,
  protocolReads,
  readDelegator,
  readTranscoders,
  readUnbondingLocks,
} from "@livepeer-ts/protocol";
import { AdminRefusal, badRequest, jsonAnswer } from "./admin-answer.ts";
import { type AdminCall, type AdminRoute, optional, required } from "./admin-route.ts";
import type { ChainSubject } from "./admin-subjects.ts";
import { parseAmount, parseGoBigInt } from "./go-values.ts";
import { chainOf, type TxStep, transactRoute } from "./transact-route.ts";
import { transcoderJson } from "./transcoder-json.ts";

const group = "Staking";
const amount = required("amount", "LPT, wei");
const lockId = required("unbondingLockId", "number of the unbonding lock");
/** Chains with the contracts of before the move to Arbitrum. */
const l1ChainIds = new Set([1n, 4n]);
/** Tries of a claim, and the wait between two, ms. */
const claimAttempts = 6;
const claimRetryMs = 15_000;

const submitIs400 = (text: string, stage: "submit" | "mine") => new AdminRefusal(stage === "submit" ? 400 : 500, text);

/** What an account does with its stake, its fees and its rewards. */
export const stakingRoutes: readonly AdminRoute[] = [
  transactRoute({
    path: "/bond",
    group,
    summary: "Stakes LPT with an orchestrator, after an approval where it is needed.",
    params: [amount, required("toAddr", "account of the orchestrator")],
    plan: (call, chain) => bondSteps(parseAmount(call.param("amount")), addressParam(call, "toAddr"), call, chain),
    refuse: submitIs400,
  }),
  transactRoute({
    path: "/rebond",
    group,
    summary:
      "Stakes an unbonding lock again: with the same orchestrator, or with toAddr when nothing is staked any more.",
    params: [lockId, optional("toAddr", "account of the orchestrator")],
    plan: (call, { book }) => {
      const id = parseGoBigInt(call.param("unbondingLockId"));
      const calls = protocolCalls(book);
      if (call.param("toAddr") === "") return [{ what: "stake the unbonding lock", call: calls.rebond(id) }];
      return [{ what: "stake the unbonding lock", call: calls.rebondFromUnbonded(addressParam(call, "toAddr"), id) }];
    },
    refuse: submitIs400,
  }),
  transactRoute({
    path: "/unbond",
    group,
    summary: "Takes LPT out of staking; it can be withdrawn after the unbonding period.",
    params: [amount],
    plan: (call, { book }) => [{ what: "unbond", call: protocolCalls(book).unbond(parseAmount(call.param("amount"))) }],
  }),
  transactRoute({
    path: "/withdrawStake",
    group,
    summary: "Withdraws the LPT of an unbonding lock.",
    params: [lockId],
    plan: (call, { book }) => {
      const id = convertedLockId(call.param("unbondingLockId"));
      return [{ what: "withdraw the stake", call: protocolCalls(book).withdrawStake(id) }];
    },
  }),
  {
    path: "/unbondingLocks",
    group,
    scope: "read",
    summary: "The account's unbonding locks that are neither withdrawn nor staked again.",
    params: [optional("withdrawable", "true: only those that can be withdrawn now")],
    result: "json",
    needsChain: true,
    handle: async (call) => {
      const chain = chainOf(call);
      const { signal } = call.subjects;
      const locks = await readUnbondingLocks(chain.signer.address, chain, signal);
      const wantsDue = /^(1|t|true)$/i.test(call.param("withdrawable"));
      const round = wantsDue ? await chain.reader.read(protocolReads(chain.book).currentRound(), signal) : undefined;
      return jsonAnswer(
        locks
          .filter(({ withdrawRound }) => round === undefined || withdrawRound <= round)
          .map((lock) => ({
            ID: lock.id,
            Delegator: lock.delegator,
            Amount: lock.amountWei,
            WithdrawRound: lock.withdrawRound,
          })),
      );
    },
  },
  transactRoute({
    path: "/withdrawFees",
    group,
    summary: "Withdraws fees as ether to the account.",
    params: [optional("amount", "wei; required but on L1, where everything is withdrawn")],
    plan: (call, chain) => {
      const calls = protocolCalls(chain.book);
      if (l1ChainIds.has(chain.chainId)) return [{ what: "withdraw the fees", call: calls.withdrawAllFeesOnL1() }];
      if (call.param("amount") === "") throw badRequest("missing form param: amount");
      const wei = wrapped("invalid amount", () => parseAmount(call.param("amount")));
      return [{ what: "withdraw the fees", call: calls.withdrawFees(chain.signer.address, wei) }];
    },
    refuse: (text) => new AdminRefusal(500, `could not execute WithdrawFees: ${text}`),
  }),
  claimRoute(),
  {
    path: "/delegatorInfo",
    group,
    scope: "read",
    summary: "The account as one that stakes. −1 stands for what could not be read.",
    params: [],
    result: "json",
    needsChain: true,
    handle: async (call) => {
      const chain = chainOf(call);
      const state = await readDelegator(chain.signer.address, chain, call.subjects.signal);
      return jsonAnswer({
        Address: state.address,
        BondedAmount: state.bondedWei,
        Fees: state.feesWei,
        DelegateAddress: state.delegate,
        DelegatedAmount: state.delegatedWei,
        StartRound: state.startRound,
        LastClaimRound: state.lastClaimRound,
        NextUnbondingLockId: state.nextUnbondingLockId,
        PendingStake: state.pendingStakeWei,
        PendingFees: state.pendingFeesWei,
        Status: state.status,
      });
    },
  },
  {
    path: "/orchestratorEarningPoolsForRound",
    group,
    scope: "read",
    summary: "Stake, shares and factors of the account as an orchestrator in a round.",
    params: [optional("round", "number of the round")],
    result: "json",
    needsChain: true,
    handle: async (call) => {
      const chain = chainOf(call);
      const round = wrapped(undefined, () => parseAmount(call.param("round")));
      const read = protocolReads(chain.book).earningsPool(chain.signer.address, round);
      const [TotalStake, TranscoderRewardCut, TranscoderFeeShare, CumulativeRewardFactor, CumulativeFeeFactor] =
        await chain.reader.read(read, call.subjects.signal);
      return jsonAnswer({
        TotalStake,
        TranscoderRewardCut,
        TranscoderFeeShare,
        CumulativeRewardFactor,
        CumulativeFeeFactor,
      });
    },
  },
  {
    path: "/registeredOrchestrators",
    group,
    scope: "read",
    summary: "Every orchestrator of the pool; on a gateway with the price that it answers, else 0.",
    params: [],
    result: "json",
    needsChain: true,
    handle: async (call) => {
      const chain = chainOf(call);
      const { signal, gateway } = call.subjects;
      await chain.pool.refresh(signal);
      const addresses = chain.pool.members().map(({ address }) => address);
      const [states, survey] = await Promise.all([readTranscoders(addresses, chain, signal), gateway?.survey() ?? []]);
      const prices = new Map(survey.map(({ entry, info }) => [entry.address, info.priceInfo]));
      return jsonAnswer(
        states.map((state) => {
          const price = prices.get(state.address);
          const isKnown = price !== undefined && price.pixelsPerUnit > 0n;
          return transcoderJson(
            state,
            isKnown ? { num: price.pricePerUnit, den: price.pixelsPerUnit } : { num: 0n, den: 1n },
          );
        }),
      );
    },
  },
  transactRoute({
    path: "/reward",
    group,
    summary: "Calls reward for the current round.",
    params: [],
    allowsGet: true,
    plan: (_call, { book }) => [{ what: "call reward", call: protocolCalls(book).reward() }],
    refuse: (text) => new AdminRefusal(500, `Error calling reward: ${text}`),
  }),
];

/** Stakes LPT: an approval when the BondingManager may not take that much, then the stake. */
export async function bondSteps(
  amountWei: bigint,
  to: Address,
  call: AdminCall,
  chain: ChainSubject,
): Promise<readonly TxStep[]> {
  const allowed = await chain.reader.read(
    protocolReads(chain.book).stakeAllowance(chain.signer.address),
    call.subjects.signal,
  );
  const calls = protocolCalls(chain.book);
  return [
    ...(allowed < amountWei ? [{ what: "approve the stake", call: calls.approveStake(amountWei) }] : []),
    { what: "bond", call: calls.bond(amountWei, to) },
  ];
}

/** A claim that fails is tried again: the round may be initialized meanwhile. */
function claimRoute(): AdminRoute {
  const route = transactRoute({
    path: "/claimEarnings",
    group,
    summary: "Claims the account's earnings up to the current round; tried again for a while when it fails.",
    params: [],
    plan: async (call, chain) => {
      const reads = protocolReads(chain.book);
      const [isInitialized, round] = await chain.reader.readAll(
        [reads.currentRoundInitialized(), reads.currentRound()],
        call.subjects.signal,
      );
      if (!isInitialized) throw new AdminRefusal(500, "Round not initialized");
      return [{ what: "claim the earnings", call: protocolCalls(chain.book).claimEarnings(round) }];
    },
  });
  return {
    ...route,
    async handle(call) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await route.handle(call);
        } catch (error) {
          if (!(error instanceof LpError)) throw error;
          if (attempt === claimAttempts)
            throw new AdminRefusal(500, `Error claiming earnings: ${error.message}`, error);
          await call.subjects.clock.sleep(claimRetryMs, call.subjects.signal);
        }
      }
    },
  };
}

/** An account of a parameter. Throws 400. */
export function addressParam(call: AdminCall, name: string): Address {
  const text = call.param(name);
  if (!/^0x[\da-f]{40}$/i.test(text))
    throw badRequest(`${name} is not a valid eth address, provided ${text.slice(0, 80)}`);
  return toAddress(text);
}

function convertedLockId(text: string): bigint {
  return wrapped("Cannot convert unbondingLockId", () => parseGoBigInt(text));
}

function wrapped<T>(text: string | undefined, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw badRequest(text === undefined ? errorText(error) : `${text}: ${errorText(error)}`);
  }
}
