import { errorText, LpError } from "@livepeer-ts/kernel";
import type { AdminClient } from "./admin-client.ts";
import type { Console } from "./console.ts";
import { framed, headedTable, rowTable } from "./text-table.ts";
import { inUnits, percent } from "./units.ts";

type Wei = bigint | number;

/** What the start of the program finds out about the node. */
export type NodeFacts = {
  readonly isOrchestrator: boolean;
  readonly isRedeemer: boolean;
  readonly chainId: string;
};

/** An orchestrator as the node answers it. */
export type TranscoderAnswer = {
  readonly Address: string;
  readonly ServiceURI: string;
  readonly LastRewardRound: Wei;
  readonly RewardCut: Wei;
  readonly FeeShare: Wei;
  readonly DelegatedStake: Wei;
  readonly Active: boolean;
  readonly Status: string;
  readonly PricePerPixel: string | null;
};

export type DelegatorAnswer = {
  readonly Address: string;
  readonly BondedAmount: Wei;
  readonly Fees: Wei;
  readonly DelegateAddress: string;
  readonly DelegatedAmount: Wei;
  readonly StartRound: Wei;
  readonly LastClaimRound: Wei;
  readonly PendingStake: Wei;
  readonly PendingFees: Wei;
  readonly Status: string;
};

export type SenderAnswer = {
  readonly Deposit: Wei;
  readonly WithdrawRound: Wei;
  readonly Reserve: { readonly FundsRemaining: Wei; readonly ClaimedInCurrentRound: Wei };
};

type StatusAnswer = {
  readonly Version: string;
  readonly GolangRuntimeVersion: string;
  readonly GOArch: string;
  readonly GOOS: string;
  readonly BroadcasterPrices?: Readonly<Record<string, string>> | null;
  readonly RegisteredTranscodersNumber: number;
  readonly LocalTranscoding: boolean;
  readonly Draining?: boolean;
  readonly Cores?: readonly {
    readonly Number: number;
    readonly Pid: number;
    readonly Connections: number;
    readonly Segments: number;
  }[];
};

const offChain = "0";

/** Everything about the node, in tables. */
export async function showStats(client: AdminClient, facts: NodeFacts, console: Console): Promise<void> {
  const isOnChain = facts.chainId !== offChain;
  console.say(framed("NODE STATS"));
  console.say(rowTable(await nodeRows(client, isOnChain)));
  if (facts.isOrchestrator) await orchestratorStats(client, isOnChain, console);
  else if (!facts.isRedeemer) await broadcasterStats(client, isOnChain, console);
  if (!isOnChain) return;
  await delegatorStats(client, console);
  console.say(`CURRENT ROUND: ${await orUnknown(client.text("/currentRound"))}`);
}

async function nodeRows(client: AdminClient, isOnChain: boolean): Promise<string[][]> {
  const status = await client.json<StatusAnswer>("/status");
  const rows = [
    ["Node's version", status.Version],
    ["Node's runtime version", status.GolangRuntimeVersion],
    ["Node's architecture", status.GOArch],
    ["Node's operating system", status.GOOS],
    ["HTTP Port", client.target.port],
    ...(status.Draining === undefined ? [] : [["Draining", String(status.Draining)]]),
  ];
  if (!isOnChain) return [...rows, ["Chain", "none (off chain)"]];
  const contracts = await client.json<Record<string, string>>("/contractAddresses");
  const account = async (path: string, unit: "LPT" | "ETH") =>
    orUnknown(client.text(path).then((text) => inUnits(BigInt(text), unit)));
  const gas = async (path: string) => {
    const text = await orUnknown(client.text(path));
    return text === "" ? "n/a" : /^\d+$/.test(text) ? `${text} wei` : text;
  };
  return [
    ...rows,
    ["Controller Address", contracts["Controller"] ?? "Unknown"],
    ["LivepeerToken Address", contracts["LivepeerToken"] ?? "Unknown"],
    ["LivepeerTokenFaucet Address", contracts["LivepeerTokenFaucet"] ?? "Unknown"],
    ["ETH Account", await orUnknown(client.text("/ethAddr"))],
    ["LPT Balance", await account("/tokenBalance", "LPT")],
    ["ETH Balance", await account("/ethBalance", "ETH")],
    ["Max Gas Price", await gas("/maxGasPrice")],
    ["Min Gas Price", await gas("/minGasPrice")],
  ];
}

