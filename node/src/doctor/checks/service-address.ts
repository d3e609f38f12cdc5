import { createKeySigner } from "@livepeer-ts/economics";
import { OrchestratorClient } from "@livepeer-ts/execution";
import { errorText, LpError } from "@livepeer-ts/kernel";
import type { DoctorCheck } from "../doctor-check.ts";
import type { DoctorSubject } from "../doctor-subject.ts";
import { error, type Finding, warning } from "../finding.ts";

const callMs = 8000;

export const serviceAddress: DoctorCheck = {
  name: "service address",
  looksAt: "whether the running orchestrator is reached under its service URI and answers gateways",
  concerns: ({ config, running }) =>
    config.role === "orchestrator" && config.service.kind === "given" && running !== undefined,
  async run(subject) {
    const { config, ports, signal } = subject;
    if (config.role !== "orchestrator" || config.service.kind !== "given") return [];
    const { uri } = config.service;
    const own = await subject.signer().catch(() => undefined);
    // on chain a stranger's request must be signed by somebody
    const signer = own ?? createKeySigner(ports.random.bytes(32));
    const client = new OrchestratorClient({ ...ports, signer });
    try {
      const value = ports.random.bytes(32);
      const signature = await client.ping(uri, value, callMs, signal);
      if (own !== undefined && !own.verify(own.address, value, signature)) return [someoneElse(uri)];
    } catch (cause) {
      return [
        error(
          "service_unreachable",
          `The orchestrator is not reached at ${uri} (${errorText(cause)}).`,
          "Gateways cannot reach it either.",
          "Check -serviceAddr, the firewall, the proxy in front, and that names lead here. A router may also refuse to send a machine to its own public address: ask from elsewhere.",
        ),
      ];
    }
    return askForOffer(client, uri, subject);
  },
};

async function askForOffer(
  client: OrchestratorClient,
  uri: string,
  { chain, signal }: DoctorSubject,
): Promise<Finding[]> {
  try {
    const info = await client.getInfo(uri, undefined, { ignoreCapacityCheck: true, timeoutMs: callMs, signal });
    if (info.transcoder !== uri && info.nodes.length === 0)
      return [
        warning(
          "service_uri_other",
          `The orchestrator at ${uri} sends gateways to ${info.transcoder === "" ? "nowhere" : info.transcoder}.`,
          "Work goes there.",
          "Check -serviceAddr of the node that runs.",
        ),
      ];
    if (chain !== undefined && info.priceInfo === undefined)
      return [
        error(
          "no_price",
          `The orchestrator at ${uri} names no price.`,
          "Gateways pass it over.",
          "Give -pricePerUnit.",
        ),
      ];
    return [];
  } catch (cause) {
    // it answers, and has no offer for an account without a reserve, as this one is
    if (cause instanceof LpError && /insufficient sender reserve/.test(cause.message)) return [];
    return [
      error(
        "no_offer",
        `The orchestrator at ${uri} makes no offer (${errorText(cause)}).`,
        "Gateways get the same answer.",
        "See its log; livepeer cli -http <port> shows prices and capacity.",
      ),
    ];
  }
}

function someoneElse(uri: string): Finding {
  return error(
    "service_someone_else",
    `Another node answers at ${uri}: its signature is not of this node's account.`,
    "Work and tickets go there.",
    "Check -serviceAddr and where its name leads; two nodes behind one name need the same account.",
  );
}
