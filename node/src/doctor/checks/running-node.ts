import { errorText } from "@livepeer-ts/kernel";
import { type AdminClient, type AdminReply, replyJson, replyText } from "../../cli/admin-client.ts";
import type { NodeConfig } from "../../flags/node-config.ts";
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
  run: async ({ running, config }) => {
    if (running === undefined) return [];
    const cores = config.role === "orchestrator" ? config.cores : 1;
    return lookAtNode(running, config.role, cores);
  },
};

/** The same for a node of which nothing but its admin port is known. */
export async function lookAtNode(
  node: AdminClient,
  role: NodeConfig["role"] | undefined,
  cores = 1,
): Promise<readonly Finding[]> {
  const { host, port } = node.target;
  try {
    const reply = await node.get("/readyz");
    if (reply.status === 404) return lookAtGoNode(replyText(await node.get("/status")));
    const { ready, reasons } = replyJson(reply) as Told;
    const findings = ready === true || !Array.isArray(reasons) ? [] : reasons.map(asFinding);
    return [...findings, ...lookAtStatus(await node.get("/status"), role, cores)];
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
}

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
function lookAtStatus(reply: AdminReply, role: NodeConfig["role"] | undefined, cores: number): Finding[] {
  if (reply.status === 401 || reply.status === 403)
    return [
      warning(
        "admin_refused",
        "The node's admin port asks for a token.",
        "Its state was not looked at.",
        "Give its -cliToken or -cliReadToken, as for the node.",
      ),
    ];
  const status = replyJson(reply) as { readonly ServiceURI?: unknown; readonly Cores?: unknown };
  return [...lookAtRole(status.ServiceURI, role), ...lookAtCores(status.Cores, cores)];
}

/** A core process that keeps ending serves nobody while the next one waits. */
function lookAtCores(told: unknown, wanted: number): Finding[] {
  const running = Array.isArray(told) ? told.length : 1;
  return wanted === 1 || running >= wanted
    ? []
    : [
        warning(
          "core_processes_missing",
          `${running} of ${wanted} core processes serve the port.`,
          "One has ended and is being replaced, or the node runs with another -cores.",
          "Look for `a core process has ended` in the node's log; compare -cores with the running node's.",
        ),
      ];
}

function lookAtRole(uri: unknown, role: NodeConfig["role"] | undefined): Finding[] {
  const isOrchestrator = typeof uri === "string" && uri !== "";
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
