import type { ProtocolAddresses } from "@livepeer-ts/protocol/deploy";
import { measureEverydayCalls } from "./everyday-calls.ts";
import { GasChain } from "./gas-chain.ts";
import { GasNotes } from "./gas-notes.ts";
import { type OriginalGas, originalGas } from "./original-gas.ts";
import { measureFullPool } from "./pool-of-100.ts";

/** One line of `contracts/gas.json`. */
export type GasLine = {
  readonly call: string;
  readonly gas: number;
  /** Gas of the original, where there is a figure. */
  readonly original?: number;
  /** Ours divided by the original's. */
  readonly ratio?: number;
  readonly scenario?: OriginalGas["scenario"];
};

export type GasReport = { readonly about: readonly string[]; readonly calls: readonly GasLine[] };

/** How much dearer than the original a call may be. */
const allowedRatio = 1.02;

const about = [
  "Gas of transactions, written by `npm run contracts:gas`: gasUsed of the receipt, with the 21 000 of a transaction and calldata.",
  "original: livepeer/protocol f225b10, solc 0.8.9, 200 optimizer runs, from its own gas report. ratio: ours to that.",
  "scenario nearest: the original's circumstances are not known call by call; its figure is the dearest of the function.",
  "No call may be dearer than here, nor more than 2 % above the original; creations only not dearer than here.",
];

/** Contracts whose creation is measured, by their place in the deployment. */
const created: Readonly<Record<string, keyof ProtocolAddresses>> = {
  BondingManager: "BondingManagerTarget",
  LivepeerGovernor: "LivepeerGovernorTarget",
  TicketBroker: "TicketBrokerTarget",
  Treasury: "Treasury",
  LivepeerToken: "LivepeerToken",
  Minter: "Minter",
  BondingVotes: "BondingVotesTarget",
  SortedDoublyLL: "SortedDoublyLL",
  AdjustableRoundsManager: "RoundsManagerTarget",
  Governor: "Governor",
  MerkleSnapshot: "MerkleSnapshot",
  Controller: "Controller",
  ServiceRegistry: "ServiceRegistryTarget",
  ManagerProxy: "BondingManager",
};

/** Runs every scenario on a fresh development chain. Rejects when a call of a scenario fails. */
export async function measureGas(): Promise<GasReport> {
  const chain = await GasChain.start(102);
  try {
    const notes = new GasNotes();
    const creations = await chain.creations();
    await measureEverydayCalls(chain, notes);
    await measureFullPool(chain, notes);
    for (const [name, place] of Object.entries(created)) {
      const gas = creations.get(String(chain.addresses[place]).toLowerCase());
      if (gas === undefined) throw new Error(`the creation of ${name} is not on the chain`);
      notes.add(`create ${name}`, gas);
    }
    return { about, calls: [...notes.all()].map(([call, gas]) => gasLine(call, gas)) };
  } finally {
    await chain.stop();
  }
}

/** What a measurement has against the rules, in sentences: dearer than the snapshot, or than the original allows. */
export function gasComplaints(measured: readonly GasLine[], snapshot: readonly GasLine[]): string[] {
  const kept = new Map(snapshot.map(({ call, gas }) => [call, gas]));
  const complaints: string[] = [];
  for (const { call, gas, original, scenario } of measured) {
    const before = kept.get(call);
    if (before === undefined) complaints.push(`${call}: not in contracts/gas.json; run npm run contracts:gas`);
    else if (gas > before) complaints.push(`${call}: ${gas}, dearer than the ${before} of contracts/gas.json`);
    if (original !== undefined && scenario !== "creation" && gas > original * allowedRatio)
      complaints.push(`${call}: ${gas}, more than 2 % above the original's ${original}`);
  }
  const calls = new Set(measured.map(({ call }) => call));
  for (const call of kept.keys()) if (!calls.has(call)) complaints.push(`${call}: in contracts/gas.json, not measured`);
  for (const call of Object.keys(originalGas)) {
    if (!calls.has(call)) complaints.push(`${call}: the original has a figure, ours is not measured`);
  }
  return complaints;
}

/** The text of `contracts/gas.json`. */
export function gasReportText(report: GasReport): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}

function gasLine(call: string, gas: number): GasLine {
  const original = originalGas[call];
  if (original === undefined) return { call, gas };
  const ratio = Math.round((gas / original.gas) * 1000) / 1000;
  return { call, gas, original: original.gas, ratio, scenario: original.scenario };
}
