import { type RedemptionDeps, redemptionId, type WinningTicket } from "@livepeer-ts/economics";
import { LpError, toAddress, toHash32, weiPerEther } from "@livepeer-ts/kernel";
import type { AddressBook, ChainReader, TxIntent, TxRequest, TxResult, TxSubmitter } from "@livepeer-ts/protocol";

const contract = (n: number) => toAddress(`0x${n.toString(16).padStart(40, "0")}`);
const gas = 180_000n;

/** The contract as far as tickets go, with a transaction manager in front whose records outlive a crash: each ticket pays once. */
export class PayingChain {
  readonly book = { ticketBroker: contract(5), roundsManager: contract(6), bondingManager: contract(4) } as AddressBook;
  paidWei = 0n;
  paidCount = 0;
  readonly #winners = new Map<string, WinningTicket>();
  readonly #paid = new Map<string, TxResult>();

  /** Winners that may be redeemed; the chain learns of them from the ledger, not from the service. */
  know(winner: WinningTicket): void {
    this.#winners.set(redemptionId(winner), winner);
  }

  readonly reader = {
    read: async (read: { name: string; data: string }) => this.#answer(read),
    readAll: async (reads: readonly { name: string; data: string }[]) => reads.map((read) => this.#answer(read)),
    header: async () => ({ number: 1000n }),
  } as unknown as ChainReader;

  readonly submitter: TxSubmitter = {
    address: contract(7),
    gasLimit: 0n,
    find: async (id) =>
      this.#paid.has(id) ? ({ id, state: "mined", mined: { success: true } } as unknown as TxIntent) : undefined,
    findLatest: async () => [],
    simulate: async () => gas,
    submit: async (request: TxRequest) => {
      const done = this.#paid.get(request.id);
      if (done !== undefined) return done;
      const winner = this.#winners.get(request.id);
      if (winner === undefined) throw new LpError({ code: "tx_would_revert", message: "winner was never sold" });
      const hash = toHash32(`0x${(this.paidCount + 1).toString(16).padStart(64, "0")}`);
      const result: TxResult = { hash, blockNumber: 5n, blockHash: hash, gasUsed: gas, logs: [] };
      this.#paid.set(request.id, result);
      this.paidCount++;
      this.paidWei += winner.faceValueWei;
      return result;
    },
  };

  get deps(): Pick<RedemptionDeps, "reader" | "book" | "submitter"> {
    return { reader: this.reader, book: this.book, submitter: this.submitter };
  }

  #answer(read: { name: string; data: string }): unknown {
    switch (read.name) {
      case "ticketValidityPeriod":
        return 2n;
      case "usedTickets":
        return this.#paid.has(`redeem:0x${read.data.slice(-64)}`);
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
