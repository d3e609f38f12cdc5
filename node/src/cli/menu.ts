import { LpError } from "@livepeer-ts/kernel";
import * as accounts from "./account-entries.ts";
import type { AdminClient } from "./admin-client.ts";
import type { Console } from "./console.ts";
import * as funds from "./funds-entries.ts";
import * as gateway from "./gateway-entries.ts";
import { MenuSession } from "./menu-session.ts";
import * as orchestrator from "./orchestrator-entries.ts";
import * as staking from "./staking-entries.ts";
import { type NodeFacts, showOrchestrators, showProtocol, showStats } from "./stats.ts";

/** Chains where LPT can be asked for. */
const testChainIds = new Set(["4", "54321", "421611", "31337", "1337"]);

type Entry = {
  readonly text: string;
  /** Absent: everybody. */
  readonly shownFor?: "orchestrator" | "gateway" | "test network";
  readonly run: (session: MenuSession) => Promise<void>;
};

const stats = (session: MenuSession) => showStats(session.client, session.facts, session.console);

const entries: readonly Entry[] = [
  { text: "Get node status", run: stats },
  { text: "View protocol parameters", run: onChain((session) => showProtocol(session.client, session.console)) },
  {
    text: "List registered orchestrators",
    run: onChain(async (session) => void (await showOrchestrators(session.client, session.console))),
  },
  {
    text: 'Invoke "initialize round"',
    run: onChain((session) => session.sendAndSay("/initializeRound", {}, "\nRound initialized.")),
  },
  { text: 'Invoke "bond"', run: staking.bond },
  { text: 'Invoke "unbond"', run: staking.unbond },
  { text: 'Invoke "rebond"', run: staking.rebond },
  { text: 'Invoke "withdraw stake" (LPT)', run: staking.withdrawStake },
  { text: 'Invoke "withdraw fees" (ETH)', run: staking.withdrawFees },
  { text: 'Invoke "transfer" (LPT)', run: accounts.transferTokens },
  { text: 'Invoke "reward"', shownFor: "orchestrator", run: staking.callReward },
  {
    text: 'Invoke multi-step "become an orchestrator"',
    shownFor: "orchestrator",
    run: orchestrator.becomeOrchestrator,
  },
  { text: "Set orchestrator config", shownFor: "orchestrator", run: orchestrator.setConfig },
  { text: 'Invoke "deposit broadcasting funds" (ETH)', shownFor: "gateway", run: funds.deposit },
  { text: 'Invoke "unlock broadcasting funds"', shownFor: "gateway", run: funds.unlock },
  { text: 'Invoke "cancel unlock of broadcasting funds"', shownFor: "gateway", run: funds.cancelUnlock },
  { text: 'Invoke "withdraw broadcasting funds"', shownFor: "gateway", run: funds.withdraw },
  { text: "Set broadcast config", shownFor: "gateway", run: gateway.setBroadcastConfig },
  { text: "Set max price per capability", shownFor: "gateway", run: gateway.setMaxPriceForCapability },
  { text: "Set max gas price", run: accounts.setMaxGasPrice },
  { text: "Set min gas price", run: accounts.setMinGasPrice },
  { text: "Get test LPT", shownFor: "test network", run: accounts.requestTokens },
  {
    text: "Get test ETH",
    shownFor: "test network",
    run: async ({ console }) => console.say("Ask the faucet of the test network, or whoever runs it."),
  },
  { text: "Sign a message", run: accounts.signMessage },
  { text: "Sign typed data", run: accounts.signTypedData },
  { text: "Vote in a governance poll", shownFor: "orchestrator", run: accounts.vote },
  { text: "Vote on a treasury proposal", shownFor: "orchestrator", run: accounts.voteOnProposal },
  { text: "Set max ticket face value", shownFor: "orchestrator", run: orchestrator.setMaxFaceValue },
  { text: "Set price for broadcaster", shownFor: "orchestrator", run: orchestrator.setPriceForBroadcaster },
  { text: "Set maximum sessions", shownFor: "orchestrator", run: orchestrator.setMaxSessions },
];

const welcome = [
  "+-----------------------------------------------------------+",
  "| livepeer_cli: look at a Livepeer node, change its         |",
  "| settings, and act in the protocol with its account.       |",
  "+-----------------------------------------------------------+",
  "",
].join("\n");

/** The menu, until the person leaves or the input ends. */
export async function runMenu(client: AdminClient, console: Console, isAsking: boolean): Promise<void> {
  const facts: NodeFacts = {
    isOrchestrator: (await client.text("/IsOrchestrator")) === "true",
    isRedeemer: (await client.text("/IsRedeemer")) === "true",
    chainId: await client.text("/EthChainID"),
  };
  const session = new MenuSession(client, facts, console, isAsking);
  console.say(welcome);
  await attempt(session, stats);
  const shown = entries.filter((entry) => isShown(entry, facts));
  const exit = shown.length + 1;
  for (;;) {
    console.say();
    console.say("What would you like to do? (default = stats)");
    shown.forEach(({ text }, i) => {
      console.say(`${i + 1}. ${text}`);
    });
    console.say(`${exit}. Exit`);
    const choice = await console.read().catch((error: unknown) => {
      if (error instanceof LpError && error.code === "input_ended") return String(exit);
      throw error;
    });
    if (choice === String(exit)) return;
    const entry = choice === "" ? shown[0] : /^\d{1,3}$/.test(choice) ? shown[Number(choice) - 1] : undefined;
    if (entry === undefined) console.say("That's not something I can do");
    else await attempt(session, entry.run);
  }
}

function isShown({ shownFor }: Entry, facts: NodeFacts): boolean {
  const isWorker = facts.isOrchestrator || facts.isRedeemer;
  if (shownFor === undefined) return true;
  if (shownFor === "test network") return testChainIds.has(facts.chainId);
  return shownFor === "orchestrator" ? isWorker : !isWorker;
}

/** Runs an entry; what the node refuses is told, and the menu goes on. */
async function attempt(session: MenuSession, run: Entry["run"]): Promise<void> {
  try {
    await run(session);
  } catch (error) {
    if (!(error instanceof LpError) || error.code === "input_ended") throw error;
    session.console.say(`Error: ${error.message}`);
  }
}

function onChain(run: Entry["run"]): Entry["run"] {
  return async (session) => {
    session.requireChain();
    await run(session);
  };
}
