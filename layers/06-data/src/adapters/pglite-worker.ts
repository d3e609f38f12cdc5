// Thread in which PGlite lives: its queries run to the end without giving way, so they must not run beside video.
import { writeFile } from "node:fs/promises";
import { parentPort, workerData } from "node:worker_threads";
import { PGlite } from "@electric-sql/pglite";
import { parseSqlInteger, sqlTypes, toSqlParameter } from "../platform-db/sql-values.ts";
import type { PgliteAnswer, PgliteRequest, PgliteWorkerData } from "./pglite-messages.ts";

if (parentPort !== null) {
  const port = parentPort;
  const { dataDir, template } = workerData as PgliteWorkerData;
  const db = await PGlite.create({
    ...(dataDir === undefined ? {} : { dataDir }),
    ...(template === undefined ? {} : { loadDataDir: new Blob([new Uint8Array(template)]) }),
    parsers: { [sqlTypes.int8]: parseSqlInteger, [sqlTypes.numeric]: parseSqlInteger },
  });

  const perform = async (request: PgliteRequest): Promise<PgliteAnswer> => {
    switch (request.op) {
      case "query": {
        const result = await db.query<Record<string, unknown>>(request.text, request.params.map(toSqlParameter));
        const isWrite = /^\s*(insert|update|delete|merge|with)\b/i.test(request.text);
        return { id: request.id, rows: result.rows, changed: isWrite ? (result.affectedRows ?? 0) : undefined };
      }
      case "exec":
        await db.exec(request.text);
        return { id: request.id };
      case "dump": {
        const dump = await db.dumpDataDir("gzip");
        await writeFile(request.file, new Uint8Array(await dump.arrayBuffer()));
        return { id: request.id };
      }
      case "close":
        await db.close();
        return { id: request.id };
    }
  };

  port.on("message", async (request: PgliteRequest) => {
    try {
      port.postMessage(await perform(request));
    } catch (error) {
      const failure = error as Error & { code?: string; constraint?: string };
      port.postMessage({
        id: request.id,
        error: { message: failure.message, code: failure.code, constraint: failure.constraint },
      } satisfies PgliteAnswer);
    }
  });
  port.postMessage({ id: 0 } satisfies PgliteAnswer);
}
