import { type Hex, weiPerEther } from "@livepeer-ts/kernel";
import type { Anvil } from "@livepeer-ts/protocol/adapters";
import { bringUpDevnet, type DeployParams, type Devnet } from "@livepeer-ts/protocol/deploy";
import { developmentKeys } from "../../node/src/up/development-keys.ts";

/** Deploys the contracts, with one orchestrator staked that takes no share, at an address where nobody listens. */
export function stakedDevnet(anvil: Anvil, gatewayKeys: readonly Hex[], params?: DeployParams): Promise<Devnet> {
  const [key] = developmentKeys.orchestrators;
  const stake = { amountWei: 100n * weiPerEther, rewardCut: 0n, feeShare: 0n };
  return bringUpDevnet({
    ...(params === undefined ? {} : { params }),
    rpcUrl: anvil.rpcUrl,
    deployerKey: developmentKeys.deployer,
    orchestrators: [{ key, serviceUri: "https://127.0.0.1:1", ...stake }],
    gateways: gatewayKeys.map((gateway) => ({ key: gateway, depositWei: weiPerEther, reserveWei: weiPerEther })),
  });
}
