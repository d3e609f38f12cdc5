import { checksumAddress, errorText, fromHex, personalMessageHash, toAddress, utf8 } from "@livepeer-ts/kernel";
import { protocolCalls, protocolReads, type TxResult } from "@livepeer-ts/protocol";
import type { TypedDataDefinition } from "viem";
import { hashTypedData } from "viem/utils";
import { type AdminAnswer, AdminRefusal, badRequest, bytesAnswer, textAnswer } from "./admin-answer.ts";
import { type AdminRoute, optional, required } from "./admin-route.ts";
import { parseAmount, parseGoBigInt } from "./go-values.ts";
import { addressParam } from "./staking-routes.ts";
import { chainOf, transactRoute } from "./transact-route.ts";

const group = "Account";
const base = { group, scope: "read", params: [], result: "text", needsChain: true } as const;

/** The node's account: what it has, sends, signs and votes. */
export const accountRoutes: readonly AdminRoute[] = [
  {
    ...base,
    path: "/ethAddr",
    summary: "The account, with its checksum.",
    handle: (call) => textAnswer(checksumAddress(chainOf(call).signer.address)),
  },
  {
    ...base,
    path: "/tokenBalance",
    summary: "LPT of the account, wei.",
    handle: async (call) => {
      const { reader, book, signer } = chainOf(call);
      const read = protocolReads(book).tokenBalance(signer.address);
      return textAnswer(String(await reader.read(read, call.subjects.signal)));
    },
  },
  {
    ...base,
    path: "/ethBalance",
    summary: "Ether of the account, wei.",
    handle: async (call) => {
      const { reader, signer } = chainOf(call);
      return textAnswer(String(await reader.balance(signer.address, call.subjects.signal)));
    },
  },
  transactRoute({
    path: "/transferTokens",
    group,
    summary: "Sends LPT.",
    params: [required("to", "account that gets it"), required("amount", "LPT, wei")],
    plan: (call, { book }) => [
      {
        what: "transfer LPT",
        call: protocolCalls(book).transferTokens(addressParam(call, "to"), parseAmount(call.param("amount"))),
      },
    ],
  }),
  transactRoute({
    path: "/requestTokens",
    group,
    summary: "Asks the faucet of a test network for LPT, once an hour.",
    params: [],
    plan: async (call, { book, reader }) => {
      const { signal } = call.subjects;
      const refusal = "Unable to get the time for the next valid request from faucet";
      const step = {
        what: "ask the faucet",
        call: await refusing(refusal, async () => protocolCalls(book).requestTokens()),
      };
      const next = await refusing(refusal, async () =>
        reader.read(protocolReads(book).nextFaucetRequest(chainOf(call).signer.address), signal),
      );
      const head = await reader.header("latest", signal);
      if (head === undefined) throw new AdminRefusal(500, "Unable to get latest block: the node has none");
      if (next > head.timestampSec) {
        const minutes = (next - head.timestampSec) / 60n;
        throw faucetRefusal(`can only request tokens once every hour, please wait ${minutes} more minutes`);
      }
      return [step];
    },
    refuse: faucetRefusal,
  }),
  {
    ...base,
    path: "/signMessage",
    scope: "transact",
    summary:
      "Signs a message as a personal message, or typed data (EIP-712) with the header SigFormat: data/typed. Answers the 65 bytes of the signature.",
    params: [required("message", "text, or typed data as JSON")],
    headers: [optional("SigFormat", "text/plain, or data/typed for typed data")],
    result: "bytes",
    handle: (call) => {
      const { signer } = chainOf(call);
      const message = call.param("message");
      const isTyped = call.header.get("sigformat") === "data/typed";
      return bytesAnswer(signer.signDigest(isTyped ? typedDigest(message) : personalMessageHash(utf8(message))));
    },
  },
  transactRoute({
    path: "/vote",
    group,
    summary: "Votes in a poll. Answers the 32 bytes of the transaction's hash.",
    params: [required("poll", "address of the poll's contract"), required("choiceID", "0: yes, 1: no")],
    result: "bytes",
    plan: async (call, { book, reader }) => {
      const poll = call.param("poll");
      if (!/^(0x)?[\da-f]{40}$/i.test(poll)) throw new AdminRefusal(500, "invalid poll contract address");
      const choice = integer(call.param("choiceID"), "choiceID is not a valid integer value");
      if (choice !== 0n && choice !== 1n) throw new AdminRefusal(500, "invalid choiceID");
      // a call of an account without code succeeds and does nothing
      if (!(await reader.hasCode(toAddress(poll), call.subjects.signal)))
        throw new AdminRefusal(500, "invalid poll contract address");
      return [{ what: "vote", call: protocolCalls(book).vote(toAddress(poll), choice) }];
    },
    answer: hashAnswer,
    refuse: (text, stage) => voteRefusal(text, stage),
  }),
  transactRoute({
    path: "/voteOnProposal",
    group,
    summary: "Votes on a treasury proposal. Answers the 32 bytes of the transaction's hash.",
    params: [
      required("proposalID", "number of the proposal"),
      required("support", "0: against, 1: for, 2: abstain"),
      optional("reason", "text that goes with the vote"),
    ],
    result: "bytes",
    plan: (call, { book }) => {
      const proposal = integer(call.param("proposalID"), "proposalID is not a valid integer value");
      if (proposal < 0n) throw new AdminRefusal(500, "proposalID is not a valid integer value");
      const support = integer(call.param("support"), "support is not a valid integer value");
      if (support < 0n || support > 2n) throw new AdminRefusal(500, "invalid support");
      const vote = protocolCalls(book).voteOnProposal(proposal, Number(support), call.param("reason"));
      return [{ what: "vote on the proposal", call: vote }];
    },
    answer: hashAnswer,
    refuse: (text, stage) => voteRefusal(text, stage),
  }),
];

function hashAnswer(results: readonly TxResult[]): AdminAnswer {
  const last = results.at(-1);
  return bytesAnswer(last === undefined ? new Uint8Array(0) : fromHex(last.hash));
}

function voteRefusal(text: string, stage: "submit" | "mine"): AdminRefusal {
  return new AdminRefusal(500, `unable to ${stage} vote transaction err=${JSON.stringify(text)}`);
}

function faucetRefusal(text: string): AdminRefusal {
  return new AdminRefusal(500, `Error requesting tokens from faucet: ${text}`);
}

function integer(text: string, refusal: string): bigint {
  try {
    return parseGoBigInt(text);
  } catch (error) {
    throw new AdminRefusal(500, refusal, error);
  }
}

async function refusing<T>(text: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new AdminRefusal(500, `${text}: ${errorText(error)}`, error);
  }
}

/** What is signed of typed data. Throws 400 with the text that tools match on. */
function typedDigest(message: string): Uint8Array {
  let typed: TypedDataDefinition;
  try {
    typed = JSON.parse(message) as TypedDataDefinition;
    if (typeof typed !== "object" || typed === null || typed.types === undefined || typed.primaryType === undefined)
      throw new Error("there are no types or no primaryType");
  } catch (error) {
    throw badRequest(`could not unmarshal typed data - err=${JSON.stringify(errorText(error))}`);
  }
  try {
    return fromHex(hashTypedData(typed));
  } catch (error) {
    throw new AdminRefusal(500, `could not sign typed data - err=${JSON.stringify(errorText(error))}`, error);
  }
}
