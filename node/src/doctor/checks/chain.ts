import { errorText } from "@livepeer-ts/kernel";
import type { DoctorCheck } from "../doctor-check.ts";
import type { DoctorSubject } from "../doctor-subject.ts";
import { error, type Finding, warning } from "../finding.ts";
import { urlHost } from "../url-host.ts";

/** A chain's head is younger than this, s; those of development chains stand still. */
const maxHeadAgeSec = 90;
/** Blocks are stamped a little ahead on some chains, s. */
const maxAheadSec = 30;
const developmentChainIds = new Set([1337n, 31_337n]);

export const chainCheck: DoctorCheck = {
  name: "chain",
  looksAt: "each -ethUrl: whether it answers, for which chain, and how old its last block is",
  concerns: ({ chain }) => chain !== undefined,
  async run(subject) {
    const urls = subject.chain?.urls ?? [];
    const looks = await Promise.all(urls.map((url) => lookAt(url, subject)));
    const findings = looks.flatMap((look) => look.findings);
    const ids = new Set(looks.flatMap(({ chainId }) => (chainId === undefined ? [] : [chainId])));
    if (ids.size > 1)
      findings.push(
        error(
          "rpc_different_chains",
          `The URLs of -ethUrl serve different chains: ${[...ids].join(", ")}.`,
          "The node uses whichever answers best and would mix them up.",
          "Give URLs of one chain.",
        ),
      );
    if (urls.length === 1 && findings.length === 0 && ![...ids].some((id) => developmentChainIds.has(id)))
      findings.push(
        warning(
          "rpc_single",
          "-ethUrl names one endpoint.",
          "When its provider is down, tickets cannot be redeemed and rewards are missed.",
          "Give a second URL of another provider, comma separated.",
        ),
      );
    return findings;
  },
};

type Look = { readonly chainId: bigint | undefined; readonly findings: Finding[] };

async function lookAt(url: string, subject: DoctorSubject): Promise<Look> {
  const host = urlHost(url);
  const reader = subject.readerOf(url);
  try {
    const chainId = await reader.chainId(subject.signal);
    const header = await reader.header("latest", subject.signal);
    const { chain } = subject;
    const findings: Finding[] = [];
    if (chain?.chainId !== undefined && chain.chainId !== chainId)
      findings.push(
        error(
          "wrong_chain",
          `${host} serves chain ${chainId}; -network ${chain.network} is chain ${chain.chainId}.`,
          "The node does not start.",
          "Check -network and -ethUrl.",
        ),
      );
    const ageSec = header === undefined ? undefined : subject.ports.clock.now() / 1000 - Number(header.timestampSec);
    if (ageSec !== undefined && ageSec < -maxAheadSec)
      findings.push(
        error(
          "clock_behind",
          `This machine's clock is ${Math.round(-ageSec)} s behind the last block of ${host}.`,
          "Sessions and certificates seem to be from the future, and the age of blocks is misjudged.",
          "Set the clock and keep it with NTP (timedatectl set-ntp true).",
        ),
      );
    if (ageSec !== undefined && ageSec > maxHeadAgeSec && !developmentChainIds.has(chainId))
      findings.push(
        error(
          "rpc_stale",
          `The last block at ${host} is ${Math.round(ageSec)} s old.`,
          "It has stopped following the chain, or this machine's clock is ahead.",
          "Give another -ethUrl; check the clock with timedatectl.",
        ),
      );
    return { chainId, findings };
  } catch (cause) {
    const isOnly = (subject.chain?.urls.length ?? 0) < 2;
    const make = isOnly ? error : warning;
    return {
      chainId: undefined,
      findings: [
        make(
          "rpc_unreachable",
          `${host} does not answer (${errorText(cause)}).`,
          isOnly ? "The node waits for it and does not start." : "The node does without it; one less to fall back on.",
          "Check -ethUrl, its key, and the firewall.",
        ),
      ],
    };
  }
}
