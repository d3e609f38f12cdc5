import { type Address, checksumAddress, weiPerEther } from "@livepeer-ts/kernel";
import { protocolReads } from "@livepeer-ts/protocol";
import type { DoctorCheck } from "../doctor-check.ts";
import type { DoctorSubject } from "../doctor-subject.ts";
import { error, type Finding, warning } from "../finding.ts";

/** Redemptions or rewards that the ether of an account should last for. */
const wantedTransactions = 10n;
/** Gas of a reward call, and of a redemption where nobody said otherwise. */
const usualGas = 1_200_000n;

export const account: DoctorCheck = {
  name: "account",
  looksAt: "ether for gas, and how the orchestrator is registered",
  concerns: ({ config, chain }) =>
    chain !== undefined && (config.role === "orchestrator" || config.role === "redeemer" || config.role === "duties"),
  async run(subject) {
    const reader = await subject.reader();
    const book = await subject.book();
    const identity = await subject.identity();
    if (reader === undefined || book === undefined || identity === undefined) return [];
    const sender = (await subject.signer().catch(() => undefined))?.address ?? subject.chain?.account ?? identity;
    const findings = await lookAtEther(sender, subject);
    if (subject.config.role !== "orchestrator") return findings;
    const reads = protocolReads(book);
    const [isRegistered, isActive, uri, stake] = await reader.readAll(
      [
        reads.isRegisteredTranscoder(identity),
        reads.isActiveTranscoder(identity),
        reads.serviceUri(identity),
        reads.transcoderTotalStake(identity),
      ],
      subject.signal,
    );
    if (!isRegistered) return [...findings, await notRegistered(identity, subject)];
    if (!isActive)
      findings.push(
        warning(
          "orchestrator_inactive",
          `${checksumAddress(identity)} is registered and not active, with ${etherText(stake)} LPT of stake.`,
          "Gateways that look on the chain do not find it, and its tickets cannot be redeemed. A new one becomes active with the next round; one whose stake is too small for the pool does not.",
          "Wait for the next round, or bond more LPT.",
        ),
      );
    findings.push(...lookAtUri(uri.trim().replace(/\/+$/, ""), subject));
    return findings;
  },
};

async function lookAtEther(sender: Address, subject: DoctorSubject): Promise<Finding[]> {
  const { config } = subject;
  // with a redeemer the orchestrator's own key sends nothing but rewards
  if (config.role === "orchestrator" && config.redeemer !== undefined && config.chain?.duties.reward === false)
    return [];
  const reader = await subject.reader();
  if (reader === undefined) return [];
  const [balance, price] = await Promise.all([reader.balance(sender, subject.signal), reader.gasPrice(subject.signal)]);
  const cost = price * (subject.chain?.redeemGas ?? usualGas);
  if (balance >= cost * wantedTransactions && balance > 0n) return [];
  const make = balance < cost || balance === 0n ? error : warning;
  return [
    make(
      "ether_low",
      `${checksumAddress(sender)} has ${etherText(balance)} ETH; one redemption costs about ${etherText(cost)} ETH now.`,
      "Without ether it can neither redeem tickets nor call reward.",
      `Send it ether, at least ${etherText(cost * wantedTransactions)} ETH.`,
    ),
  ];
}

async function notRegistered(identity: Address, subject: DoctorSubject): Promise<Finding> {
  const [reader, book] = [await subject.reader(), await subject.book()];
  const lpt =
    reader === undefined || book === undefined
      ? 0n
      : await reader.read(protocolReads(book).tokenBalance(identity), subject.signal);
  const has = lpt === 0n ? "It holds no LPT either." : `It holds ${etherText(lpt)} LPT that are not bonded.`;
  return warning(
    "orchestrator_not_registered",
    `${checksumAddress(identity)} is not registered as an orchestrator. ${has}`,
    "Gateways that look on the chain do not find it.",
    "Bond LPT to itself and set the service URI: livepeer cli, activate orchestrator. Check -ethOrchAddr if another account is the orchestrator.",
  );
}

function lookAtUri(registered: string, { config }: DoctorSubject): Finding[] {
  if (registered === "")
    return [
      error(
        "service_uri_missing",
        "No service URI is registered for the account.",
        "Gateways that look on the chain do not know where to go.",
        "livepeer cli set-service-uri, or livepeer cli and its menu.",
      ),
    ];
  if (config.role !== "orchestrator" || config.service.kind !== "given" || config.service.uri === registered) return [];
  return [
    error(
      "service_uri_differs",
      `-serviceAddr is ${config.service.uri}; registered is ${registered}.`,
      "Gateways that look on the chain go to the registered one.",
      "Register the new one with livepeer cli, or give the registered one as -serviceAddr.",
    ),
  ];
}

/** Wei as ether or LPT with up to six decimals. */
export function etherText(wei: bigint): string {
  const micro = (wei * 1_000_000n) / weiPerEther;
  if (micro === 0n) return wei === 0n ? "0" : "less than 0.000001";
  return `${micro / 1_000_000n}.${String(micro % 1_000_000n).padStart(6, "0")}`.replace(/\.?0+$/, "");
}
