import type { TicketExpirationParams, TicketParams } from "@livepeer-ts/execution";
import {
  type Address,
  addressFromBytes,
  bigEndianToBigInt,
  equalBytes,
  type Hash32,
  hashFromBytes,
  keccak256,
  maxUint256,
  paddedBigEndian,
  type Rational,
  toHex,
  zeroHash,
} from "@livepeer-ts/kernel";
import type { WinningTicket } from "../ports/ticket-store.ts";
import { judgeTicketParties, judgeTicketSignature } from "../tickets/judge-ticket.ts";
import {
  isWinningDraw,
  packTicket,
  recipientRandHashOf,
  setPackedNonce,
  type Ticket,
  ticketDraw,
  ticketExpectedValue,
} from "../tickets/ticket.ts";
import { type TicketRefusal, ticketErrors } from "../wire/ticket-errors.ts";
import { recipientRand } from "./recipient-rand.ts";
import { SenderNonces } from "./sender-nonces.ts";

export type TicketReceiverOptions = {
  /** Offers whose nonces are kept at one time. Default 100000; beyond, tickets of further offers are refused. */
  readonly maxOffers?: number;
};

/** Ticket parameters that came with a payment, checked against what this recipient offers. */
export type AcceptedParams = {
  readonly ticket: Ticket;
  readonly paramsExpirationBlock: bigint;
  readonly recipientRand: bigint;
  /** Expected value of each ticket: numerator over 2^256 − 1. */
  readonly evNumerator: bigint;
  /** The same, in lowest terms. */
  readonly expectedValue: Rational;
};

/** What became of one ticket. A winner is to be stored even when the ticket is refused. */
export type TicketVerdict = {
  readonly refusal: TicketRefusal | undefined;
  readonly winner: WinningTicket | undefined;
};

/** What a sender says about its tickets. */
export type ClaimedParams = {
  readonly sender: Address;
  readonly params: TicketParams;
  readonly expirationParams: TicketExpirationParams | undefined;
  readonly price: Rational;
};

type Offer = AcceptedParams & {
  readonly packed: Uint8Array;
  readonly randBytes: Uint8Array;
  readonly winProbBytes: Uint8Array;
  readonly wire: ClaimedParams;
};

const empty = new Uint8Array(0);

/** The recipient's half of the lottery: judges tickets, remembers nonces while their offer is good. */
export class TicketReceiver {
  readonly recipient: Address;
  readonly #secret: Uint8Array;
  readonly #nonces: SenderNonces;
  /** Offers that brought a good ticket: the next ticket needs no HMAC. */
  readonly #offers = new Map<string, Offer>();

  /** `secret` is 32 random bytes of this process start; a restart makes outstanding offers void. */
  constructor(recipient: Address, secret: Uint8Array, options: TicketReceiverOptions = {}) {
    this.recipient = recipient;
    this.#secret = secret;
    this.#nonces = new SenderNonces(options.maxOffers);
  }

