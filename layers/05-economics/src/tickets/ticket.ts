import {
  type Address,
  addressToBytes,
  concatBytes,
  type Hash32,
  hashFromBytes,
  hashToBytes,
  keccak256,
  maxUint256,
  paddedBigEndian,
  type Rational,
  rational,
  recoverAddress,
  utf8,
  zeroHash,
} from "@livepeer-ts/kernel";

/** A lottery ticket: a promise of `faceValueWei`, payable when it wins. */
export type Ticket = {
  readonly recipient: Address;
  readonly sender: Address;
  readonly faceValueWei: bigint;
  /** Numerator over 2^256 − 1. */
  readonly winProb: bigint;
  /** uint32, at least 1. */
  readonly senderNonce: number;
  readonly recipientRandHash: Hash32;
  readonly creationRound: bigint;
  readonly creationRoundBlockHash: Hash32;
};

/** Creation round and its block hash as the chain wants them: 64 bytes, or none when both are zero. */
export function ticketAuxData(creationRound: bigint, creationRoundBlockHash: Hash32): Uint8Array {
  if (creationRound === 0n && creationRoundBlockHash === zeroHash) return new Uint8Array(0);
  return concatBytes(paddedBigEndian(creationRound, 32), hashToBytes(creationRoundBlockHash));
}

/** Offset of the sender nonce's last four bytes in a packed ticket. */
const nonceOffset = 20 + 20 + 32 + 32 + 28;

/** The bytes whose keccak is the ticket's hash (`abi.encodePacked`): 168 bytes and the aux data. */
export function packTicket(ticket: Ticket): Uint8Array {
  const packed = concatBytes(
    addressToBytes(ticket.recipient),
    addressToBytes(ticket.sender),
    paddedBigEndian(ticket.faceValueWei, 32),
    paddedBigEndian(ticket.winProb, 32),
    new Uint8Array(32),
    hashToBytes(ticket.recipientRandHash),
    ticketAuxData(ticket.creationRound, ticket.creationRoundBlockHash),
  );
  setPackedNonce(packed, ticket.senderNonce);
  return packed;
}

/** Writes another sender nonce into a packed ticket. */
export function setPackedNonce(packed: Uint8Array, senderNonce: number): void {
  packed[nonceOffset] = senderNonce >>> 24;
  packed[nonceOffset + 1] = (senderNonce >>> 16) & 0xff;
  packed[nonceOffset + 2] = (senderNonce >>> 8) & 0xff;
  packed[nonceOffset + 3] = senderNonce & 0xff;
}

/** The 32 bytes that the sender signs (as a personal message) and the chain knows the ticket by. */
export function ticketHashBytes(ticket: Ticket): Uint8Array {
  return keccak256(packTicket(ticket));
}

/** `ticketHashBytes` as a hash. */
export function ticketHash(ticket: Ticket): Hash32 {
  return hashFromBytes(ticketHashBytes(ticket));
}

/** Expected value in wei: face value × win probability. */
export function ticketExpectedValue(ticket: Pick<Ticket, "faceValueWei" | "winProb">): Rational {
  return rational(ticket.faceValueWei * ticket.winProb, maxUint256);
}

// the kernel's `recoverPersonalMessage` builds this prefix for any length; tickets are always 32 bytes and many
const personalPrefix32 = utf8("\x19Ethereum Signed Message:\n32");

/** True when the signature is the sender's (a personal message) over the 32-byte ticket hash. */
export function isTicketSignedBy(sender: Address, hash: Uint8Array, signature: Uint8Array): boolean {
  return recoverAddress(keccak256(personalPrefix32, hash), signature) === sender;
}

/** What is drawn: keccak of the signature and the recipient's random number. */
export function ticketDraw(signature: Uint8Array, recipientRand: Uint8Array): Uint8Array {
  return keccak256(signature, recipientRand);
}

/** True when the draw is below the win probability (both 32 bytes, big-endian); a probability of 0 never wins. */
export function isWinningDraw(draw: Uint8Array, winProb: Uint8Array): boolean {
  for (let i = 0; i < 32; i++) {
    const a = draw[i] as number;
    const b = winProb[i] as number;
    if (a !== b) return a < b;
  }
  return false;
}

/** True when the ticket wins. `recipientRand` is a uint256. */
export function isWinningTicket(
  ticket: Pick<Ticket, "winProb">,
  signature: Uint8Array,
  recipientRand: bigint,
): boolean {
  const draw = ticketDraw(signature, paddedBigEndian(recipientRand, 32));
  return isWinningDraw(draw, paddedBigEndian(ticket.winProb, 32));
}

/** keccak of the random number as a uint256; what the recipient commits to. */
export function recipientRandHashOf(recipientRand: bigint): Hash32 {
  return hashFromBytes(keccak256(paddedBigEndian(recipientRand, 32)));
}
