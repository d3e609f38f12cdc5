// A devnet with one paid orchestrator and one gateway, real processes, whose AI jobs go to a runner that answers already.
import { join } from "node:path";
import { fromHex, type Hex, weiPerEther } from "@livepeer-ts/kernel";
import { KeystoreDir, startAnvil } from "@livepeer-ts/protocol/adapters";
import { bringUpDevnet } from "@livepeer-ts/protocol/deploy";
import type { ChildRole } from "../../node/src/supervisor/child-role.ts";
import { freePort } from "../../node/src/supervisor/free-port.ts";
import { developmentKeys } from "../../node/src/up/development-keys.ts";
import type { BenchNodes } from "../bench-nodes.ts";

const password = "a password";
/** Wei for one token that is asked for. */
const tokenPriceWei = 1_000_000_000;

export const nullModel = "null";

export type PaidNetwork = {
  readonly gateway: ChildRole;
  readonly orchestrator: ChildRole;
  readonly gatewayUrl: string;
  stop(): Promise<void>;
};

/** Starts all of it; the model takes `capacity` jobs at once. */
export async function startPaidNetwork(nodes: BenchNodes, runnerUrl: string, capacity: number): Promise<PaidNetwork> {
  const anvil = await startAnvil({ blockTimeSec: 1 });
  const devnet = await bringUpDevnet({
    rpcUrl: anvil.rpcUrl,
    deployerKey: developmentKeys.deployer,
    orchestrators: [
      {
        key: developmentKeys.orchestrators[0],
        serviceUri: "https://127.0.0.1:1",
        amountWei: 100n * weiPerEther,
        rewardCut: 0n,
        feeShare: 0n,
      },
    ],
    gateways: [{ key: developmentKeys.gateway, depositWei: 10n * weiPerEther, reserveWei: 10n * weiPerEther }],
  });
  const chainFlags = async (name: string, key: Hex) => {
    const keystore = join(nodes.folder, name, "keystore");
    await new KeystoreDir(keystore).create(password, { privateKey: fromHex(key), strength: "light" });
    return [
      ...["-network", "devnet", "-ethUrl", anvil.rpcUrl, "-ethController", devnet.addresses.Controller],
      ...["-ethPassword", password, "-blockPollingInterval", "1"],
    ];
  };
  const models = [
    { pipeline: "llm", model_id: nullModel, url: runnerUrl, warm: true, capacity, price_per_unit: tokenPriceWei },
  ];
  const address = `127.0.0.1:${await freePort()}`;
  const orchestrator = await nodes.start("orchestrator", [
    ...["-orchestrator", "-aiWorker", "-aiModels", JSON.stringify(models), "-serviceAddr", address],
    ...["-pricePerUnit", "1", "-startupAvailabilityCheck=false", "-reward=false", "-cliAddr", "127.0.0.1:0"],
    ...(await chainFlags("orchestrator", developmentKeys.orchestrators[0])),
  ]);
  const httpPort = await freePort();
  const gateway = await nodes.start("gateway", [
    ...["-gateway", "-orchAddr", address, "-httpAddr", `127.0.0.1:${httpPort}`, "-cliAddr", "127.0.0.1:0"],
    ...["-rtmpAddr", `127.0.0.1:${await freePort()}`, ...(await chainFlags("gateway", developmentKeys.gateway))],
  ]);
  return { gateway, orchestrator, gatewayUrl: `http://127.0.0.1:${httpPort}`, stop: () => anvil.stop() };
}
