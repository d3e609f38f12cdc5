import { errorText } from "@livepeer-ts/kernel";
import { loadAddressBook, protocolReads } from "@livepeer-ts/protocol";
import type { DoctorCheck } from "../doctor-check.ts";
import { error } from "../finding.ts";

export const contracts: DoctorCheck = {
  name: "contracts",
  looksAt: "the contracts that the Controller names",
  concerns: ({ chain }) => chain !== undefined,
  async run(subject) {
    const reader = await subject.reader();
    if (reader === undefined || subject.chain === undefined) return [];
    const { controller, network } = subject.chain;
    try {
      const book = await loadAddressBook(reader, controller, subject.signal);
      if (!(await reader.read(protocolReads(book).isPaused(), subject.signal))) return [];
      return [
        error(
          "protocol_paused",
          "The protocol is paused on this chain.",
          "Nobody can bond, redeem or call reward.",
          "Wait until its governance lets it run again.",
        ),
      ];
    } catch (cause) {
      return [
        error(
          "contracts_missing",
          `The contracts of ${controller} cannot be read: ${errorText(cause)}`,
          "The node does not start.",
          `Check -ethController, and that -ethUrl is of -network ${network}.`,
        ),
      ];
    }
  },
};