async function orchestratorStats(client: AdminClient, isOnChain: boolean, console: Console): Promise<void> {
  const status = await client.json<StatusAnswer>("/status");
  const prices = Object.entries(status.BroadcasterPrices ?? {});
  const transcoders = [
    ["Local transcoding", String(status.LocalTranscoding)],
    ["Registered transcoders", String(status.RegisteredTranscodersNumber)],
    ...(status.Cores ?? []).map(({ Number: number, Pid, Connections, Segments }) => [
      `Core process ${number}`,
      `pid ${Pid}, ${Connections} connections, ${Segments} segments`,
    ]),
  ];
  console.say(framed("ORCHESTRATOR STATS"));
  if (!isOnChain) {
    console.say(rowTable([...transcoders, ...prices.map(([name, price]) => priceRow(name, price))]));
    return;
  }
  const { Transcoder: own, PriceInfo } = await client.json<{
    readonly Transcoder: TranscoderAnswer;
    readonly PriceInfo: string | null;
  }>("/orchestratorInfo");
  console.say(
    rowTable([
      ["Status", own.Status],
      ["Active", String(own.Active)],
      ["Service URI", own.ServiceURI],
      ["Delegated Stake", inUnits(own.DelegatedStake, "LPT")],
      ["Reward Cut (%)", percent(own.RewardCut)],
      ["Fee Cut (%)", percent(1_000_000 - Number(own.FeeShare))],
      ["Last Reward Round", String(own.LastRewardRound)],
      ["Base price per pixel", PriceInfo === null ? "n/a" : priceText(PriceInfo)],
      ...prices.filter(([name]) => name !== "default").map(([name, price]) => priceRow(name, price)),
      ...transcoders,
    ]),
  );
}

function priceRow(name: string, price: string): string[] {
  return [name === "default" ? "Base price per pixel" : `Price for ${name}`, priceText(price)];
}

/** `1/3` as wei for pixels. */
export function priceText(price: string): string {
  const [wei = "0", pixels = "1"] = price.split("/");
  return `${wei} wei / ${pixels} pixels`;
}

async function broadcasterStats(client: AdminClient, isOnChain: boolean, console: Console): Promise<void> {
  const config = await client.json<{ readonly MaxPrice: string | null; readonly TranscodingOptions: string }>(
    "/getBroadcastConfig",
  );
  const rows = [
    ["Max Price Per Pixel", config.MaxPrice === null ? "n/a" : priceText(config.MaxPrice)],
    ["Broadcast Transcoding Options", config.TranscodingOptions],
  ];
  console.say(framed("BROADCASTER STATS"));
  if (!isOnChain) {
    console.say(rowTable(rows));
    return;
  }
  const sender = await client.json<SenderAnswer>("/senderInfo");
  const round = BigInt(await client.text("/currentRound"));
  const state = senderState(sender, round);
  console.say(
    rowTable([
      ...rows,
      ["Deposit", inUnits(sender.Deposit, "ETH")],
      ["Reserve", inUnits(sender.Reserve.FundsRemaining, "ETH")],
      ["State", state],
      ...(state === "unlocking" || state === "unlocked" ? [["Withdraw Round", String(sender.WithdrawRound)]] : []),
    ]),
  );
}

/** What can be done with deposit and reserve. */
export function senderState(sender: SenderAnswer, round: bigint): "empty" | "locked" | "unlocking" | "unlocked" {
  if (BigInt(sender.Deposit) === 0n && BigInt(sender.Reserve.FundsRemaining) === 0n) return "empty";
  if (BigInt(sender.WithdrawRound) === 0n) return "locked";
  return BigInt(sender.WithdrawRound) > round ? "unlocking" : "unlocked";
}

