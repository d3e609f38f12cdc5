import { type Address, type Hex, hashFromBytes, keccak256, LpError, toAddress, utf8 } from "@livepeer-ts/kernel";
import {
  type Abi,
  type EncodeFunctionDataParameters,
  encodeDeployData,
  encodeFunctionData,
  getContractAddress,
} from "viem";
import {
  bondingManagerAbi,
  controllerAbi,
  livepeerTokenAbi,
  livepeerTokenFaucetAbi,
  managerProxyAbi,
  minterAbi,
  roundsManagerAbi,
  ticketBrokerAbi,
} from "../abi/index.ts";
import {
  adjustableRoundsManagerCode,
  bondingManagerCode,
  bondingVotesCode,
  controllerCode,
  dummyL2LptDataCacheCode,
  livepeerTokenCode,
  livepeerTokenFaucetCode,
  managerProxyCode,
  minterCode,
  roundsManagerCode,
  serviceRegistryCode,
  sortedDoublyLlCode,
  ticketBrokerCode,
} from "./bytecode/index.ts";
import type { ChainSession } from "./chain-session.ts";
import { type ContractCode, linkCode } from "./contract-code.ts";
import type { DeployParams } from "./deploy-params.ts";

/** Contracts of a deployment by their names in the Controller; a name means the proxy where there is one. */
export type ProtocolAddresses = {
  readonly Controller: Address;
  readonly LivepeerToken: Address;
  readonly Minter: Address;
  readonly BondingManager: Address;
  readonly BondingVotes: Address;
  readonly RoundsManager: Address;
  readonly TicketBroker: Address;
  readonly ServiceRegistry: Address;
  readonly L2LPTDataCache: Address;
  /** Absent when the parameters name no faucet. */
  readonly LivepeerTokenFaucet: Address | undefined;
  readonly SortedDoublyLL: Address;
  readonly BondingManagerTarget: Address;
  readonly BondingVotesTarget: Address;
  readonly RoundsManagerTarget: Address;
  readonly TicketBrokerTarget: Address;
  readonly ServiceRegistryTarget: Address;
};

/** One transaction of a deployment; its place in the list fixes its nonce, and so every address. */
export type DeployStep = {
  readonly what: string;
  readonly to?: Address;
  readonly data: Hex;
  /** Says what is not as it should be after the step, or nothing. */
  readonly verify: (session: ChainSession) => Promise<string | undefined>;
  /** A later step takes it back, so it is only checked right after it was sent. */
  readonly transient?: true;
};

export type DeployPlan = { readonly steps: readonly DeployStep[]; readonly addresses: ProtocolAddresses };

export type DeployVariant = {
  /** `adjustable` puts the RoundsManager whose block number is set by hand behind the proxy. Default `real`. */
  readonly rounds?: "real" | "adjustable";
};

const minterRole = hashFromBytes(keccak256(utf8("MINTER_ROLE")));
const constructorWithController = [
  { type: "constructor", inputs: [{ name: "_controller", type: "address" }], stateMutability: "nonpayable" },
] as const;

