import type { MenuSession } from "./menu-session.ts";
import { type SenderAnswer, senderState } from "./stats.ts";
import { inUnits, unitsToWei } from "./units.ts";

export async function deposit(session: MenuSession): Promise<void> {
  const sender = await senderOf(session);
  const depositAmount = await session.console.ask("Enter deposit amount in ETH - ", unitsToWei);
  const isLocked = senderState(sender, 0n) === "locked" && BigInt(sender.Reserve.FundsRemaining) > 0n;
  const reserveAmount = await session.console.ask(
    `Enter reserve amount in ETH${isLocked ? " (default: 0)" : ""} - `,
    unitsToWei,
    isLocked ? "0" : undefined,
  );
  await session.sendAndSay(
    "/fundDepositAndReserve",
    { depositAmount: String(depositAmount), reserveAmount: String(reserveAmount) },
    "\nDeposit and reserve funded.",
  );
}

export async function unlock(session: MenuSession): Promise<void> {
  const sender = await senderOf(session);
  const { UnlockPeriod } = await session.client.json<{ UnlockPeriod: bigint | number }>("/ticketBrokerParams");
  if (BigInt(sender.WithdrawRound) > 0n) {
    session.console.say("The unlock period has been initiated already");
    return;
  }
  session.console.say(`The funds can be withdrawn ${UnlockPeriod} rounds later.`);
  await session.sendAndSay("/unlock", {}, "\nUnlock period initiated.");
}

export async function cancelUnlock(session: MenuSession): Promise<void> {
  const sender = await senderOf(session);
  if (BigInt(sender.WithdrawRound) === 0n) {
    session.console.say("The unlock period has not been initiated");
    return;
  }
  await session.sendAndSay("/cancelUnlock", {}, "\nUnlock period cancelled.");
}

export async function withdraw(session: MenuSession): Promise<void> {
  const sender = await senderOf(session);
  const round = BigInt(await session.client.text("/currentRound"));
  const state = senderState(sender, round);
  if (state !== "unlocked") {
    session.console.say(
      state === "unlocking"
        ? `Need to wait until round ${sender.WithdrawRound} to withdraw, the current round is ${round}`
        : "Need to unlock before funds can be withdrawn",
    );
    return;
  }
  await session.sendAndSay("/withdraw", {}, "\nDeposit and reserve withdrawn.");
}

async function senderOf(session: MenuSession): Promise<SenderAnswer> {
  session.requireChain();
  const sender = await session.client.json<SenderAnswer>("/senderInfo");
  session.console.say(`Current Deposit: ${inUnits(sender.Deposit, "ETH")}`);
  session.console.say(`Current Reserve: ${inUnits(sender.Reserve.FundsRemaining, "ETH")}`);
  return sender;
}
