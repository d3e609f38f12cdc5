import { homedir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { LpError } from "@livepeer-ts/kernel";
import { toJson } from "../chain/chain-result.ts";
import { defaultNetworkFolder } from "../up/network-file.ts";
import { causalChain, type Subject } from "./causal-chain.ts";
import { describeRecord } from "./describe-record.ts";
import { openRecords } from "./open-records.ts";

const usage = `livepeer explain segment <stream>/<number> | job <request id> | ticket <hash> | selection <id> | receipt <hash>

What nodes on this machine have recorded about it, in time: who could have done the work and why it was this one, what was
tried, paid, delivered, checked, won and redeemed. The answer to an AI job has its request id in Livepeer-Request-Id.

  --data-dir <folder>   a node's data directory, or a folder with several below it; may be given more than once
                        (default: those below ~/.lpData, and of the local network)
  --json                the records themselves
`;

/** Folders that are looked at when none is given. */
export function defaultRecordFolders(): string[] {
  return [join(homedir(), ".lpData"), defaultNetworkFolder()];
}

function badArgument(message: string): LpError {
  return new LpError({ code: "bad_flag", message });
}

function subjectOf(kind: string | undefined, id: string | undefined): Subject {
  if (id === undefined || id === "")
    throw badArgument(`what ${kind ?? "is to be explained"}? See livepeer explain --help`);
  if (kind === "segment") {
    const match = /^(.+)\/(\d{1,15})$/.exec(id);
    if (match === null) throw badArgument(`"${id}" names no segment: write <stream>/<number>, for example abc/12`);
    return { kind, manifestId: match[1] as string, seqNo: Number(match[2]) };
  }
  if (kind === "job" || kind === "ticket" || kind === "selection" || kind === "receipt") return { kind, id };
  throw badArgument(`"${kind}" cannot be explained: give segment, job, ticket, selection or receipt`);
}

/** `livepeer explain`. */
export async function explainCommand(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      "data-dir": { type: "string", multiple: true },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help || positionals.length === 0) {
    process.stdout.write(usage);
    return;
  }
  const subject = subjectOf(positionals[0], positionals[1]);
  const nodes = openRecords(values["data-dir"] ?? defaultRecordFolders());
  try {
    const chain = causalChain(nodes, subject);
    if (chain.length === 0) {
      throw new LpError({
        code: "not_recorded",
        message: `nothing is recorded about ${positionals.slice(0, 2).join(" ")}: records are kept for 30 days by the node that did the work (looked at ${nodes.map(({ node }) => node).join(", ")})`,
      });
    }
    process.stdout.write(values.json ? `${toJson(chain)}\n` : `${chain.flatMap(describeRecord).join("\n")}\n`);
  } finally {
    for (const node of nodes) await node.close();
  }
}
