import {
  batchIdPrefix,
  type RedemptionDeps,
  redemptionId,
  ticketsInBatch,
  type WinningTicket,
} from "@livepeer-ts/economics";
import { type Hash32, type Hex, LpError, toAddress, toHash32, weiPerEther } from "@livepeer-ts/kernel";
import type {
  AddressBook,
  ChainLog,
  ChainReader,
  TxIntent,
  TxRequest,
  TxResult,
  TxSubmitter,
} from "@livepeer-ts/protocol";
import { ticketBrokerAbi } from "@livepeer-ts/protocol/abi";
import { encodeAbiParameters, encodeEventTopics, numberToHex, padHex } from "viem";

const contract = (n: number) => toAddress(`0x${n.toString(16).padStart(40, "0")}`);
const gas = 180_000n;
/** Gas of a batch in percent of its tickets one by one. */
const batchGasPercent = 80n;

/** The contract as far as tickets go, with a transaction manager in front whose records outlive a crash: each ticket pays once. */
export class PayingChain {
  readonly book = { ticketBroker: contract(5), roundsManager: contract(6), bondingManager: contract(4) } as AddressBook;
  paidWei = 0n;
  paidCount = 0;
  /** Transactions that paid something. */
  transactionCount = 0;
  readonly #winners = new Map<string, WinningTicket>();
  readonly #paid = new Set<Hash32>();
  readonly #sent: { readonly intent: TxIntent; readonly result: TxResult }[] = [];

  /** Winners that may be redeemed; the chain learns of them from the ledger, not from the service. */
  know(winner: WinningTicket): void {
    this.#winners.set(winner.ticketHash, winner);
  }

  readonly reader = {
    read: async (read: { name: string; data: string }) => this.#answer(read),
    readAll: async (reads: readonly { name: string; data: string }[]) => reads.map((read) => this.#answer(read)),
    header: async () => ({ number: 1000n }),
  } as unknown as ChainReader;

  readonly submitter: TxSubmitter = {
    address: contract(7),
    gasLimit: 0n,
    find: async (id) => this.#find(id)?.intent,
    findLatest: async (idPrefix, limit) =>
      this.#sent
        .flatMap(({ intent }) => (intent.id.startsWith(idPrefix) ? [intent] : []))
        .reverse()
        .slice(0, limit),
    simulate: async (request) => {
      if (request.id.startsWith(batchIdPrefix))
        return (BigInt(ticketsInBatch(request.data).length) * gas * batchGasPercent) / 100n;
      this.#checkUnused(request);
      return gas;
    },
    submit: async (request) => {
      const known = this.#find(request.id);
      if (known !== undefined) return known.result;
      const tickets = request.id.startsWith(batchIdPrefix)
        ? ticketsInBatch(request.data)
        : [this.#checkUnused(request)];
      return this.#mine(request, tickets);
    },
  };

  get deps(): Pick<RedemptionDeps, "reader" | "book" | "submitter"> {
    return { reader: this.reader, book: this.book, submitter: this.submitter };
  }

  #find(id: string) {
    return this.#sent.find(({ intent }) => intent.id === id);
  }

  #checkUnused(request: TxRequest): Hash32 {
    const winner = [...this.#winners.values()].find((known) => redemptionId(known) === request.id);
    const refused = (reason: string) =>
      new LpError({ code: "tx_would_revert", message: reason, details: { reason, id: request.id } });
    if (winner === undefined) throw refused("winner was never sold");
    if (this.#paid.has(winner.ticketHash)) throw refused("ticket is used");
    return winner.ticketHash;
  }

  /** Pays what can be paid, and passes over the rest as the contract does. */
  #mine(request: TxRequest, tickets: readonly Hash32[]): TxResult {
    const hash = toHash32(numberToHex(this.#sent.length + 1, { size: 32 }));
    const place = { blockNumber: 5n, blockHash: hash };
    const logs: ChainLog[] = [];
    for (const ticketHash of tickets) {
      const winner = this.#winners.get(ticketHash);
      if (winner === undefined || this.#paid.has(ticketHash)) continue;
      this.#paid.add(ticketHash);
      this.paidCount++;
      this.paidWei += winner.faceValueWei;
      logs.push({ ...redeemedLog(this.book.ticketBroker, winner), ...place, txHash: hash, logIndex: logs.length });
    }
    if (logs.length > 0) this.transactionCount++;
    const gasUsed = gas * BigInt(tickets.length);
    const result: TxResult = { hash, ...place, gasUsed, logs };
    const mined = { hash, ...place, success: true, gasUsed };
    this.#sent.push({ intent: { ...request, state: "mined", mined } as unknown as TxIntent, result });
    return result;
  }

  #answer(read: { name: string; data: string }): unknown {
    switch (read.name) {
      case "ticketValidityPeriod":
        return 2n;
      case "usedTickets":
        return this.#paid.has(toHash32(`0x${read.data.slice(-64)}`));
      case "getSenderInfo":
        return [
          { deposit: 1_000_000n * weiPerEther, withdrawRound: 0n },
          { fundsRemaining: weiPerEther, claimedInCurrentRound: 0n },
        ];
      default:
        return 0n;
    }
  }
}

/** The event `WinningTicketRedeemed`. */
function redeemedLog(
  address: ChainLog["address"],
  ticket: WinningTicket,
): Pick<ChainLog, "address" | "topics" | "data"> {
  const { sender, recipient, faceValueWei, winProb, senderNonce, recipientRand } = ticket;
  const auxData: Hex = `0x${padHex(numberToHex(ticket.creationRound), { size: 32 }).slice(2)}${ticket.creationRoundBlockHash.slice(2)}`;
  const topics = encodeEventTopics({
    abi: ticketBrokerAbi,
    eventName: "WinningTicketRedeemed",
    args: { sender, recipient },
  });
  const values = ["uint256", "uint256", "uint256", "uint256", "bytes"].map((type) => ({ type }));
  const data = encodeAbiParameters(values, [faceValueWei, winProb, BigInt(senderNonce), recipientRand, auxData]);
  return { address, topics: topics as unknown as ChainLog["topics"], data };
}