async function delegatorStats(client: AdminClient, console: Console): Promise<void> {
  const own = await client.json<DelegatorAnswer>("/delegatorInfo");
  const amount = (wei: Wei, unit: "LPT" | "ETH") => (BigInt(wei) < 0n ? "unknown" : inUnits(wei, unit));
  console.say(framed("DELEGATOR STATS"));
  console.say(
    rowTable([
      ["Status", own.Status],
      ["Stake", inUnits(own.BondedAmount, "LPT")],
      ["Collected Fees", inUnits(own.Fees, "ETH")],
      ["Pending Stake", amount(own.PendingStake, "LPT")],
      ["Pending Fees", amount(own.PendingFees, "ETH")],
      ["Delegated Stake", inUnits(own.DelegatedAmount, "LPT")],
      ["Delegate Address", own.DelegateAddress],
      ["Last Claim Round", String(own.LastClaimRound)],
      ["Start Round", String(own.StartRound)],
    ]),
  );
}

/** What the protocol runs by. */
export async function showProtocol(client: AdminClient, console: Console): Promise<void> {
  const found = await client.json<Record<string, Wei | boolean>>("/protocolParameters");
  const number = (name: string) => found[name] as Wei;
  const [bonded, supply] = [BigInt(number("TotalBonded")), BigInt(number("TotalSupply"))];
  // the Minter counts in millionths, or in billionths on networks that have changed it
  const minterPoints = Number(number("TargetBondingRate")) > 1_000_000 ? 1000 : 1;
  const minterPercent = (name: string) => percent(Number(number(name)) / minterPoints);
  const participation = supply === 0n ? 0 : Number((bonded * 1_000_000n) / supply) / 10_000;
  console.say(framed("PROTOCOL PARAMETERS"));
  console.say(
    rowTable([
      ["Protocol Paused", String(found["Paused"])],
      ["Max # Active Orchestrators", String(number("NumActiveTranscoders"))],
      ["RoundLength (Blocks)", String(number("RoundLength"))],
      ["RoundLockAmount (%)", percent(number("RoundLockAmount"))],
      ["UnbondingPeriod (Rounds)", String(number("UnbondingPeriod"))],
      ["Inflation (%)", minterPercent("Inflation")],
      ["InflationChange (%)", minterPercent("InflationChange")],
      ["TargetBondingRate (%)", minterPercent("TargetBondingRate")],
      ["Total Bonded", inUnits(bonded, "LPT")],
      ["Total Supply", inUnits(supply, "LPT")],
      ["Current Participation Rate (%)", String(participation)],
    ]),
  );
}

/** The orchestrators of the pool, numbered; returns them. */
export async function showOrchestrators(client: AdminClient, console: Console): Promise<readonly TranscoderAnswer[]> {
  const found = await client.json<readonly TranscoderAnswer[]>("/registeredOrchestrators");
  console.say(framed("REGISTERED ORCHESTRATORS"));
  console.say(
    headedTable(
      ["ID", "Address", "Active", "Delegated Stake", "Reward Cut (%)", "Fee Cut (%)", "Service URI", "Price Per Pixel"],
      found.map((one, i) => [
        String(i),
        one.Address,
        String(one.Active),
        inUnits(one.DelegatedStake, "LPT"),
        percent(one.RewardCut),
        percent(1_000_000 - Number(one.FeeShare)),
        one.ServiceURI,
        one.PricePerPixel ?? "0",
      ]),
    ),
  );
  return found;
}

async function orUnknown(text: Promise<string>): Promise<string> {
  try {
    return await text;
  } catch (error) {
    if (error instanceof LpError && error.code === "node_refused") return `Unknown (${errorText(error)})`;
    throw error;
  }
}
