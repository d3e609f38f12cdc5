import { LpError } from "@livepeer-ts/kernel";
import { flagsText } from "../flags/help-text.ts";
import { type DoctorReport, examine, readDoctorFlags } from "./doctor.ts";
import { doctorFlags } from "./doctor-flags.ts";

const intro = `livepeer doctor <flags of the node> | livepeer doctor -config <file>

Looks at the set-up of a node from outside and says what is wrong, why that matters and what to do. Run it as the user of the
node. Ends with 0 when nothing keeps the node from its work (there may be warnings), with 1 when something does, with 2 when its
own call is wrong. It changes nothing without -probeStores.

`;

/** `livepeer doctor`. */
export async function doctorCommand(args: readonly string[]): Promise<void> {
  const plain = args.map((arg) => arg.replace(/^--(?=[A-Za-z])/, "-"));
  if (plain.some((arg) => /^-(h|help)$/.test(arg))) {
    process.stdout.write(intro + flagsText(doctorFlags));
    return;
  }
  if (args.length === 0)
    throw new LpError({
      code: "bad_flag",
      message: "livepeer doctor looks at a node: give the node's flags, or -config with its configuration file",
    });
  const flags = readDoctorFlags(args, process.env);
  const report = await examine(flags);
  process.stdout.write(flags.bool("json") ? `${JSON.stringify(jsonOf(report))}\n` : textOf(report));
  process.exitCode = exitCodeOf(report);
}

/** 1 when something keeps the node from its work. */
export function exitCodeOf({ checks }: DoctorReport): number {
  return checks.some(({ findings }) => findings.some(({ severity }) => severity === "error")) ? 1 : 0;
}

/** The report for programs; `ok` is false when there is an error. */
export function jsonOf(report: DoctorReport): unknown {
  return { ok: exitCodeOf(report) === 0, role: report.role ?? null, checks: report.checks };
}

/** The report for people. */
export function textOf({ checks }: DoctorReport): string {
  const lines: string[] = [];
  for (const { check, looksAt, result, findings } of checks) {
    if (result === "skipped") continue;
    lines.push(`${result === "ok" ? "ok     " : "       "} ${check}: ${looksAt}`);
    for (const { severity, what, why, fix } of findings)
      lines.push(
        `${severity === "error" ? "ERROR  " : "warning"}   ${what}`,
        `            why: ${why}`,
        `            do:  ${fix}`,
      );
  }
  const all = checks.flatMap(({ findings }) => findings);
  const errors = all.filter(({ severity }) => severity === "error").length;
  const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? "" : "s"}`;
  return `${lines.join("\n")}\n\n${count(errors, "error")}, ${count(all.length - errors, "warning")}\n`;
}
