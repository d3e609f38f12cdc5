import type { NodeSigner } from "@livepeer-ts/execution";
import {
  type Address,
  compareRational,
  formatDecimal,
  type Hash32,
  hashFromBytes,
  LpError,
  mulRational,
  type Rational,
  rational,
  zeroHash,
} from "@livepeer-ts/kernel";
import type { RoundTime, SenderInfo } from "@livepeer-ts/protocol";
import { maxSenderNonces } from "../recipient/sender-nonces.ts";
import { newestHashedRound } from "../tickets/hashed-round.ts";
import { type Ticket, ticketExpectedValue, ticketHashBytes } from "../tickets/ticket.ts";
import type { OfferedTicketParams } from "../tickets/ticket-params.ts";
import { senderErrors } from "../wire/ticket-errors.ts";

export type TicketSenderOptions = {
  /** Highest expected value of one ticket, wei. Default 3000000000000 (`-maxTicketEV`). */
  readonly maxTicketEvWei?: Rational;
  /** Highest expected value of one payment, wei. Default 20000000000000 (`-maxTotalEV`). */
  readonly maxTotalEvWei?: Rational;
  /** A face value may be at most the deposit divided by this. Default 1 (`-depositMultiplier`). */
  readonly depositMultiplier?: bigint;
  /** Offers whose nonces are kept. Default 100000. */
  readonly maxSessions?: number;
};

export type TicketSenderDeps = {
  /** The node's key; must have an address. */
  readonly signer: NodeSigner;
  readonly rounds: { current(): RoundTime };
  /** The sender's own funds as last seen; undefined before they were read. */
  readonly funds: () => SenderInfo | undefined;
};

/** One signed ticket of a batch. */
export type SignedTicket = { readonly ticket: Ticket; readonly hash: Hash32; readonly signature: Uint8Array };

/** Tickets for one request; they share everything but the nonce. */
export type TicketBatch = {
  readonly sessionId: string;
  readonly params: OfferedTicketParams;
  readonly creationRound: bigint;
  readonly creationRoundBlockHash: Hash32;
  readonly tickets: readonly SignedTicket[];
};

type Session = { readonly params: OfferedTicketParams; nonce: number };

/** The sender's half of the lottery: judges offers, makes tickets, never uses a nonce twice. */
export class TicketSender {
  readonly sender: Address;
  readonly #maxTicketEv: Rational;
  readonly #maxTotalEv: Rational;
  readonly #depositMultiplier: bigint;
  readonly #maxSessions: number;
  readonly #deps: TicketSenderDeps;
  readonly #sessions = new Map<string, Session>();

  constructor(options: TicketSenderOptions, deps: TicketSenderDeps) {
    if (deps.signer.address === undefined) {
      throw new LpError({
        code: "sender_no_key",
        message: "tickets need a signing key: start with -ethAcctAddr and a keystore",
      });
    }
    this.sender = deps.signer.address;
    this.#maxTicketEv = options.maxTicketEvWei ?? rational(3_000_000_000_000n);
    this.#maxTotalEv = options.maxTotalEvWei ?? rational(20_000_000_000_000n);
    this.#depositMultiplier = options.depositMultiplier ?? 1n;
    this.#maxSessions = options.maxSessions ?? 100_000;
    this.#deps = deps;
  }

