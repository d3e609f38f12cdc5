import { toHex } from "@livepeer-ts/kernel";
import { accepted } from "./admin-client.ts";
import type { MenuSession } from "./menu-session.ts";
import { askTokens } from "./staking-entries.ts";
import { account, bad, wholeNumber } from "./units.ts";

export async function transferTokens(session: MenuSession): Promise<void> {
  session.requireChain();
  const to = await session.console.ask("Enter recipient address (in hex i.e. 0xfoo) - ", account);
  const amount = await askTokens(session, "Enter amount in LPTU (1 LPT = 10^18)");
  await session.sendAndSay("/transferTokens", { to, amount: String(amount) }, "\nTransferred.");
}

export async function requestTokens(session: MenuSession): Promise<void> {
  await session.sendAndSay("/requestTokens", {}, "\nTest LPT received.");
}

export async function setMaxGasPrice(session: MenuSession): Promise<void> {
  session.requireChain();
  session.console.say(`Current maximum gas price: ${(await session.client.text("/maxGasPrice")) || "n/a"}`);
  const amount = await session.console.ask(
    'Enter new maximum gas price in Wei (enter "0" for no maximum gas price) - ',
    wholeNumber,
  );
  await session.change("/setMaxGasPrice", { amount: String(amount) }, "Max gas price set");
}

export async function setMinGasPrice(session: MenuSession): Promise<void> {
  session.requireChain();
  session.console.say(`Current minimum gas price: ${await session.client.text("/minGasPrice")}`);
  const minGasPrice = await session.console.ask("Enter new minimum gas price in Wei - ", wholeNumber);
  await session.change("/setMinGasPrice", { minGasPrice: String(minGasPrice) }, "Min gas price set");
}

export async function signMessage(session: MenuSession): Promise<void> {
  session.requireChain();
  const message = await session.console.ask("Enter or paste the message to sign - ", String);
  const reply = accepted(await session.client.post("/signMessage", { message }));
  session.console.say(`\nSignature: ${toHex(reply.bytes)}`);
}

export async function signTypedData(session: MenuSession): Promise<void> {
  session.requireChain();
  const message = await askJson(session);
  const reply = accepted(await session.client.post("/signMessage", { message }, { SigFormat: "data/typed" }));
  session.console.say(`\nSignature: ${toHex(reply.bytes)}`);
}

/** Lines until they are a JSON value together. */
async function askJson(session: MenuSession): Promise<string> {
  session.console.say("Enter or paste the typed data to sign as JSON; an empty line gives up");
  for (let text = ""; ; text += "\n") {
    const line = await session.console.read();
    if (line === "") throw bad("that is no complete JSON");
    text += line;
    try {
      JSON.parse(text);
      return text;
    } catch {
      // more lines are to come
    }
  }
}

export async function vote(session: MenuSession): Promise<void> {
  session.requireChain();
  const poll = await session.console.ask("Enter the contract address for the poll you want to vote in - ", account);
  const choices = ["Yes", "No"];
  const choiceID = await askChoice(session, choices);
  await sendVote(session, "/vote", { poll, choiceID }, choices[Number(choiceID)] as string);
}

export async function voteOnProposal(session: MenuSession): Promise<void> {
  session.requireChain();
  const proposalID = await session.console.ask("Enter the ID of the proposal you want to vote in - ", wholeNumber);
  const choices = ["Against", "For", "Abstain"];
  const support = await askChoice(session, choices);
  const reason = await session.console.ask("Enter the reason of your vote (default: none) - ", String, "none");
  const params = { proposalID: String(proposalID), support, ...(reason === "none" ? {} : { reason }) };
  await sendVote(session, "/voteOnProposal", params, choices[Number(support)] as string);
}

async function askChoice({ console }: MenuSession, choices: readonly string[]): Promise<string> {
  console.say("Identifier\tVoting Choices");
  choices.forEach((name, i) => {
    console.say(`${i}\t\t${name}`);
  });
  return console.ask("Enter the ID of the choice you want to vote for - ", (text) => {
    if (/^\d$/.test(text) && Number(text) < choices.length) return text;
    throw bad("Must enter a valid ID");
  });
}

async function sendVote(
  session: MenuSession,
  path: string,
  params: Record<string, string>,
  name: string,
): Promise<void> {
  session.console.say(`Voting "${name}"`);
  const reply = await session.transact(path, params);
  if (reply !== undefined) session.console.say(`\nVote success tx=${toHex(reply.bytes)}`);
}
