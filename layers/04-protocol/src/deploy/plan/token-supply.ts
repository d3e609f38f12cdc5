import type { Address, Hex } from "@livepeer-ts/kernel";
import { livepeerTokenAbi, livepeerTokenFaucetAbi } from "../../abi/index.ts";
import { livepeerTokenFaucetCode } from "../bytecode/index.ts";
import type { DeployParams } from "../deploy-params.ts";
import type { CoreContracts } from "./core-contracts.ts";
import { type PlanBuilder, registryId } from "./plan-builder.ts";

/** Role of OpenZeppelin's access control that may hand out all others. */
export const defaultAdminRole: Hex = `0x${"00".repeat(32)}`;
/** Role that may mint LPT. */
export const minterRole: Hex = registryId("MINTER_ROLE");
/** Role that may burn LPT. */
export const burnerRole: Hex = registryId("BURNER_ROLE");

/** Faucet and first LPT of a test network, and the Minter's right to issue more. Returns the faucet. */
export function planTokenSupply(plan: PlanBuilder, core: CoreContracts, params: DeployParams): Address | undefined {
  const { token, minter } = core;
  const { deployer } = plan;
  let faucet: Address | undefined;
  if (params.faucet !== undefined) {
    const { requestAmount, requestWaitHours } = params.faucet;
    faucet = plan.create(livepeerTokenFaucetCode, livepeerTokenFaucetAbi, [token, requestAmount, requestWaitHours]);
    plan.register("LivepeerTokenFaucet", faucet);
  }

  let minted = 0n;
  function mint(to: Address, amount: bigint, who: string): void {
    if (amount === 0n) return;
    minted += amount;
    const atLeast = minted;
    plan.call({
      what: `mint ${amount} LPT wei to ${who}`,
      to: token,
      abi: livepeerTokenAbi,
      name: "mint",
      args: [to, amount],
      verify: async (session) => {
        const supply = await session.read(livepeerTokenAbi, token, "totalSupply", []);
        return supply >= atLeast ? undefined : `the supply of LPT is ${supply}, less than ${atLeast}`;
      },
    });
  }

  const right = { contract: token, abi: livepeerTokenAbi, role: minterRole };
  const faucetSupply = params.faucet?.supply ?? 0n;
  if (faucetSupply > 0n || params.deployerSupply > 0n) {
    plan.role({
      ...right,
      what: "let the deployer mint LPT",
      name: "grantRole",
      account: deployer,
      has: true,
      transient: true,
    });
    if (faucet !== undefined) mint(faucet, faucetSupply, "the faucet");
    mint(deployer, params.deployerSupply, "the deployer");
    plan.role({
      ...right,
      what: "no longer let the deployer mint LPT",
      name: "revokeRole",
      account: deployer,
      has: false,
    });
  }
  plan.role({ ...right, what: "let the Minter mint LPT", name: "grantRole", account: minter, has: true });
  return faucet;
}
