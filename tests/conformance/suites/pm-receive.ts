import { create } from "@bufbuild/protobuf";
import {
  isRefusal,
  judgeWithdrawal,
  SenderNonces,
  TicketReceiver,
  type TicketRefusal,
  ticketErrors,
  ticketParamsToWire,
} from "@livepeer-ts/economics";
import { TicketExpirationParamsSchema } from "@livepeer-ts/execution";
import { type Address, hashToBytes, zeroHash } from "@livepeer-ts/kernel";
import { address, bytes, type Fields, hash, integer, list, number, object, optionalText, ratio } from "../read-case.ts";
import type { ConformanceCase, ConformanceSuite } from "../suite.ts";

/** The node's own judgement of a sender in the state that the recorded text tells of. */
function judgeSender(sender: Address, recorded: string | undefined): TicketRefusal | undefined {
  const round = 5n;
  if (recorded === undefined) return judgeWithdrawal(sender, 0n, round);
  const cause = /^could not get sender info for \S+: (.*)$/.exec(recorded)?.[1];
  return cause === undefined ? judgeWithdrawal(sender, round + 1n, round) : ticketErrors.senderInfo(sender, cause);
}

function receiveTicket(testCase: ConformanceCase) {
  const ticket = object(testCase, "ticket");
  const sender = address(ticket, "sender");
  const receiver = new TicketReceiver(address(testCase, "recipientSelf"), bytes(testCase, "secret"));
  const params = ticketParamsToWire({
    recipient: address(ticket, "recipient"),
    faceValueWei: integer(ticket, "faceValue"),
    winProb: integer(ticket, "winProb"),
    recipientRandHash: hash(ticket, "recipientRandHash"),
    seed: integer(testCase, "seed"),
    expirationBlock: integer(testCase, "paramsExpirationBlock"),
    expirationParams: undefined,
  });
  const expirationParams = create(TicketExpirationParamsSchema, {
    creationRound: integer(ticket, "creationRound"),
    creationRoundBlockHash: hashToBytes(hash(ticket, "creationRoundBlockHash")),
  });
  const refused = judgeSender(sender, optionalText(testCase, "senderValidationError"));
  const claimed = { sender, params, expirationParams, price: ratio(testCase, "pricePerPixel") };
  const accepted = refused ?? receiver.accept(claimed);
  if (isRefusal(accepted)) return { error: accepted.message, fatal: accepted.fatal, won: false };
  const lastSeen = integer(testCase, "lastSeenL1Block");
  const verdict = receiver.receive(accepted, number(ticket, "senderNonce"), bytes(testCase, "signature"), lastSeen);
  return {
    error: verdict.refusal?.message ?? null,
    fatal: verdict.refusal?.fatal ?? false,
    won: verdict.winner !== undefined,
  };
}

const offerFor = (testCase: Fields) => ({
  recipientRandHash: zeroHash,
  sender: address(testCase, "sender"),
  expirationBlock: 1000n,
});

function replayNonces(testCase: ConformanceCase) {
  const nonces = new SenderNonces();
  const offer = offerFor(testCase);
  return { errors: list(testCase, "nonces").map((nonce) => nonces.use(offer, Number(nonce), 1n)?.message ?? null) };
}

function exhaustNonces(testCase: ConformanceCase) {
  const nonces = new SenderNonces();
  const offer = offerFor(testCase);
  for (let nonce = 1; nonce < 10_000; nonce++) {
    const refusal = nonces.use(offer, nonce, 1n);
    if (refusal !== undefined) return { error: refusal.message, firstRejectedNonce: nonce };
  }
  return { error: null };
}

export const suite: ConformanceSuite = (testCase) => {
  const run = "nonces" in testCase ? replayNonces : "ticket" in testCase ? receiveTicket : exhaustNonces;
  return { expected: testCase["expected"], got: run(testCase) };
};
