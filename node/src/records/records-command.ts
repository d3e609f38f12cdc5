import { once } from "node:events";
import { parseArgs } from "node:util";
import { LpError, toHex } from "@livepeer-ts/kernel";
import { defaultRecordFolders } from "./explain-command.ts";
import { openRecords } from "./open-records.ts";

const usage = `livepeer records export [flags]

Everything that nodes on this machine have recorded, and the receipts they signed or got, one JSON object per line.

  --data-dir <folder>   a node's data directory, or a folder with several below it; may be given more than once
  --since <time>        only what was recorded then or later, for example 2026-11-25T21:00:00Z
`;

const pageSize = 1000;

async function writeLine(value: Readonly<Record<string, unknown>>): Promise<void> {
  const text = JSON.stringify(value, (_name, item) => (typeof item === "bigint" ? item.toString() : item));
  if (!process.stdout.write(`${text}\n`)) await once(process.stdout, "drain");
}

function since(text: string | undefined): number {
  if (text === undefined) return 0;
  const at = Date.parse(text);
  if (Number.isNaN(at)) {
    throw new LpError({
      code: "bad_flag",
      message: `--since "${text}" is no time: write it like 2026-11-25T21:00:00Z`,
    });
  }
  return at;
}

/** `livepeer records`. */
export async function recordsCommand(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      "data-dir": { type: "string", multiple: true },
      since: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help || positionals[0] !== "export") {
    process.stdout.write(usage);
    if (!values.help && positionals.length > 0) {
      throw new LpError({
        code: "bad_flag",
        message: `"${positionals[0]}" is nothing that can be done with records: export`,
      });
    }
    return;
  }
  const from = since(values.since);
  const nodes = openRecords(values["data-dir"] ?? defaultRecordFolders());
  try {
    for (const { node, records, receipts } of nodes) {
      for (let after = 0; ; ) {
        const page = records.list(after, pageSize);
        for (const record of page) if (record.at >= from) await writeLine({ kind: "record", node, ...record });
        after = page.at(-1)?.seq ?? after;
        if (page.length < pageSize) break;
      }
      for (const side of ["issued", "received"] as const) {
        for (let skip = 0; ; skip += pageSize) {
          const page = await receipts.list({ side, storedFrom: from, skip, limit: pageSize });
          for (const { encoded, signature, ...rest } of page) {
            await writeLine({ kind: "receipt", node, ...rest, encoded: toHex(encoded), signature: toHex(signature) });
          }
          if (page.length < pageSize) break;
        }
      }
    }
  } finally {
    for (const node of nodes) await node.close();
  }
}
