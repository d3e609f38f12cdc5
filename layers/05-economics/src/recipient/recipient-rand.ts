import {
  type Address,
  addressToBytes,
  bigEndianToBigInt,
  concatBytes,
  type Hash32,
  hmacSha256,
  minimalBigEndian,
  type Rational,
} from "@livepeer-ts/kernel";
import { ticketAuxData } from "../tickets/ticket.ts";

/** Everything that an offer binds. Change one of them and the random number is another. */
export type RandInputs = {
  readonly seed: bigint;
  readonly sender: Address;
  readonly faceValueWei: bigint;
  readonly winProb: bigint;
  readonly expirationBlock: bigint;
  /** Price per pixel in lowest terms. */
  readonly price: Rational;
  readonly creationRound: bigint;
  readonly creationRoundBlockHash: Hash32;
};

/** The message under the recipient's secret: minimal big-endian numbers, one after the other. */
export function recipientRandMessage(inputs: RandInputs): Uint8Array {
  return concatBytes(
    minimalBigEndian(inputs.seed),
    addressToBytes(inputs.sender),
    minimalBigEndian(inputs.faceValueWei),
    minimalBigEndian(inputs.winProb),
    minimalBigEndian(inputs.expirationBlock),
    minimalBigEndian(inputs.price.num),
    minimalBigEndian(inputs.price.den),
    ticketAuxData(inputs.creationRound, inputs.creationRoundBlockHash),
  );
}

/** The recipient's random number for an offer; it needs no memory of what was offered. */
export function recipientRand(secret: Uint8Array, inputs: RandInputs): bigint {
  return bigEndianToBigInt(hmacSha256(secret, recipientRandMessage(inputs)));
}
