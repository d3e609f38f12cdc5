import { execFile } from "node:child_process";
import type { DoctorCheck } from "../doctor-check.ts";
import { warning } from "../finding.ts";

const askMs = 5000;

export const timeSync: DoctorCheck = {
  name: "clock",
  looksAt: "whether the system keeps the clock right",
  concerns: () => true,
  async run() {
    if ((await askTimedatectl()) !== "no") return [];
    return [
      warning(
        "clock_not_synchronized",
        "The system's clock is not synchronized.",
        "Tokens, rounds and certificates go by the clock; one that drifts refuses what is right.",
        "timedatectl set-ntp true, or run chrony.",
      ),
    ];
  },
};

/** `yes` or `no`; undefined where there is no systemd to ask. */
function askTimedatectl(): Promise<string | undefined> {
  return new Promise((resolve) => {
    const args = ["show", "--property=NTPSynchronized", "--value"];
    execFile("timedatectl", args, { timeout: askMs }, (cause, stdout) =>
      resolve(cause === null ? stdout.trim() : undefined),
    );
  });
}
