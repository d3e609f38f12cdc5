import { isIP } from "node:net";
import { LpError } from "@livepeer-ts/kernel";
import { NodeNet, systemClock } from "@livepeer-ts/kernel/adapters";
import { defaultServicePort } from "../flags/service-address.ts";
import { publicAddress } from "../roles/service-uri.ts";
import type { AdminParams } from "./admin-client.ts";
import type { Console } from "./console.ts";
import type { MenuSession } from "./menu-session.ts";
import { askLock, askTokens } from "./staking-entries.ts";
import type { DelegatorAnswer, TranscoderAnswer } from "./stats.ts";
import { account, bad, decimal, inUnits, percent, wholeNumber } from "./units.ts";

const defaultRewardCut = 10;
const defaultFeeCut = 95;

export async function becomeOrchestrator(session: MenuSession): Promise<void> {
  session.requireChain();
  const own = await session.client.json<DelegatorAnswer>("/delegatorInfo");
  session.console.say(`Current bonded amount: ${inUnits(own.BondedAmount, "LPT")}`);
  const config = await askConfig(session);
  const isSelfBonded = BigInt(own.BondedAmount) > 0n && own.DelegateAddress === own.Address;
  const stake = isSelfBonded ? {} : await askStake(session);
  await session.sendAndSay(
    "/activateOrchestrator",
    { ...config, ...stake },
    "\nThe node is an orchestrator: it is active from the next round on.",
  );
}

export async function setConfig(session: MenuSession): Promise<void> {
  session.requireChain();
  await session.sendAndSay(
    "/setOrchestratorConfig",
    await askConfig(session),
    "\nConfiguration set. Restart the node with the new -serviceAddr if the service URI has changed.",
  );
}

export async function setMaxFaceValue(session: MenuSession): Promise<void> {
  const maxfacevalue = await session.console.ask("Enter the max ticket face value in wei (0 = any) - ", wholeNumber);
  await session.change("/setMaxFaceValue", { maxfacevalue: String(maxfacevalue) }, "Ticket max face value set");
}

export async function setPriceForBroadcaster(session: MenuSession): Promise<void> {
  const broadcasterEthAddr = await session.console.ask(
    "Enter the ETH address of the broadcaster (default: default) ",
    (text) => (text === "default" ? text : account(text)),
    "default",
  );
  const price = await askPrice(session, "pricePerUnit");
  await session.change("/setPriceForBroadcaster", { ...price, broadcasterEthAddr }, "Price set");
}

export async function setMaxSessions(session: MenuSession): Promise<void> {
  const maxSessions = await session.console.ask("Enter the maximum # of sessions (a number, or auto) - ", (text) => {
    if (text === "auto" || (/^\d{1,9}$/.test(text) && Number(text) > 0)) return text;
    throw bad("Max Sessions must be 'auto' or greater than zero");
  });
  await session.change("/setMaxSessions", { maxSessions }, `Max sessions set to ${maxSessions}`);
}

/** Pixels, currency and price, with the defaults 1, Wei and 0. */
export async function askPrice(session: MenuSession, name: "pricePerUnit" | "maxPricePerUnit"): Promise<AdminParams> {
  const { console } = session;
  const number = (text: string) => {
    if (/^\d+(\.\d+)?(e\d{1,3})?$|^\d+\/\d+$/i.test(text)) return text;
    throw bad(`"${text}" is not a number`);
  };
  const pixelsPerUnit = await console.ask(
    "Enter amount of pixels that make up a single unit (default: 1 pixel) ",
    number,
    "1",
  );
  const currency = await console.ask("Enter the currency for the price per unit (default: Wei) ", String, "Wei");
  const price = await console.ask(
    `Enter the price for ${pixelsPerUnit} pixels in ${currency} (default: 0) `,
    number,
    "0",
  );
  return { [name]: price, pixelsPerUnit, currency };
}

async function askConfig(session: MenuSession): Promise<AdminParams> {
  const { client, console } = session;
  const { Transcoder: own } = await client.json<{ readonly Transcoder: TranscoderAnswer }>("/orchestratorInfo");
  const share = async (what: string, current: string, fallback: number) =>
    console.ask(
      `Enter ${what} percentage (current=${current} default=${fallback}) - `,
      (text) => {
        const value = decimal(text);
        if (value > 100) throw bad("a percentage is at most 100");
        return value;
      },
      String(fallback),
    );
  const blockRewardCut = await share("block reward cut", percent(own.RewardCut), defaultRewardCut);
  const feeCut = await share("fee cut", percent(1_000_000 - Number(own.FeeShare)), defaultFeeCut);
  const price = await askPrice(session, "pricePerUnit");
  const known = own.ServiceURI || (await advertisedUri(session)) || (await publicUri(console));
  const serviceURI = await console.ask(
    `Enter the public host:port of node${known === "" ? "" : ` (default: ${known})`} `,
    (text) => {
      const uri = /^https?:\/\//i.test(text) ? text : `https://${text}`;
      if (!URL.canParse(uri)) throw bad(`"${text}" is not an address: write https://host:port`);
      if (!/:\d+\/?$/.test(uri)) throw bad("Missing Port");
      return uri;
    },
    known === "" ? undefined : known,
  );
  return { blockRewardCut: String(blockRewardCut), feeShare: String(100 - feeCut), ...price, serviceURI };
}

/** Under which URI the node says it is reached; empty for a Go node, which does not say. */
async function advertisedUri({ client }: MenuSession): Promise<string> {
  const { ServiceURI } = await client.json<{ readonly ServiceURI?: string }>("/status");
  return ServiceURI ?? "";
}

/** The URI of this machine's public address; empty when nobody tells it. */
async function publicUri(console: Console): Promise<string> {
  const net = new NodeNet();
  try {
    const address = await publicAddress({ net, clock: systemClock(), signal: new AbortController().signal });
    return `https://${isIP(address) === 6 ? `[${address}]` : address}:${defaultServicePort}`;
  } catch (error) {
    if (!(error instanceof LpError)) throw error;
    console.say("The public address of this machine was not found: enter it yourself.");
    return "";
  } finally {
    await net.stop();
  }
}

async function askStake(session: MenuSession): Promise<AdminParams> {
  const { console } = session;
  console.say("You must bond to yourself in order to become an orchestrator");
  const locks = await session.client.json<readonly unknown[]>("/unbondingLocks");
  if (
    locks.length > 0 &&
    (await console.askYesNo("You have some unbonding locks. Would you like to use one to rebond to yourself?"))
  ) {
    const unbondingLockId = await askLock(session, false, "rebond to yourself with");
    if (unbondingLockId !== undefined) return { unbondingLockId };
  }
  return { amount: String(await askTokens(session, "Enter bond amount in LPTU (1 LPT = 10^18)")) };
}