  /** Random number and its hash for a new offer. */
  commit(inputs: Parameters<typeof recipientRand>[1]): { recipientRand: bigint; recipientRandHash: Hash32 } {
    const rand = recipientRand(this.#secret, inputs);
    return { recipientRand: rand, recipientRandHash: recipientRandHashOf(rand) };
  }

  /**
   * Judges the part that all tickets of a payment share: recipient, sender, random number.
   * The result is only good for `receive` of this receiver.
   */
  accept(claimed: ClaimedParams): AcceptedParams | TicketRefusal {
    const randHash = toHex(claimed.params.recipientRandHash);
    const known = this.#offers.get(randHash);
    if (known !== undefined && sameClaim(known.wire, claimed)) return known;

    const recipient = addressFromBytes(claimed.params.recipient);
    const creationRound = claimed.expirationParams?.creationRound ?? 0n;
    const hash = claimed.expirationParams?.creationRoundBlockHash;
    const creationRoundBlockHash = hash === undefined ? zeroHash : hashFromBytes(hash);
    const faceValueWei = bigEndianToBigInt(claimed.params.faceValue);
    const winProb = bigEndianToBigInt(claimed.params.winProb);
    const paramsExpirationBlock = bigEndianToBigInt(claimed.params.expirationBlock);
    const rand = recipientRand(this.#secret, {
      seed: bigEndianToBigInt(claimed.params.seed),
      sender: claimed.sender,
      faceValueWei,
      winProb,
      expirationBlock: paramsExpirationBlock,
      price: claimed.price,
      creationRound,
      creationRoundBlockHash,
    });
    const recipientRandHash = hashFromBytes(claimed.params.recipientRandHash);
    const refusal = judgeTicketParties(
      this.recipient,
      { recipient, sender: claimed.sender, recipientRandHash },
      recipientRandHashOf(rand),
    );
    if (refusal !== undefined) return refusal;
    if (faceValueWei > maxUint256 || winProb > maxUint256) return ticketErrors.recipientRand(); // never offered
    const ticket: Ticket = {
      recipient,
      sender: claimed.sender,
      faceValueWei,
      winProb,
      senderNonce: 0,
      recipientRandHash,
      creationRound,
      creationRoundBlockHash,
    };
    const offer: Offer = {
      ticket,
      paramsExpirationBlock,
      recipientRand: rand,
      evNumerator: faceValueWei * winProb,
      expectedValue: ticketExpectedValue(ticket),
      packed: packTicket(ticket),
      randBytes: paddedBigEndian(rand, 32),
      winProbBytes: paddedBigEndian(winProb, 32),
      wire: claimed,
    };
    return offer;
  }

  /** Judges one ticket: signature, draw, nonce, expiry, in this order. `accepted` comes from `accept`. */
  receive(
    accepted: AcceptedParams,
    senderNonce: number,
    signature: Uint8Array,
    lastSeenL1Block: bigint,
  ): TicketVerdict {
    const offer = accepted as Offer;
    const { sender } = offer.ticket;
    setPackedNonce(offer.packed, senderNonce);
    const hash = keccak256(offer.packed);
    const forged = judgeTicketSignature(sender, hash, signature);
    if (forged !== undefined) return { refusal: forged, winner: undefined };
    const won = isWinningDraw(ticketDraw(signature, offer.randBytes), offer.winProbBytes);
    const winner = won ? winningTicket(offer, senderNonce, signature, hash) : undefined;
    const refusal = this.#nonces.use(
      { recipientRandHash: offer.ticket.recipientRandHash, sender, expirationBlock: offer.paramsExpirationBlock },
      senderNonce,
      lastSeenL1Block,
    );
    if (refusal === undefined) this.#offers.set(offer.ticket.recipientRandHash, offer);
    return { refusal, winner };
  }

  /** Forgets the nonces of offers that ended: their tickets are refused as expired from now on. */
  forgetExpired(lastSeenL1Block: bigint): void {
    for (const hash of this.#nonces.forgetExpired(lastSeenL1Block)) this.#offers.delete(hash);
  }

  /** Offers whose nonces are kept. */
  get offerCount(): number {
    return this.#nonces.offerCount;
  }
}

/** True for a refusal, false for accepted parameters. */
export function isRefusal(value: AcceptedParams | TicketRefusal): value is TicketRefusal {
  return "fatal" in value;
}

function sameClaim(a: ClaimedParams, b: ClaimedParams): boolean {
  return (
    a.sender === b.sender &&
    a.price.num === b.price.num &&
    a.price.den === b.price.den &&
    equalBytes(a.params.faceValue, b.params.faceValue) &&
    equalBytes(a.params.winProb, b.params.winProb) &&
    equalBytes(a.params.seed, b.params.seed) &&
    equalBytes(a.params.expirationBlock, b.params.expirationBlock) &&
    equalBytes(a.params.recipient, b.params.recipient) &&
    (a.expirationParams?.creationRound ?? 0n) === (b.expirationParams?.creationRound ?? 0n) &&
    equalBytes(a.expirationParams?.creationRoundBlockHash ?? empty, b.expirationParams?.creationRoundBlockHash ?? empty)
  );
}

function winningTicket(offer: Offer, senderNonce: number, signature: Uint8Array, hash: Uint8Array): WinningTicket {
  return {
    ...offer.ticket,
    ticketHash: hashFromBytes(hash),
    senderNonce,
    recipientRand: offer.recipientRand,
    signature: signature.slice(),
    paramsExpirationBlock: offer.paramsExpirationBlock,
  };
}
