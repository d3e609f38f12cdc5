// Contracts that programs expect at addresses they have built in. A development node lets them be put there.
import { type Address, LpError, toAddress } from "@livepeer-ts/kernel";
import { aiServiceRegistryAbi, multicall3Abi } from "../abi/index.ts";
import { aiServiceRegistryRuntimeCode, multicall3Code } from "./bytecode/index.ts";
import type { ChainSession } from "./chain-session.ts";

/** Where chain clients expect Multicall3. */
export const multicall3Address: Address = toAddress("0xcA11bde05977b3631167028862bE2a173976CA11");

/** Where nodes with `-aiServiceRegistry` expect the registry of AI services. */
export const aiServiceRegistryAddress: Address = toAddress("0x04C0b249740175999E5BF5c9ac1dA92431EF34C5");

/** Puts Multicall3 at its usual address; does nothing when it answers there already. */
export async function installMulticall3(session: ChainSession): Promise<Address> {
  if (!(await session.hasCode(multicall3Address))) {
    await session.rpc("anvil_setCode", [multicall3Address, multicall3Code.bytecode]);
  }
  const chainId = await session.read(multicall3Abi, multicall3Address, "getChainId", []);
  if (chainId !== BigInt(session.chainId)) {
    throw new LpError({
      code: "devnet_multicall_failed",
      message: `the contract at ${multicall3Address} is not Multicall3: start with a fresh chain`,
    });
  }
  return multicall3Address;
}

/** Puts an AIServiceRegistry of the Controller's at the built-in address; does nothing when there is a contract. */
export async function installAiServiceRegistry(session: ChainSession, controller: Address): Promise<Address> {
  if (!(await session.hasCode(aiServiceRegistryAddress))) {
    await session.rpc("anvil_setCode", [aiServiceRegistryAddress, aiServiceRegistryRuntimeCode.bytecode]);
    // Its constructor did not run: the Controller is in the first storage slot.
    const word = `0x${controller.slice(2).padStart(64, "0")}`;
    await session.rpc("anvil_setStorageAt", [aiServiceRegistryAddress, "0x0", word]);
  }
  await session.read(aiServiceRegistryAbi, aiServiceRegistryAddress, "getServiceURI", [controller]);
  return aiServiceRegistryAddress;
}
