// Many orchestrators in one process, each the product's role on a port and in a folder of its own. Two cores cannot run a hundred
// processes; listeners, certificates, sessions and answers are as many as there would be.
import { homedir } from "node:os";
import { join } from "node:path";
import { createRemuxBackend } from "@livepeer-ts/media/testing";
import { checkFlags } from "../../node/src/flags/check-flags.ts";
import { deprecatedFlags } from "../../node/src/flags/deprecated-flags.ts";
import { parseGoFlags } from "../../node/src/flags/go-flags.ts";
import { nodeFlags } from "../../node/src/flags/node-flags.ts";
import { createProcessPorts } from "../../node/src/process-ports.ts";
import { announcedCapabilities } from "../../node/src/roles/local-transcoder.ts";
import { runOrchestrator } from "../../node/src/roles/orchestrator.ts";
import { readSmallFile } from "../../node/src/roles/read-small-file.ts";
import { freePort } from "../../node/src/supervisor/free-port.ts";
import { serveCalls } from "../overhead/process-link.ts";

export type OrchestratorsRequest = { readonly count: number; readonly folder: string };

serveCalls({
  /** The addresses of the started ones. */
  async start({ count, folder }: OrchestratorsRequest): Promise<string[]> {
    const addresses: string[] = [];
    for (let i = 0; i < count; i++) {
      const address = `127.0.0.1:${await freePort()}`;
      const args = ["-orchestrator", "-transcoder", "-serviceAddr", address, "-dataDir", join(folder, String(i))];
      const flags = parseGoFlags(nodeFlags, { args, env: {}, readFile: readSmallFile }, deprecatedFlags);
      const { config, problems } = checkFlags(flags, { home: homedir() });
      if (config?.role !== "orchestrator") throw new Error(problems.join("\n"));
      const ports = createProcessPorts(`orchestrator-${i}`, { level: 0, format: "text" });
      await runOrchestrator(config, ports, async () => ({
        backend: createRemuxBackend(),
        capabilities: announcedCapabilities([], undefined),
        engine: "remux",
      }));
      addresses.push(address);
    }
    return addresses;
  },
});
