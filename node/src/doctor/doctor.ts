import { homedir } from "node:os";
import { errorText, silentLogger } from "@livepeer-ts/kernel";
import { AdminClient } from "../cli/admin-client.ts";
import { parseBindAddress } from "../flags/bind-address.ts";
import { checkFlags } from "../flags/check-flags.ts";
import { deprecatedFlags } from "../flags/deprecated-flags.ts";
import { type FlagValues, parseGoFlags } from "../flags/go-flags.ts";
import { nodeFlags } from "../flags/node-flags.ts";
import { createProcessPorts } from "../process-ports.ts";
import { readSmallFile } from "../roles/read-small-file.ts";
import { doctorChecks } from "./checks/index.ts";
import { lookAtNode, runningNode } from "./checks/running-node.ts";
import type { DoctorCheck } from "./doctor-check.ts";
import { doctorFlags } from "./doctor-flags.ts";
import { DoctorSubject } from "./doctor-subject.ts";
import { error, type Finding, warning } from "./finding.ts";
import { type MachinePlaces, thisMachine } from "./machine-places.ts";

/** What one check came to. */
export type CheckReport = {
  readonly check: string;
  readonly looksAt: string;
  /** `skipped`: the node has nothing of the kind. */
  readonly result: "ok" | "found" | "skipped";
  readonly findings: readonly Finding[];
};

export type DoctorReport = {
  /** Undefined when the flags say nothing usable. */
  readonly role: string | undefined;
  readonly checks: readonly CheckReport[];
};

/** Flags that say nothing about a set-up but how to get into a running node. */
const adminTokens = ["cliToken", "cliReadToken"];
/** One check is given up after this, ms. */
const checkMs = 30_000;

/** The flags of the doctor and of the node. Throws `bad_flag`. */
export function readDoctorFlags(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): FlagValues {
  return parseGoFlags([...nodeFlags, ...doctorFlags], { args, env, readFile: readSmallFile }, deprecatedFlags);
}

/** Looks at a set-up. Nothing is changed but what the flags of the doctor ask for. */
export async function examine(flags: FlagValues, places: MachinePlaces = thisMachine): Promise<DoctorReport> {
  const running = adminOf(flags);
  if (running !== undefined && !nodeFlags.some(({ name }) => flags.isSet(name) && !adminTokens.includes(name))) {
    const { name, looksAt } = runningNode;
    return { role: undefined, checks: [report(name, looksAt, await lookAtNode(running, undefined))] };
  }
  const { config, problems, warnings } = checkFlags(flags, { home: homedir() });
  const flagReport = report("flags", "whether they fit together", [
    ...problems.map((what) =>
      error("bad_flag", what, "The node does not start.", "Change the flag or the configuration file."),
    ),
    ...warnings.map((what) =>
      warning("odd_flag", what, "The node starts all the same.", "Change or leave out the flag."),
    ),
  ]);
  // what cannot be understood cannot be looked at
  if (config === undefined) return { role: undefined, checks: [flagReport] };
  const ports = createProcessPorts("doctor", { level: 0, format: "text" });
  const subject = new DoctorSubject({
    config,
    // the findings say it; a log beside them would say it twice
    ports: { ...ports, logger: silentLogger },
    places,
    wishes: { probeStores: flags.bool("probeStores") },
    running,
    written: (name) => flags.written(name),
  });
  try {
    const reports = await Promise.all(doctorChecks.map((check) => runCheck(check, subject)));
    return { role: config.role, checks: [flagReport, ...reports] };
  } finally {
    await subject.close();
    await ports.tasks.stop();
    await ports.net.stop();
  }
}

function adminOf(flags: FlagValues): AdminClient | undefined {
  const text = flags.get("admin");
  if (text === "") return undefined;
  const { host, port } = parseBindAddress(text, { host: "127.0.0.1", port: 7935 }, "admin");
  const token = flags.get("cliReadToken") || flags.get("cliToken") || undefined;
  return new AdminClient({ host, port: String(port), token });
}

async function runCheck(check: DoctorCheck, subject: DoctorSubject): Promise<CheckReport> {
  const { name, looksAt } = check;
  if (!check.concerns(subject)) return { check: name, looksAt, result: "skipped", findings: [] };
  const deadline = subject.ports.clock.deadline(checkMs, subject.signal);
  const late = new Promise<never>((_resolve, reject) => {
    deadline.signal.addEventListener("abort", () => reject(new Error(`it took longer than ${checkMs / 1000} s`)), {
      once: true,
    });
  });
  try {
    return report(name, looksAt, await Promise.race([check.run(subject), late]));
  } catch (cause) {
    return report(name, looksAt, [
      error(
        "not_checked",
        `This could not be looked at: ${errorText(cause)}`,
        "Whether it is right is not known.",
        "Set right what the other findings say, then run the doctor again.",
      ),
    ]);
  } finally {
    deadline.clear();
  }
}

function report(check: string, looksAt: string, findings: readonly Finding[]): CheckReport {
  return { check, looksAt, result: findings.length === 0 ? "ok" : "found", findings };
}
