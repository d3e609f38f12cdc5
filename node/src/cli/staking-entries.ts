import type { AdminParams } from "./admin-client.ts";
import type { MenuSession } from "./menu-session.ts";
import { type DelegatorAnswer, showOrchestrators } from "./stats.ts";
import { framed, headedTable } from "./text-table.ts";
import { account, bad, inUnits, wholeNumber } from "./units.ts";

export async function bond(session: MenuSession): Promise<void> {
  session.requireChain();
  const toAddr = await askOrchestrator(session, "bond to");
  const amount = await askTokens(session, "Enter bond amount in LPTU (1 LPT = 10^18)");
  await session.sendAndSay("/bond", { amount: String(amount), toAddr }, "\nBonded.");
}

export async function unbond(session: MenuSession): Promise<void> {
  session.requireChain();
  const own = await delegator(session);
  const bonded = BigInt(own.BondedAmount);
  if (bonded === 0n) {
    session.console.say("You are not bonded");
    return;
  }
  const isAll = await session.console.askYesNo("Would you like to fully unbond?");
  const amount = isAll
    ? bonded
    : await session.console.ask("Enter unbond amount in LPTU - ", (text) => {
        const value = wholeNumber(text);
        if (value === 0n || value > bonded) throw bad("Must enter an amount up to the current bonded amount");
        return value;
      });
  await session.sendAndSay("/unbond", { amount: String(amount) }, "\nUnbonded.");
}

export async function rebond(session: MenuSession): Promise<void> {
  session.requireChain();
  const own = await delegator(session);
  const unbondingLockId = await askLock(session, false, "rebond with");
  if (unbondingLockId === undefined) return;
  const toAddr = own.Status === "Unbonded" ? { toAddr: await askOrchestrator(session, "rebond to") } : {};
  await session.sendAndSay("/rebond", { unbondingLockId, ...toAddr }, "\nRebonded.");
}

export async function withdrawStake(session: MenuSession): Promise<void> {
  session.requireChain();
  await delegator(session);
  const unbondingLockId = await askLock(session, true, "withdraw with");
  if (unbondingLockId === undefined) return;
  await session.sendAndSay("/withdrawStake", { unbondingLockId }, "\nStake withdrawn.");
}

export async function withdrawFees(session: MenuSession): Promise<void> {
  session.requireChain();
  const own = await session.client.json<DelegatorAnswer>("/delegatorInfo");
  session.console.say(`Current Pending Fees: ${inUnits(own.PendingFees, "ETH")}`);
  const amount = await session.console.ask(
    "Enter the amount of fees in wei (default = all) - ",
    wholeNumber,
    String(own.PendingFees),
  );
  await session.sendAndSay("/withdrawFees", { amount: String(amount) }, "\nFees withdrawn.");
}

export async function callReward(session: MenuSession): Promise<void> {
  session.requireChain();
  const { Transcoder: own } = await session.client.json<{ Transcoder: { LastRewardRound: bigint | number } }>(
    "/orchestratorInfo",
  );
  const round = await session.client.text("/currentRound");
  if (String(own.LastRewardRound) === round) {
    session.console.say(`Reward for current round ${round} already called`);
    return;
  }
  session.console.say(`Calling reward for round ${round}`);
  await session.sendAndSay("/reward", {}, "\nReward called.");
}

/** The node's own stake, told to the person. */
async function delegator(session: MenuSession): Promise<DelegatorAnswer> {
  const own = await session.client.json<DelegatorAnswer>("/delegatorInfo");
  session.console.say(`Current Bonded Amount: ${inUnits(own.BondedAmount, "LPT")}`);
  session.console.say(`Current Delegate: ${own.DelegateAddress}`);
  return own;
}

async function askOrchestrator(session: MenuSession, purpose: string): Promise<string> {
  const found = await showOrchestrators(session.client, session.console);
  const question = `Enter the identifier (or the address) of the orchestrator you would like to ${purpose} - `;
  return session.console.ask(question, (text) => {
    const one = /^\d{1,6}$/.test(text) ? found[Number(text)] : undefined;
    return one?.Address ?? account(text);
  });
}

/** An amount of LPT that the account has. */
export async function askTokens(session: MenuSession, question: string): Promise<bigint> {
  const balance = BigInt(await session.client.text("/tokenBalance"));
  session.console.say(`Current token balance: ${inUnits(balance, "LPT")}`);
  return session.console.ask(`${question} - `, (text) => {
    const value = wholeNumber(text);
    if (value > balance) throw bad("Must enter an amount smaller than the current balance.");
    return value;
  });
}

/** One of the account's unbonding locks; undefined when there is none. */
export async function askLock(
  session: MenuSession,
  isWithdrawable: boolean,
  purpose: string,
): Promise<string | undefined> {
  const params: AdminParams = isWithdrawable ? { withdrawable: "true" } : {};
  const locks = await session.client.json<
    readonly { ID: bigint | number; Amount: bigint | number; WithdrawRound: bigint | number }[]
  >("/unbondingLocks", params);
  if (locks.length === 0) {
    session.console.say(isWithdrawable ? "No withdrawable unbonding locks" : "No unbonding locks");
    return undefined;
  }
  session.console.say(framed("UNBONDING LOCKS"));
  session.console.say(
    headedTable(
      ["ID", "Amount", "Withdraw Round"],
      locks.map(({ ID, Amount, WithdrawRound }) => [String(ID), inUnits(Amount, "LPT"), String(WithdrawRound)]),
    ),
  );
  const question = `Enter the identifier of the unbonding lock you would like to ${purpose} - `;
  return session.console.ask(question, (text) => {
    if (locks.some(({ ID }) => String(ID) === text)) return text;
    throw bad("Must enter a valid unbonding lock ID");
  });
}
