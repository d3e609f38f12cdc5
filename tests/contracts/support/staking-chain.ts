import { type Address, type Hex, hashFromBytes, keccak256, toAddress, toHex, utf8 } from "@livepeer-ts/kernel";
import { controllerAbi, multicall3Abi } from "@livepeer-ts/protocol/abi";
import {
  type DeployParams,
  deployProtocol,
  installMulticall3,
  multicall3Address,
  openChainSession,
  type ProtocolAddresses,
} from "@livepeer-ts/protocol/deploy";
import {
  type Abi,
  type DecodeFunctionResultParameters,
  decodeFunctionResult,
  type EncodeFunctionDataParameters,
  encodeFunctionData,
} from "viem";
import { revertReason } from "./revert-reason.ts";
import { testAccount } from "./test-accounts.ts";

/** A function of a contract with its arguments. */
export type ContractCall = {
  readonly abi: Abi;
  readonly to: Address;
  readonly name: string;
  readonly args: readonly unknown[];
  /** Ether that goes with it, wei. */
  readonly value?: bigint;
};

/** Why a call reverted, in words: see `revertReason`. */
export class Reverted {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** An event as the node gives it. */
export type ChainLog = { readonly address: string; readonly data: Hex; readonly topics: [Hex, ...Hex[]] };

type Receipt = { readonly status: string; readonly logs: readonly ChainLog[] };

type RpcAnswer = {
  readonly result?: unknown;
  readonly error?: { readonly message: string; readonly data?: unknown };
};

/** Fits the largest call of the protocol, and a block. */
const callGas: Hex = "0xb71b00";
/** Above what a young chain asks for, which falls with blocks that are nearly empty. */
const gasPrice: Hex = "0x77359400";

/** Our contracts on a development chain with a round clock that is set by hand. */
export class StakingChain {
  readonly addresses: ProtocolAddresses;
  /** The node's own accounts that can play a part. */
  readonly accounts: readonly Address[];
  /** Owner of the Controller; holds the LPT that the parameters give it. */
  readonly deployer: Address;
  readonly #rpcUrl: string;
  #requests = 0;

  constructor(rpcUrl: string, addresses: ProtocolAddresses, deployer: Address, accounts: readonly Address[]) {
    this.#rpcUrl = rpcUrl;
    this.addresses = addresses;
    this.deployer = deployer;
    this.accounts = accounts;
  }

  /** Deploys the protocol from anvil's first account. */
  static async deploy(rpcUrl: string, params: DeployParams): Promise<StakingChain> {
    const session = await openChainSession({ rpcUrl, blocks: "request" }, params.chainId);
    const { key, address } = testAccount(0);
    const { addresses } = await deployProtocol({ session, deployerKey: key, params, rounds: "adjustable" });
    await installMulticall3(session);
    const accounts = (await session.rpc("eth_accounts")) as readonly string[];
    const others = accounts.map(toAddress).filter((account) => account !== address);
    return new StakingChain(rpcUrl, addresses, address, others);
  }

  /** Any method of the node. */
  async rpc(method: string, params: readonly unknown[] = []): Promise<unknown> {
    const { result, error } = await this.#request(method, params);
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  /** Makes a call as one of the node's own accounts and waits for its block; gives its events. One that reverts is not sent. */
  async send(from: Address, call: ContractCall): Promise<Reverted | readonly ChainLog[]> {
    const transaction = {
      from,
      to: call.to,
      data: callData(call),
      gas: callGas,
      gasPrice,
      ...(call.value === undefined ? {} : { value: `0x${call.value.toString(16)}` }),
    };
    const trial = await this.#request("eth_call", [transaction, "latest"]);
    if (trial.error !== undefined) return new Reverted(revertReason(trial.error, call.abi));
    const receipt = (await this.rpc("eth_sendTransactionSync", [transaction])) as Receipt;
    if (receipt.status !== "0x1") throw new Error(`${call.name} was fine when tried and failed in its block`);
    return receipt.logs;
  }

  /** `send` for calls that have to work. */
  async require(from: Address, call: ContractCall): Promise<void> {
    const outcome = await this.send(from, call);
    if (outcome instanceof Reverted) throw new Error(`${call.name}: ${outcome.reason}`);
  }

  /** Reads many functions at one block. */
  async read(calls: readonly ContractCall[]): Promise<unknown[]> {
    const aggregate: ContractCall = {
      abi: multicall3Abi,
      to: multicall3Address,
      name: "aggregate3",
      args: [calls.map((call) => ({ target: call.to, allowFailure: true, callData: callData(call) }))],
    };
    const data = (await this.rpc("eth_call", [
      { to: multicall3Address, data: callData(aggregate), gas: "0x1c9c380" },
      "latest",
    ])) as Hex;
    const results = decode(aggregate, data) as readonly { readonly success: boolean; readonly returnData: Hex }[];
    return calls.map((call, i) => {
      const { success, returnData } = results[i] as (typeof results)[number];
      return success
        ? decode(call, returnData)
        : new Reverted(revertReason({ message: "", data: returnData }, call.abi));
    });
  }

  /** Lets an address stand in the Controller under a name. */
  async register(name: string, address: Address): Promise<void> {
    const args = [hashFromBytes(keccak256(utf8(name))), address, toHex(new Uint8Array(20))];
    await this.require(this.deployer, {
      abi: controllerAbi,
      to: toAddress(this.addresses.Controller),
      name: "setContractInfo",
      args,
    });
  }

  async #request(method: string, params: readonly unknown[]): Promise<RpcAnswer> {
    const response = await fetch(this.#rpcUrl, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: ++this.#requests, method, params }),
    });
    return (await response.json()) as RpcAnswer;
  }
}

/** The function alone: viem looks through an ABI at every use. */
const functions = new WeakMap<Abi, Map<string, Abi>>();

function functionAbi({ abi, name }: ContractCall): Abi {
  let known = functions.get(abi);
  if (known === undefined) {
    known = new Map();
    functions.set(abi, known);
  }
  let found = known.get(name);
  if (found === undefined) {
    found = abi.filter((item) => item.type === "function" && item.name === name);
    if (found.length === 0) throw new Error(`the contract has no function ${name}`);
    known.set(name, found);
  }
  return found;
}

function callData(call: ContractCall): Hex {
  const params = { abi: functionAbi(call), functionName: call.name, args: call.args };
  return encodeFunctionData(params as EncodeFunctionDataParameters<Abi, string>);
}

function decode(call: ContractCall, data: Hex): unknown {
  const params = { abi: functionAbi(call), functionName: call.name, args: call.args, data };
  return decodeFunctionResult(params as DecodeFunctionResultParameters<Abi, string>);
}
