import { execFileSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LpError } from "@livepeer-ts/kernel";

/** A PostgreSQL server of one's own, on loopback, that leaves nothing behind. */
export type PrivatePostgres = { readonly url: string; stop(): void };

/** Folder of PostgreSQL's programs; undefined when it is not installed. */
function findPrograms(): string | undefined {
  const debian = "/usr/lib/postgresql";
  const folders = existsSync(debian)
    ? readdirSync(debian)
        .toSorted((a, b) => Number(b) - Number(a))
        .map((version) => join(debian, version, "bin"))
    : [];
  for (const folder of [...folders, ...(process.env["PATH"] ?? "").split(":")]) {
    if (existsSync(join(folder, "initdb")) && existsSync(join(folder, "pg_ctl"))) return folder;
  }
  return undefined;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/**
 * Starts a server, or uses the one that `DATABASE_TEST_URL` names.
 * Throws `postgres_missing` when neither is there.
 */
export async function startPrivatePostgres(): Promise<PrivatePostgres> {
  const given = process.env["DATABASE_TEST_URL"];
  if (given !== undefined && given !== "") return { url: given, stop() {} };
  const programs = findPrograms();
  if (programs === undefined) {
    throw new LpError({
      code: "postgres_missing",
      message:
        "PostgreSQL is not installed: install it (Debian: apt-get install -y postgresql), or set DATABASE_TEST_URL to an empty database",
    });
  }
  const folder = mkdtempSync(join(tmpdir(), "lp-postgres-"));
  const data = join(folder, "data");
  const isRoot = process.getuid?.() === 0;
  if (isRoot) {
    // PostgreSQL refuses to run as root.
    const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
    chownSync(folder, id("-u"), id("-g"));
  }
  const run = (program: string, ...args: string[]) => {
    const command = join(programs, program);
    // Its output goes to a file: a server that inherits a pipe would keep the caller waiting.
    if (isRoot) execFileSync("runuser", ["-u", "postgres", "--", command, ...args], { stdio: "ignore", cwd: folder });
    else execFileSync(command, args, { stdio: "ignore", cwd: folder });
  };
  const port = await freePort();
  try {
    run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--no-locale");
    const settings = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${folder} -c fsync=off`;
    run("pg_ctl", "-D", data, "-w", "-l", join(folder, "log"), "-o", settings, "start");
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    stop() {
      run("pg_ctl", "-D", data, "-m", "fast", "-w", "stop");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