/** The transactions that deploy the protocol, in order, from an account whose next nonce is `startNonce`. */
export function planDeployment(
  deployer: Address,
  startNonce: number,
  params: DeployParams,
  variant: DeployVariant = {},
): DeployPlan {
  const steps: DeployStep[] = [];

  function create(
    code: ContractCode,
    abi: Abi,
    args: readonly unknown[],
    libraries?: Record<string, Address>,
  ): Address {
    const nonce = startNonce + steps.length;
    const address = toAddress(getContractAddress({ from: deployer, nonce: BigInt(nonce) }));
    steps.push({
      what: `create ${code.contractName}`,
      data: encodeDeployData({ abi, bytecode: linkCode(code, libraries), args: [...args] } as Parameters<
        typeof encodeDeployData
      >[0]),
      verify: async (session) => ((await session.hasCode(address)) ? undefined : `there is no contract at ${address}`),
    });
    return address;
  }

  function call(
    what: string,
    to: Address,
    abi: Abi,
    functionName: string,
    args: readonly unknown[],
    verify: DeployStep["verify"],
    transient = false,
  ): void {
    const data = encodeFunctionData({ abi, functionName, args } as EncodeFunctionDataParameters<Abi, string>);
    steps.push({ what, to, data, verify, ...(transient ? { transient: true as const } : {}) });
  }

  const controller = create(controllerCode, [], []);

  function register(name: string, address: Address): void {
    const id = hashFromBytes(keccak256(utf8(name)));
    call(
      `register ${name}`,
      controller,
      controllerAbi,
      "setContractInfo",
      [id, address, params.gitCommitHash],
      async (session) => {
        const found = toAddress(await session.read(controllerAbi, controller, "getContract", [id]));
        return found === address ? undefined : `${name} is registered as ${found} instead of ${address}`;
      },
    );
  }

  function createWithProxy(name: string, code: ContractCode, libraries?: Record<string, Address>) {
    const target = create(code, constructorWithController, [controller], libraries);
    const targetId = hashFromBytes(keccak256(utf8(`${name}Target`)));
    const proxy = create(managerProxyCode, managerProxyAbi, [controller, targetId]);
    register(`${name}Target`, target);
    register(name, proxy);
    return { target, proxy };
  }

  const { minter: inflation } = params;
  const minter = create(minterCode, minterAbi, [
    controller,
    inflation.inflation,
    inflation.inflationChange,
    inflation.targetBondingRate,
  ]);
  register("Minter", minter);
  const token = create(livepeerTokenCode, [], []);
  register("LivepeerToken", token);

  const ticketBroker = createWithProxy("TicketBroker", ticketBrokerCode);
  // The Minter knows the broker by its older name.
  register("JobsManager", ticketBroker.proxy);
  const sortedDoublyLL = create(sortedDoublyLlCode, [], []);
  const bondingManager = createWithProxy("BondingManager", bondingManagerCode, { SortedDoublyLL: sortedDoublyLL });
  const bondingVotes = createWithProxy("BondingVotes", bondingVotesCode);
  const roundsManager = createWithProxy(
    "RoundsManager",
    variant.rounds === "adjustable" ? adjustableRoundsManagerCode : roundsManagerCode,
  );
  const serviceRegistry = createWithProxy("ServiceRegistry", serviceRegistryCode);

  /** Sets a parameter and checks it through its getter. */
  function set(to: Address, abi: Abi, setter: string, getter: string, value: bigint): void {
    call(`${setter}(${value})`, to, abi, setter, [value], async (session) => {
      const found = BigInt((await session.read(abi, to, getter, [])) as bigint | number);
      return found === value ? undefined : `${getter} is ${found} instead of ${value}`;
    });
  }

  const { unbondingPeriod, numActiveTranscoders, treasuryRewardCutRate, treasuryBalanceCeiling } =
    params.bondingManager;
  set(bondingManager.proxy, bondingManagerAbi, "setUnbondingPeriod", "unbondingPeriod", unbondingPeriod);
  set(
    bondingManager.proxy,
    bondingManagerAbi,
    "setNumActiveTranscoders",
    "getTranscoderPoolMaxSize",
    numActiveTranscoders,
  );
  if (treasuryRewardCutRate > 0n) {
    set(
      bondingManager.proxy,
      bondingManagerAbi,
      "setTreasuryRewardCutRate",
      "nextRoundTreasuryRewardCutRate",
      treasuryRewardCutRate,
    );
  }
  if (treasuryBalanceCeiling > 0n) {
    set(
      bondingManager.proxy,
      bondingManagerAbi,
      "setTreasuryBalanceCeiling",
      "treasuryBalanceCeiling",
      treasuryBalanceCeiling,
    );
  }
  set(roundsManager.proxy, roundsManagerAbi, "setRoundLength", "roundLength", params.roundsManager.roundLength);
  set(
    roundsManager.proxy,
    roundsManagerAbi,
    "setRoundLockAmount",
    "roundLockAmount",
    params.roundsManager.roundLockAmount,
  );
  set(ticketBroker.proxy, ticketBrokerAbi, "setUnlockPeriod", "unlockPeriod", params.ticketBroker.unlockPeriod);
  set(
    ticketBroker.proxy,
    ticketBrokerAbi,
    "setTicketValidityPeriod",
    "ticketValidityPeriod",
    params.ticketBroker.ticketValidityPeriod,
  );

  function role(change: "grantRole" | "revokeRole", account: Address, who: string, transient = false): void {
    call(
      `${change === "grantRole" ? "let" : "no longer let"} ${who} mint LPT`,
      token,
      livepeerTokenAbi,
      change,
      [minterRole, account],
      async (session) => {
        const has = await session.read(livepeerTokenAbi, token, "hasRole", [minterRole, account]);
        return has === (change === "grantRole") ? undefined : `the right of ${who} to mint LPT is ${has}`;
      },
      transient,
    );
  }

  let minted = 0n;
  function mint(to: Address, amount: bigint, who: string): void {
    minted += amount;
    const atLeast = minted;
    call(`mint ${amount} LPT wei to ${who}`, token, livepeerTokenAbi, "mint", [to, amount], async (session) => {
      const supply = await session.read(livepeerTokenAbi, token, "totalSupply", []);
      return supply >= atLeast ? undefined : `the supply of LPT is ${supply}, less than ${atLeast}`;
    });
  }

  let faucet: Address | undefined;
  if (params.faucet !== undefined) {
    faucet = create(livepeerTokenFaucetCode, livepeerTokenFaucetAbi, [
      token,
      params.faucet.requestAmount,
      params.faucet.requestWaitHours,
    ]);
    register("LivepeerTokenFaucet", faucet);
  }
  const faucetSupply = params.faucet?.supply ?? 0n;
  if (faucetSupply > 0n || params.deployerSupply > 0n) {
    role("grantRole", deployer, "the deployer", true);
    if (faucet !== undefined && faucetSupply > 0n) mint(faucet, faucetSupply, "the faucet");
    if (params.deployerSupply > 0n) mint(deployer, params.deployerSupply, "the deployer");
    role("revokeRole", deployer, "the deployer");
  }
  role("grantRole", minter, "the Minter");

  const dataCache = create(dummyL2LptDataCacheCode, [], []);
  register("L2LPTDataCache", dataCache);
  call("unpause", controller, controllerAbi, "unpause", [], async (session) =>
    (await session.read(controllerAbi, controller, "paused", [])) ? "the protocol is paused" : undefined,
  );

  return {
    steps,
    addresses: {
      Controller: controller,
      LivepeerToken: token,
      Minter: minter,
      BondingManager: bondingManager.proxy,
      BondingVotes: bondingVotes.proxy,
      RoundsManager: roundsManager.proxy,
      TicketBroker: ticketBroker.proxy,
      ServiceRegistry: serviceRegistry.proxy,
      L2LPTDataCache: dataCache,
      LivepeerTokenFaucet: faucet,
      SortedDoublyLL: sortedDoublyLL,
      BondingManagerTarget: bondingManager.target,
      BondingVotesTarget: bondingVotes.target,
      RoundsManagerTarget: roundsManager.target,
      TicketBrokerTarget: ticketBroker.target,
      ServiceRegistryTarget: serviceRegistry.target,
    },
  };
}

/** What a step that does not hold means for the operator. */
export function stepMismatch(step: DeployStep, found: string): LpError {
  return new LpError({
    code: "deploy_chain_differs",
    message: `"${step.what}" was done before, but ${found}: deploy from a fresh account, on a fresh chain, or with the parameters used then`,
    details: { what: step.what, found },
  });
}
