import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const server = "/usr/lib/rabbitmq/bin/rabbitmq-server";

/** True when RabbitMQ is installed. Says on the console what is skipped otherwise. */
export function hasRabbitmq(): boolean {
  const isThere = existsSync(server) && spawnSync("which", ["epmd"], { stdio: "ignore" }).status === 0;
  if (!isThere)
    console.warn("RabbitMQ is missing (Debian: rabbitmq-server): the tests of transcode events are skipped");
  return isThere;
}

/** A broker of one test: its own folder and free ports on loopback. */
export type PrivateRabbitmq = { readonly url: string; stop(): Promise<void> };

/** Starts RabbitMQ. Rejects with its last words when it does not come up. */
export async function startRabbitmq(): Promise<PrivateRabbitmq> {
  const folder = await mkdtemp(join(tmpdir(), "livepeer-rabbitmq-"));
  const [port, names, distribution] = [await freePort(), await freePort(), await freePort()];
  await writeFile(join(folder, "rabbitmq.conf"), `listeners.tcp.default = 127.0.0.1:${port}\n`);
  const env = {
    ...process.env,
    HOME: folder,
    ERL_EPMD_PORT: String(names),
    ERL_EPMD_ADDRESS: "127.0.0.1",
    RABBITMQ_NODENAME: `test${port}@localhost`,
    RABBITMQ_MNESIA_BASE: join(folder, "mnesia"),
    RABBITMQ_LOG_BASE: join(folder, "log"),
    RABBITMQ_LOGS: "-",
    RABBITMQ_CONFIG_FILE: join(folder, "rabbitmq.conf"),
    RABBITMQ_CONF_ENV_FILE: "/dev/null",
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, "plugins"),
    RABBITMQ_PID_FILE: join(folder, "pid"),
    RABBITMQ_DIST_PORT: String(distribution),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "-kernel inet_dist_use_interface {127,0,0,1}",
  };
  const nameServer = spawn("epmd", ["-port", String(names), "-address", "127.0.0.1"], { env, stdio: "ignore" });
  // a group of its own: the script starts the machine as a child
  const broker = spawn(server, [], { env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const stop = async () => {
    await ended(broker, () => process.kill(-(broker.pid as number), "SIGKILL"));
    await ended(nameServer, () => nameServer.kill());
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await started(broker);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `amqp://guest:guest@127.0.0.1:${port}`, stop };
}

function started(broker: ChildProcess): Promise<void> {
  let said = "";
  return new Promise((resolve, reject) => {
    for (const stream of [broker.stdout, broker.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        said = (said + text).slice(-4000);
        if (said.includes("Server startup complete")) resolve();
      });
    }
    broker.on("error", reject);
    broker.on("exit", (code) => reject(new Error(`RabbitMQ ended with ${code}: ${said}`)));
  });
}

async function ended(child: ChildProcess, kill: () => void): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  kill();
  await gone;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, "close");
  return port;
}
