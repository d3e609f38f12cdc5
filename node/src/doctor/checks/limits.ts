import { readFile } from "node:fs/promises";
import { totalmem } from "node:os";
import { join } from "node:path";
import type { DoctorCheck } from "../doctor-check.ts";
import type { DoctorSubject } from "../doctor-subject.ts";
import { type Finding, warning } from "../finding.ts";
import { formatBytes } from "../format-bytes.ts";
import { localTranscoderOf } from "./node-and-ffmpeg.ts";

/** Sockets, files and pipes of a busy node. */
const wantedFiles = 8192;
/** A node without video, bytes. */
const wantedBytes = 512 * 1024 * 1024;
/** With a transcoder or a gateway's segments, bytes. */
const wantedMediaBytes = 2 * 1024 * 1024 * 1024;

export const limits: DoctorCheck = {
  name: "limits",
  looksAt: "open files and memory",
  concerns: () => true,
  async run(subject) {
    return [...(await lookAtFiles(subject)), ...(await lookAtMemory(subject))];
  },
};

/** Those of this process: a service has the limits of its unit. */
async function lookAtFiles({ places }: DoctorSubject): Promise<Finding[]> {
  const text = await readFile(join(places.procFolder, "self", "limits"), "utf8").catch(() => "");
  const soft = /^Max open files\s+(\d+|unlimited)/m.exec(text)?.[1];
  if (soft === undefined || soft === "unlimited" || Number(soft) >= wantedFiles) return [];
  return [
    warning(
      "few_open_files",
      `A process may open ${soft} files here.`,
      "Each viewer, peer and ffmpeg takes some; when none is left, connections are refused.",
      `Raise it to ${wantedFiles} or more: LimitNOFILE= in the unit, ulimits in compose, ulimit -n in a shell.`,
    ),
  ];
}

async function lookAtMemory(subject: DoctorSubject): Promise<Finding[]> {
  const { places, config } = subject;
  const text = await readFile(join(places.cgroupFolder, "memory.max"), "utf8").catch(() => "");
  const limit = /^\d+\s*$/.test(text) ? Number(text) : Number.POSITIVE_INFINITY;
  const bytes = Math.min(limit, totalmem());
  const isMedia = config.role === "gateway" || localTranscoderOf(subject) !== undefined;
  const wanted = isMedia ? wantedMediaBytes : wantedBytes;
  if (bytes >= wanted) return [];
  return [
    warning(
      "little_memory",
      `The node has ${formatBytes(bytes)} of memory${limit < totalmem() ? " (limit of its container or service)" : ""}.`,
      "When it runs out the system ends the node, with all its streams.",
      `Give it ${formatBytes(wanted)} or more${isMedia ? ", or fewer sessions (-maxSessions)" : ""}.`,
    ),
  ];
}
