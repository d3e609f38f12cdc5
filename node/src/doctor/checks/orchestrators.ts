import { fixedCurrencyRate, offChainSigner, pricePerPixel } from "@livepeer-ts/economics";
import {
  type DirectoryEntry,
  OrchestratorClient,
  type SurveyedOrchestrator,
  staticDirectory,
  surveyOrchestrators,
  webhookDirectory,
} from "@livepeer-ts/execution";
import {
  type Address,
  compareRational,
  errorText,
  formatRational,
  rational,
  silentLogger,
  toAddress,
  zeroAddress,
} from "@livepeer-ts/kernel";
import { protocolReads, readTranscoders } from "@livepeer-ts/protocol";
import type { AiWorkerConfig, GatewayConfig, TranscoderConfig } from "../../flags/node-config.ts";
import type { DoctorCheck } from "../doctor-check.ts";
import type { DoctorSubject } from "../doctor-subject.ts";
import { error, type Finding, warning } from "../finding.ts";

const callMs = 8000;
/** Names that one sentence lists. */
const maxNamed = 5;
/** Orchestrators on the chain that are asked. */
const maxPool = 200;

export const orchestrators: DoctorCheck = {
  name: "orchestrators",
  looksAt: "whether the orchestrators answer, and fit the highest price",
  concerns: ({ config }) => config.role === "gateway" || config.role === "transcoder" || config.role === "aiWorker",
  async run(subject) {
    const { config } = subject;
    if (config.role === "transcoder" || config.role === "aiWorker") return askOwn(config, subject);
    return config.role === "gateway" ? askAll(config, subject) : [];
  },
};

async function askOwn(
  { orchestratorUrl, role }: TranscoderConfig | AiWorkerConfig,
  { ports, signal }: DoctorSubject,
): Promise<Finding[]> {
  try {
    const client = new OrchestratorClient({ ...ports, signer: offChainSigner });
    await client.ping(orchestratorUrl, ports.random.bytes(32), callMs, signal);
    return [];
  } catch (cause) {
    return [
      error(
        "orchestrator_unreachable",
        `The orchestrator at ${orchestratorUrl} does not answer (${errorText(cause)}).`,
        `The ${role === "transcoder" ? "transcoder" : "AI worker"} gets no work; it asks again until it does.`,
        "Check -orchAddr, that the orchestrator runs, and the firewall between them.",
      ),
    ];
  }
}

async function askAll(config: GatewayConfig, subject: DoctorSubject): Promise<Finding[]> {
  let entries: readonly DirectoryEntry[];
  try {
    entries = await list(config, subject);
  } catch (cause) {
    return [
      error(
        "no_directory",
        `The list of orchestrators cannot be had (${errorText(cause)}).`,
        "Nobody transcodes for this gateway.",
        "Check -orchWebhookUrl, -orchAddr or the chain.",
      ),
    ];
  }
  if (entries.length === 0)
    return [
      error(
        "no_orchestrators",
        "No orchestrator is listed.",
        "Nobody transcodes for this gateway.",
        "Give -orchAddr or -orchWebhookUrl, or use a chain with active orchestrators.",
      ),
    ];
  const { ports, signal } = subject;
  const signer = (await subject.signer().catch(() => undefined)) ?? offChainSigner;
  const client = new OrchestratorClient({ ...ports, signer });
  const directory = { list: async () => entries };
  const answers = await surveyOrchestrators({ ...ports, logger: silentLogger, directory, client }, signal);
  return [...silent(entries, answers), ...tooDear(config, answers)];
}

async function list(config: GatewayConfig, subject: DoctorSubject): Promise<readonly DirectoryEntry[]> {
  const { ports, signal } = subject;
  if (config.orchWebhookUrl !== undefined)
    return webhookDirectory({ url: config.orchWebhookUrl }, { ...ports, logger: silentLogger }).list(signal);
  if (config.orchAddr.length > 0) return staticDirectory(config.orchAddr).list(signal);
  const [reader, book] = [await subject.reader(), await subject.book()];
  if (reader === undefined || book === undefined) return [];
  const reads = protocolReads(book);
  const addresses: Address[] = [];
  let next = toAddress(await reader.read(reads.firstInPool(), signal));
  while (next !== zeroAddress && addresses.length < maxPool && !addresses.includes(next)) {
    addresses.push(next);
    next = toAddress(await reader.read(reads.nextInPool(next), signal));
  }
  const members = await readTranscoders(addresses, { reader, book }, signal);
  return members.flatMap(({ address, isActive, serviceUri, stakeWei }) =>
    isActive && /^https?:\/\//.test(serviceUri)
      ? [{ uri: serviceUri.replace(/\/+$/, ""), address, stakeWei, score: 0 }]
      : [],
  );
}

function silent(entries: readonly DirectoryEntry[], answers: readonly SurveyedOrchestrator[]): Finding[] {
  const answered = new Set(answers.map(({ entry }) => entry.uri));
  const missing = entries.filter(({ uri }) => !answered.has(uri)).map(({ uri }) => uri);
  if (missing.length === 0) return [];
  const named = missing.slice(0, maxNamed).join(", ");
  const more = missing.length > maxNamed ? ` and ${missing.length - maxNamed} more` : "";
  const isNobody = answers.length === 0;
  const make = isNobody ? error : warning;
  return [
    make(
      isNobody ? "no_orchestrator_answers" : "orchestrators_silent",
      `${isNobody ? "No orchestrator makes an offer" : `${missing.length} of ${entries.length} orchestrators make no offer`}: ${named}${more}.`,
      isNobody ? "Nobody transcodes for this gateway." : "The others have to do the work.",
      "Check the addresses and the firewall. On chain, orchestrators refuse gateways without deposit and reserve.",
    ),
  ];
}

function tooDear({ maxPrices, options }: GatewayConfig, answers: readonly SurveyedOrchestrator[]): Finding[] {
  const { base } = maxPrices;
  // prices in other currencies need a feed: the running node compares them
  const rate = base === undefined ? undefined : fixedCurrencyRate(base.currency);
  if (base === undefined || rate === undefined || answers.length === 0) return [];
  const max = pricePerPixel(base, rate);
  const dear = answers.filter(({ info }) => {
    const { priceInfo } = info;
    if (priceInfo === undefined || priceInfo.pixelsPerUnit <= 0n) return false;
    return compareRational(rational(priceInfo.pricePerUnit, priceInfo.pixelsPerUnit), max) > 0;
  });
  if (dear.length === 0) return [];
  const isAll = dear.length === answers.length;
  const make = isAll && options.pool?.ignoreMaxPriceIfNeeded !== true ? error : warning;
  return [
    make(
      isAll ? "all_above_max_price" : "some_above_max_price",
      `${isAll ? "All orchestrators that answer ask" : `${dear.length} of ${answers.length} orchestrators ask`} for more than -maxPricePerUnit, ${formatRational(max)} wei for each pixel.`,
      isAll ? "None of them is drawn." : "They are not drawn.",
      "Raise -maxPricePerUnit, or list cheaper orchestrators.",
    ),
  ];
}
