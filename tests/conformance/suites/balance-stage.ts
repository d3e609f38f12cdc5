import { SenderBalance } from "@livepeer-ts/economics";
import { formatRational } from "@livepeer-ts/kernel";
import { object, ratio, sameFields } from "../read-case.ts";
import type { ConformanceSuite } from "../suite.ts";

export const suite: ConformanceSuite = (testCase) => {
  const balance = new SenderBalance(ratio(testCase, "existing"));
  const staged = balance.stage(ratio(testCase, "minCredit"), ratio(testCase, "ev"));
  const expected = object(testCase, "expected");
  const got = {
    balanceAfterReserve: formatRational(balance.amount),
    existingCredit: formatRational(staged.existingCredit),
    newCredit: formatRational(staged.newCredit),
    numTickets: staged.ticketCount,
  };
  return { expected, got: sameFields(expected, got) };
};
