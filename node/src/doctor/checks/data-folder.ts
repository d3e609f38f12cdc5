import { access, constants, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { livepeerDbVersion, nodeDatabaseFiles } from "@livepeer-ts/data";
import { errorText } from "@livepeer-ts/kernel";
import type { DoctorCheck } from "../doctor-check.ts";
import type { DoctorSubject } from "../doctor-subject.ts";
import { error, type Finding } from "../finding.ts";
import { processText, processWithFile } from "../process-holding.ts";

export const dataFolder: DoctorCheck = {
  name: "data directory",
  looksAt: "who may write it, which chain and version its database is of, and whether another process uses it",
  concerns: () => true,
  async run(subject) {
    const { dataDir } = subject.config;
    const facts = await stat(dataDir).catch(() => undefined);
    if (facts === undefined) return canBeMade(dataDir);
    if (!facts.isDirectory())
      return [
        error(
          "data_dir_no_folder",
          `${dataDir} is not a folder.`,
          "The node does not start.",
          "Give another -dataDir.",
        ),
      ];
    const findings: Finding[] = [...(await isWritable(dataDir))];
    if ((facts.mode & 0o002) !== 0)
      findings.push(
        error(
          "data_dir_open",
          `Everybody on this machine may write into ${dataDir}.`,
          "It holds winning tickets and the keystore.",
          `chmod o-w ${dataDir}`,
        ),
      );
    findings.push(...(await lookAtDatabase(subject, dataDir)));
    return findings;
  },
};

async function canBeMade(folder: string): Promise<Finding[]> {
  for (let parent = dirname(folder); ; parent = dirname(parent)) {
    const facts = await stat(parent).catch(() => undefined);
    if (facts === undefined && dirname(parent) !== parent) continue;
    return facts?.isDirectory() === true
      ? isWritable(parent, folder)
      : notWritable(folder, `${parent} is not a folder`);
  }
}

async function isWritable(folder: string, named = folder): Promise<Finding[]> {
  try {
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return [];
  } catch (cause) {
    return notWritable(named, errorText(cause));
  }
}

function notWritable(folder: string, because: string): Finding[] {
  return [
    error(
      "data_dir_not_writable",
      `${folder} cannot be written by this user (${because}).`,
      "The node keeps its database, keystore and work files there, and does not start.",
      "Give the folder to the user of the service (chown), run the doctor as that user, or give another -dataDir.",
    ),
  ];
}

async function lookAtDatabase(subject: DoctorSubject, dataDir: string): Promise<Finding[]> {
  const path = join(dataDir, nodeDatabaseFiles.livepeer);
  if ((await stat(path).catch(() => undefined)) === undefined) return [];
  const findings: Finding[] = [];
  const holder = subject.running === undefined ? await processWithFile(path, subject.places) : undefined;
  if (holder !== undefined)
    findings.push(
      error(
        "data_dir_in_use",
        `${processText(holder)} has the database in ${dataDir} open.`,
        "Two nodes on one data directory redeem the same tickets and send transactions with the same nonces.",
        "Stop that one, or give this node another -dataDir. If it is the node itself, give the doctor its -admin address.",
      ),
    );
  try {
    const { chainId, version } = readFacts(path);
    const chain = await (await subject.reader())?.chainId(subject.signal).catch(() => undefined);
    const expected = subject.chain === undefined ? 0n : chain;
    if (chainId !== undefined && expected !== undefined && chainId !== expected)
      findings.push(
        error(
          "database_wrong_chain",
          `The database in ${dataDir} belongs to chain ${chainId}; the node would work on ${expected === 0n ? "no chain" : `chain ${expected}`}.`,
          "Its tickets and blocks mean nothing there, and the node does not start.",
          "Check -network and -ethUrl, or give another -dataDir.",
        ),
      );
    if (version > livepeerDbVersion)
      findings.push(
        error(
          "database_too_new",
          `The database in ${dataDir} has version ${version}; this program knows ${livepeerDbVersion}.`,
          "A newer program wrote it.",
          "Start the newer program again, or give another -dataDir.",
        ),
      );
  } catch (cause) {
    findings.push(
      error(
        "database_unreadable",
        `${path} cannot be read (${errorText(cause)}).`,
        "The node does not start.",
        "Check who owns the file; if it is damaged, move it away together with its -wal and -shm files and keep them: they may hold tickets.",
      ),
    );
  }
  return findings;
}

/** What `kv` says. Opens the file for reading only. */
function readFacts(path: string): { chainId: bigint | undefined; version: number } {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    const value = (key: string) => {
      const row = db.prepare("SELECT value FROM kv WHERE key = ?").get(key);
      return row === undefined || row["value"] === null ? "" : String(row["value"]);
    };
    const chainId = value("chainID");
    return { chainId: chainId === "" ? undefined : BigInt(chainId), version: Number(value("dbVersion") || "0") };
  } finally {
    db.close();
  }
}
