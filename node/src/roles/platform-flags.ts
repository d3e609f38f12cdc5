import { randomBytes } from "node:crypto";
import { LpError } from "@livepeer-ts/kernel";

export type PlatformFlags = {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly cacheDir: string;
  readonly webDir: string | undefined;
  readonly gatewayUrl: string;
  readonly publicUrl: string | undefined;
  readonly chainUrls: readonly string[];
  readonly controller: string | undefined;
  readonly startBlock: bigint;
  readonly devnet: boolean;
  readonly databaseUrl: string | undefined;
  readonly internalToken: string;
  readonly apiKey: string | undefined;
};

const usage = `livepeer platform --data-dir <folder> --gateway-url <url>
  [--host 127.0.0.1] [--port 3004] [--cache-dir <folder>] [--web-dir <folder>] [--public-url <url>]
  [--chain-url <urls>] [--controller <address>] [--start-block <n>] [--devnet]
Environment: DATABASE_URL (PostgreSQL instead of the embedded database), LP_EVENTSTOKEN (shared with the nodes), LIVEPEER_API_KEY`;

/** Flags and environment of the platform. Throws `bad_flag` with the usage. */
export function parsePlatformFlags(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): PlatformFlags {
  const given = new Map<string, string>();
  for (let i = 0; i < args.length; i++) {
    const name = args[i] as string;
    if (name === "--devnet") given.set(name, "true");
    else if (name.startsWith("--") && args[i + 1] !== undefined) given.set(name, args[++i] as string);
    else throw new LpError({ code: "bad_flag", message: `"${name}" is not understood.\n${usage}` });
  }
  const known = [
    "--host",
    "--port",
    "--data-dir",
    "--cache-dir",
    "--web-dir",
    "--gateway-url",
    "--public-url",
    "--chain-url",
    "--controller",
    "--start-block",
    "--devnet",
  ];
  for (const name of given.keys()) {
    if (!known.includes(name))
      throw new LpError({ code: "bad_flag", message: `${name} is not a flag of the platform.\n${usage}` });
  }
  const dataDir = given.get("--data-dir");
  const gatewayUrl = given.get("--gateway-url");
  if (dataDir === undefined || gatewayUrl === undefined) {
    throw new LpError({ code: "bad_flag", message: `--data-dir and --gateway-url are needed.\n${usage}` });
  }
  const port = Number(given.get("--port") ?? 3004);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new LpError({ code: "bad_flag", message: `--port ${given.get("--port")} is no port` });
  return {
    host: given.get("--host") ?? "127.0.0.1",
    port,
    dataDir,
    cacheDir: given.get("--cache-dir") ?? dataDir,
    webDir: given.get("--web-dir"),
    gatewayUrl,
    publicUrl: given.get("--public-url"),
    chainUrls: (given.get("--chain-url") ?? "").split(",").filter((url) => url !== ""),
    controller: given.get("--controller"),
    startBlock: BigInt(given.get("--start-block") ?? "0"),
    devnet: given.has("--devnet"),
    databaseUrl: env["DATABASE_URL"],
    internalToken: env["LP_EVENTSTOKEN"] || randomBytes(24).toString("hex"),
    apiKey: env["LIVEPEER_API_KEY"],
  };
}