  /** Takes an offer up; the id is its random-number hash. The same offer again keeps its nonces. */
  startSession(params: OfferedTicketParams): string {
    const id = params.recipientRandHash;
    const known = this.#sessions.get(id);
    if (known === undefined) {
      if (this.#sessions.size >= this.#maxSessions) this.#forget();
      this.#sessions.set(id, { params, nonce: 0 });
    } else if (!sameOffer(known.params, params)) {
      this.#sessions.set(id, { params, nonce: known.nonce });
    }
    return id;
  }

  /** Expected value of one ticket of the session, wei. Throws `error loading session`. */
  expectedValue(sessionId: string): Rational {
    return ticketExpectedValue(this.#session(sessionId).params);
  }

  /** Throws when `count` tickets of the offer must not be sent; the checks and texts of the protocol, in its order. */
  checkParams(params: OfferedTicketParams | undefined, count: number): void {
    if (params === undefined) throw senderErrors.paramsMissing();
    const time = this.#deps.rounds.current();
    if (params.expirationBlock === 0n) throw senderErrors.expirationBlockZero();
    if (params.expirationBlock - time.lastSeenL1Block <= 1n) throw senderErrors.paramsExpired();
    const ev = ticketExpectedValue(params);
    if (ev.num <= 0n) return;
    if (compareRational(ev, rational(params.faceValueWei)) >= 0)
      throw senderErrors.faceValueTooLow(params.faceValueWei);
    if (compareRational(ev, this.#maxTicketEv) > 0) {
      throw senderErrors.evTooHigh(formatDecimal(ev, 5), formatDecimal(this.#maxTicketEv, 5));
    }
    const funds = this.#deps.funds();
    if (funds === undefined) throw senderErrors.fundsUnknown();
    if (funds.withdrawRound !== 0n && funds.withdrawRound <= time.lastInitializedRound + 1n)
      throw senderErrors.unlocking();
    if (funds.reserveWei <= 0n) throw senderErrors.noReserve();
    if (funds.depositWei <= 0n) throw senderErrors.noDeposit();
    const total = mulRational(ev, rational(BigInt(count)));
    if (compareRational(total, this.#maxTotalEv) > 0) {
      throw senderErrors.totalEvTooHigh(formatDecimal(total, 5), count, formatDecimal(this.#maxTotalEv, 5));
    }
    const maxFaceValueWei = funds.depositWei / this.#depositMultiplier;
    if (params.faceValueWei > maxFaceValueWei)
      throw senderErrors.faceValueTooHigh(params.faceValueWei, maxFaceValueWei);
  }

  /** `checkParams` for the offer of a session. Throws `error loading session` too. */
  checkSession(sessionId: string, count: number): void {
    const session = this.#session(sessionId);
    this.checkParams(session.params, count);
    // the recipient takes no more nonces per offer: a fresh offer is due
    if (session.nonce + count > maxSenderNonces) throw senderErrors.paramsUsedUp(session.nonce);
  }

  /** Makes `count` tickets with the next nonces. Throws like `checkSession`. */
  createBatch(sessionId: string, count: number): TicketBatch {
    this.checkSession(sessionId, count);
    const session = this.#session(sessionId);
    const batch = this.signTickets(session.params, session.nonce, count);
    session.nonce += count;
    return batch;
  }

  /** Signs `count` tickets of an offer with the nonces after `lastNonce`, unchecked: for those who keep nonces themselves. */
  signTickets(params: OfferedTicketParams, lastNonce: number, count: number): TicketBatch {
    const time = this.#deps.rounds.current();
    const offered = params.expirationParams;
    const own = newestHashedRound(time);
    const usable = offered !== undefined && offered.creationRound !== 0n && offered.creationRoundBlockHash !== zeroHash;
    const { creationRound, creationRoundBlockHash } = usable ? offered : own;
    const tickets: SignedTicket[] = [];
    for (let nonce = lastNonce + 1; nonce <= lastNonce + count; nonce++) {
      const ticket: Ticket = {
        recipient: params.recipient,
        sender: this.sender,
        faceValueWei: params.faceValueWei,
        winProb: params.winProb,
        senderNonce: nonce,
        recipientRandHash: params.recipientRandHash,
        creationRound,
        creationRoundBlockHash,
      };
      const hash = ticketHashBytes(ticket);
      tickets.push({ ticket, hash: hashFromBytes(hash), signature: this.#deps.signer.signHash(hash) });
    }
    return { sessionId: params.recipientRandHash, params, creationRound, creationRoundBlockHash, tickets };
  }

  #session(id: string): Session {
    const session = this.#sessions.get(id);
    if (session === undefined) throw senderErrors.sessionUnknown(id);
    return session;
  }

  /** Drops sessions whose offers ended; when none did, the oldest. */
  #forget(): void {
    const { lastSeenL1Block } = this.#deps.rounds.current();
    let dropped = 0;
    for (const [id, session] of this.#sessions) {
      if (session.params.expirationBlock > lastSeenL1Block) continue;
      this.#sessions.delete(id);
      dropped++;
    }
    const oldest = this.#sessions.keys().next().value;
    if (dropped === 0 && oldest !== undefined) this.#sessions.delete(oldest);
  }
}

function sameOffer(a: OfferedTicketParams, b: OfferedTicketParams): boolean {
  return (
    a.faceValueWei === b.faceValueWei &&
    a.winProb === b.winProb &&
    a.seed === b.seed &&
    a.expirationBlock === b.expirationBlock &&
    a.recipient === b.recipient
  );
}
