import { access, constants, stat, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { DoctorCheck } from "../doctor-check.ts";
import { error, type Finding, warning } from "../finding.ts";
import { formatBytes } from "../format-bytes.ts";
import { localTranscoderOf } from "./node-and-ffmpeg.ts";

/** Below this records and tickets soon cannot be written, bytes. */
const leastBytes = 256 * 1024 * 1024;
/** Below this an operator wants to know, bytes. */
const wantedBytes = 2 * 1024 * 1024 * 1024;

export const diskSpace: DoctorCheck = {
  name: "disk",
  looksAt: "free space of the data directory, and the folder for work files",
  concerns: () => true,
  async run(subject) {
    const { dataDir } = subject.config;
    const work = join(dataDir, "work");
    const findings: Finding[] = [];
    const facts = await statfs(await existing(dataDir));
    const free = Number(facts.bavail) * Number(facts.bsize);
    if (free < wantedBytes) {
      const make = free < leastBytes ? error : warning;
      findings.push(
        make(
          "disk_full",
          `${formatBytes(free)} are free where ${dataDir} is.`,
          "Winning tickets and records are stored there before work is acknowledged.",
          `Free space, or give a -dataDir with ${formatBytes(wantedBytes)} or more.`,
        ),
      );
    }
    const isThere = (await stat(work).catch(() => undefined)) !== undefined;
    if (localTranscoderOf(subject) !== undefined && isThere && !(await isWritable(work)))
      findings.push(
        error(
          "work_folder_not_writable",
          `${work} cannot be written by this user.`,
          "Segments are transcoded there.",
          "Give it to the user of the service (chown), or delete it: the node makes it again.",
        ),
      );
    return findings;
  },
};

async function existing(folder: string): Promise<string> {
  const isThere = (await stat(folder).catch(() => undefined)) !== undefined;
  return isThere || dirname(folder) === folder ? folder : existing(dirname(folder));
}

function isWritable(folder: string): Promise<boolean> {
  return access(folder, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
}
