import { checksumAddress } from "@livepeer-ts/kernel";
import { protocolReads } from "@livepeer-ts/protocol";
import type { DoctorCheck } from "../doctor-check.ts";
import { error, type Finding, warning } from "../finding.ts";
import { etherText } from "./account.ts";

export const gatewayFunds: DoctorCheck = {
  name: "funds",
  looksAt: "deposit and reserve, against the tickets that may be sent",
  concerns: ({ config, chain }) => chain !== undefined && (config.role === "gateway" || config.role === "remoteSigner"),
  async run(subject) {
    const { config, signal } = subject;
    if (config.role !== "gateway" && config.role !== "remoteSigner") return [];
    const [reader, book] = [await subject.reader(), await subject.book()];
    const sender = (await subject.signer().catch(() => undefined))?.address ?? subject.chain?.account;
    if (reader === undefined || book === undefined || sender === undefined) return [];
    const reads = protocolReads(book);
    const [[funds, reserve], poolSize, round] = await reader.readAll(
      [reads.senderInfo(sender), reads.poolSize(), reads.lastInitializedRound()],
      signal,
    );
    const name = checksumAddress(sender);
    const findings: Finding[] = [];
    const how = "livepeer cli, deposit broadcasting funds.";
    const { maxTicketEvWei, depositMultiplier } = config.tickets;
    const evWei = maxTicketEvWei.num / maxTicketEvWei.den;
    if (funds.withdrawRound !== 0n && funds.withdrawRound <= round + 1n)
      findings.push(
        error(
          "funds_unlocked",
          `The deposit and reserve of ${name} are being withdrawn.`,
          "No ticket may be sent.",
          "Cancel the withdrawal: livepeer cli, cancel unlock.",
        ),
      );
    if (funds.deposit === 0n)
      findings.push(error("no_deposit", `${name} has no deposit.`, "Orchestrators take no ticket of it.", how));
    else if (funds.deposit / depositMultiplier < evWei)
      findings.push(
        warning(
          "deposit_low",
          `The deposit of ${name}, ${etherText(funds.deposit)} ETH, divided by -depositMultiplier ${depositMultiplier}, is less than -maxTicketEV (${etherText(evWei)} ETH).`,
          "A winning ticket pays its face value, which is more than its expected value: such tickets are not sent.",
          `Raise the deposit (${how}), or lower -maxTicketEV.`,
        ),
      );
    if (reserve.fundsRemaining === 0n)
      findings.push(error("no_reserve", `${name} has no reserve.`, "Orchestrators take no ticket of it.", how));
    else if (poolSize > 0n && reserve.fundsRemaining / poolSize < evWei)
      findings.push(
        warning(
          "reserve_low",
          `The reserve of ${name}, ${etherText(reserve.fundsRemaining)} ETH, guarantees each of ${poolSize} orchestrators less than -maxTicketEV (${etherText(evWei)} ETH).`,
          "Orchestrators answer “insufficient sender reserve”.",
          `Raise the reserve (${how}).`,
        ),
      );
    return findings;
  },
};
