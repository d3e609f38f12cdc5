import { type Address, type Hex, hashFromBytes, keccak256, toAddress, utf8 } from "@livepeer-ts/kernel";
import {
  type Abi,
  type EncodeFunctionDataParameters,
  encodeDeployData,
  encodeFunctionData,
  getContractAddress,
} from "viem";
import { controllerAbi, managerProxyAbi } from "../../abi/index.ts";
import { controllerCode, managerProxyCode } from "../bytecode/index.ts";
import type { ChainSession } from "../chain-session.ts";
import { type ContractCode, isMadeBy, linkCode } from "../contract-code.ts";

/** Says what is not as it should be after a step, or nothing. */
export type StepCheck = (session: ChainSession) => Promise<string | undefined>;

/** One transaction of a deployment; its place in the list fixes its nonce, and so every address. */
export type DeployStep = {
  readonly what: string;
  readonly to?: Address;
  readonly data: Hex;
  readonly verify: StepCheck;
  /** A later step takes it back, so it is only checked right after it was sent. */
  readonly transient?: true;
};

/** A call of a deployment, before it is encoded. */
export type PlannedCall = {
  readonly what: string;
  readonly to: Address;
  readonly abi: Abi;
  readonly name: string;
  readonly args: readonly unknown[];
  readonly verify: StepCheck;
  /** See `DeployStep`. */
  readonly transient?: boolean;
};

/** A contract behind a proxy: where its code is, and where everybody calls it. */
export type Proxied = { readonly target: Address; readonly proxy: Address };

/** Id of a name in the Controller. */
export function registryId(name: string): Hex {
  return hashFromBytes(keccak256(utf8(name)));
}

/** Collects the transactions of a deployment in order; the first creates the Controller. */
export class PlanBuilder {
  readonly deployer: Address;
  readonly controller: Address;
  readonly #startNonce: number;
  readonly #gitCommitHash: Hex;
  readonly #steps: DeployStep[] = [];

  constructor(deployer: Address, startNonce: number, gitCommitHash: Hex) {
    this.deployer = deployer;
    this.#startNonce = startNonce;
    this.#gitCommitHash = gitCommitHash;
    this.controller = this.create(controllerCode, controllerAbi, []);
  }

  get steps(): readonly DeployStep[] {
    return this.#steps;
  }

  /** Creates a contract; returns the address it will have. */
  create(
    code: ContractCode,
    abi: Abi,
    args: readonly unknown[],
    libraries: Readonly<Record<string, Address>> = {},
  ): Address {
    const nonce = BigInt(this.#startNonce + this.#steps.length);
    const address = toAddress(getContractAddress({ from: this.deployer, nonce }));
    const bytecode = linkCode(code, libraries);
    this.#steps.push({
      what: `create ${code.contractName}`,
      data: encodeDeployData({ abi, bytecode, args: [...args] } as Parameters<typeof encodeDeployData>[0]),
      verify: async (session) => {
        const found = await session.code(address);
        if (found === "0x") return `there is no contract at ${address}`;
        return isMadeBy({ ...code, bytecode }, found) ? undefined : `the contract at ${address} is another one`;
      },
    });
    return address;
  }

  /** Calls a contract. */
  call(planned: PlannedCall): void {
    const { what, to, abi, name, args, verify, transient } = planned;
    const data = encodeFunctionData({ abi, functionName: name, args } as EncodeFunctionDataParameters<Abi, string>);
    this.#steps.push({ what, to, data, verify, ...(transient === true ? { transient } : {}) });
  }

  /** Names a contract in the Controller. */
  register(name: string, address: Address): void {
    const id = registryId(name);
    this.call({
      what: `register ${name}`,
      to: this.controller,
      abi: controllerAbi,
      name: "setContractInfo",
      args: [id, address, this.#gitCommitHash],
      verify: async (session) => {
        const found = toAddress(await session.read(controllerAbi, this.controller, "getContract", [id]));
        return found === address ? undefined : `${name} is registered as ${found} instead of ${address}`;
      },
    });
  }

  /** Creates a contract of the Controller's and the proxy in front of it, and names both. */
  createProxied(
    name: string,
    code: ContractCode,
    abi: Abi,
    libraries: Readonly<Record<string, Address>> = {},
  ): Proxied {
    const target = this.create(code, abi, [this.controller], libraries);
    const proxy = this.create(managerProxyCode, managerProxyAbi, [this.controller, registryId(`${name}Target`)]);
    this.register(`${name}Target`, target);
    this.register(name, proxy);
    return { target, proxy };
  }

  /** Sets a parameter and checks it through its getter. */
  set(to: Address, abi: Abi, setter: string, getter: string, value: bigint): void {
    this.call({
      what: `${setter}(${value})`,
      to,
      abi,
      name: setter,
      args: [value],
      verify: async (session) => {
        const found = BigInt((await session.read(abi, to, getter, [])) as bigint | number);
        return found === value ? undefined : `${getter} is ${found} instead of ${value}`;
      },
    });
  }

  /** Gives an account a right, or takes it, with OpenZeppelin's access control. */
  role(change: RoleChange): void {
    const { what, contract, abi, name, role, account, has, transient } = change;
    this.call({
      what,
      to: contract,
      abi,
      name,
      args: [role, account],
      verify: async (session) =>
        (await session.read(abi, contract, "hasRole", [role, account])) === has
          ? undefined
          : `${account} ${has ? "lacks" : "still has"} the right`,
      ...(transient === undefined ? {} : { transient }),
    });
  }
}

/** A change of rights; `has` says whether the account has the right afterwards. */
export type RoleChange = {
  readonly what: string;
  readonly contract: Address;
  readonly abi: Abi;
  readonly name: "grantRole" | "revokeRole" | "renounceRole";
  readonly role: Hex;
  readonly account: Address;
  readonly has: boolean;
  readonly transient?: boolean;
};
