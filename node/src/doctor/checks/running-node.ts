import { errorText } from "@livepeer-ts/kernel";
import { replyJson, replyText } from "../../cli/admin-client.ts";
import type { DoctorCheck } from "../doctor-check.ts";
import { error, type Finding, warning } from "../finding.ts";

type Told = { readonly ready?: unknown; readonly reasons?: unknown };
type ToldReason = { readonly code?: unknown; readonly sentence?: unknown; readonly remedy?: unknown };

/** Said of a node that works as it should: its operator, or its load, wants it so. */
const expected = new Set(["draining", "full"]);

export const runningNode: DoctorCheck = {
  name: "running node",
  looksAt: "whether the node at -admin answers and can take work",
  concerns: ({ running }) => running !== undefined,
  async run({ running, config }) {
    if (running === undefined) return [];
    const { host, port } = running.target;
    try {
      const reply = await running.get("/readyz");
      if (reply.status === 404) return lookAtGoNode(replyText(await running.get("/status")));
      const { ready, reasons } = replyJson(reply) as Told;
      const findings = ready === true || !Array.isArray(reasons) ? [] : reasons.map(asFinding);
      return [...findings, ...(await lookAtRole(await running.get("/status"), config.role))];
    } catch (cause) {
      return [
        error(
          "node_unreachable",
          `No node answers at ${host}:${port} (${errorText(cause)}).`,
          "It does not run, or its admin port is elsewhere.",
          "Check -admin against the node's -cliAddr; leave -admin out for a node that is not started yet.",
        ),
      ];
    }
  },
};

function asFinding(reason: ToldReason): Finding {
  const { code, sentence, remedy } = reason;
  const make = expected.has(String(code)) ? warning : error;
  return make(`node_${String(code)}`, String(sentence), "The node takes no new work.", String(remedy));
}

function lookAtGoNode(status: string): Finding[] {
  return status.includes('"GolangRuntimeVersion"')
    ? []
    : [
        error(
          "not_a_node",
          "What answers at -admin is no node.",
          "It was not looked at.",
          "Check -admin against the node's -cliAddr.",
        ),
      ];
}

/** `/status` needs a token where there is one; without it nothing is said. */
async function lookAtRole(
  reply: { readonly status: number; readonly bytes: Uint8Array; readonly contentType: string },
  role: string,
): Promise<Finding[]> {
  if (reply.status === 401 || reply.status === 403)
    return [
      warning(
        "admin_refused",
        "The node's admin port asks for a token.",
        "Its state was not looked at.",
        "Give its -cliToken or -cliReadToken, as for the node.",
      ),
    ];
  const status = replyJson(reply) as { readonly ServiceURI?: unknown };
  const isOrchestrator = typeof status.ServiceURI === "string" && status.ServiceURI !== "";
  return role === "gateway" && isOrchestrator
    ? [
        warning(
          "other_role",
          "The node at -admin is an orchestrator; the flags are a gateway's.",
          "What is said here is about two nodes.",
          "Check -admin and the configuration.",
        ),
      ]
    : [];
}
