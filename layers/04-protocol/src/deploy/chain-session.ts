// The deployment tools run from a command line against a chain of the operator's choice and are no part of a role, so
// they use viem's own HTTP transport and waiting instead of the kernel's ports.
import { type Address, type Hex, LpError, toAddress, type Wei } from "@livepeer-ts/kernel";
import {
  type Abi,
  type Account,
  type Client,
  type ContractFunctionArgs,
  type ContractFunctionName,
  type ContractFunctionReturnType,
  createClient,
  decodeFunctionResult,
  type EncodeFunctionDataParameters,
  encodeFunctionData,
  http,
  keccak256,
  numberToHex,
  type TransactionReceipt,
  TransactionReceiptNotFoundError,
} from "viem";
import { getTransactionReceipt } from "viem/actions";
import { reasonOf, rpcFailure } from "./rpc-failure.ts";

export type ChainSessionOptions = {
  /** `http(s)://` URL of an Ethereum node. */
  readonly rpcUrl: string;
  /** Highest price per gas, wei. Default 3 gwei. Given explicitly because a chain may not suggest a usable one. */
  readonly maxFeePerGasWei?: Wei;
  /** Tip per gas, wei. Default 1. */
  readonly maxPriorityFeePerGasWei?: Wei;
  /**
   * How blocks come. `wait` (default): by themselves. `request`: a development node is asked for a block after every
   * transaction, which also works while it mines at intervals.
   */
  readonly blocks?: "wait" | "request";
  /** How long a transaction may take to be mined, ms. Default 120000. */
  readonly receiptTimeoutMs?: number;
  /** Deadline of one HTTP exchange, ms. Default 15000. */
  readonly requestTimeoutMs?: number;
};

/** A transaction to send; `to` absent creates a contract. */
export type TransactionIntent = {
  /** What it does, for messages: "register Minter". */
  readonly what: string;
  readonly to?: Address;
  readonly data?: Hex;
  readonly value?: Wei;
  readonly nonce?: number;
};

type ReadName<A extends Abi> = ContractFunctionName<A, "view" | "pure">;
type Request = (call: { method: string; params?: readonly unknown[] }) => Promise<unknown>;

/** Added to a gas estimate, percent: state may differ a little when the transaction is mined. */
const gasMarginPercent = 20n;
/** A development node that was asked for this many blocks is waited for like any other. */
const requestedBlockTries = 20;
const pollMs = 100;

/** One chain, as deployment and set-up tools use it. Make it with `openChainSession`. */
export class ChainSession {
  readonly chainId: number;
  readonly #client: Client;
  readonly #request: Request;
  readonly #options: ChainSessionOptions;

  constructor(client: Client, chainId: number, options: ChainSessionOptions) {
    this.chainId = chainId;
    this.#client = client;
    this.#request = client.request as Request;
    this.#options = options;
  }

  /** Highest price per gas this session pays, wei. */
  get maxFeePerGasWei(): Wei {
    return this.#options.maxFeePerGasWei ?? 3_000_000_000n;
  }

  /** Calls a JSON-RPC method. Rejects with `deploy_rpc_unreachable` (retryable) or `deploy_rpc_refused`. */
  async rpc(method: string, params: readonly unknown[] = []): Promise<unknown> {
    try {
      return await this.#request({ method, params });
    } catch (cause) {
      throw rpcFailure(cause, method, this.#options.rpcUrl);
    }
  }

  /** Reads a contract function at the latest block. */
  async read<const A extends Abi, N extends ReadName<A>, const P extends ContractFunctionArgs<A, "view" | "pure", N>>(
    abi: A,
    to: Address,
    functionName: N,
    args: P,
  ): Promise<ContractFunctionReturnType<A, "view" | "pure", N, P>> {
    const data = encodeFunctionData({ abi, functionName, args } as unknown as EncodeFunctionDataParameters<
      Abi,
      string
    >);
    const answer = (await this.rpc("eth_call", [{ to, data }, "latest"])) as Hex;
    try {
      return decodeFunctionResult({
        abi: abi as Abi,
        functionName: functionName as string,
        data: answer,
      }) as ContractFunctionReturnType<A, "view" | "pure", N, P>;
    } catch (cause) {
      throw new LpError({
        code: "contract_bad_answer",
        message: `the contract at ${to} does not answer ${functionName} as expected: check the controller address and the network`,
        details: { to, name: functionName as string },
        cause,
      });
    }
  }

  /** Ether of an account, wei. */
  async balance(address: Address): Promise<Wei> {
    return BigInt((await this.rpc("eth_getBalance", [address, "latest"])) as Hex);
  }

  /** Number of transactions an account has in the chain. */
  async nonce(address: Address): Promise<number> {
    return Number((await this.rpc("eth_getTransactionCount", [address, "latest"])) as Hex);
  }

  /**
   * The same when nothing of the account waits to be mined any more: what an earlier, interrupted run has sent is
   * waited for. Rejects with `deploy_not_mined` (retryable).
   */
  async settledNonce(address: Address): Promise<number> {
    const sent = Number((await this.rpc("eth_getTransactionCount", [address, "pending"])) as Hex);
    const settled = async () => {
      const mined = await this.nonce(address);
      return mined >= sent ? mined : undefined;
    };
    const nonce = (await settled()) ?? (await this.#until(settled));
    if (nonce !== undefined) return nonce;
    throw new LpError({
      code: "deploy_not_mined",
      message: `transactions of ${address} that were sent earlier are not mined yet: run the same command again when they are`,
      details: { address, sent },
      retryable: true,
    });
  }

  /** Code at an address, `0x` when there is none. */
  async code(address: Address): Promise<Hex> {
    return (await this.rpc("eth_getCode", [address, "latest"])) as Hex;
  }

  /** Whether there is a contract at an address. */
  async hasCode(address: Address): Promise<boolean> {
    return (await this.code(address)).length > 2;
  }

  /** Whether the node is anvil, which mines on request and lets code be put anywhere. */
  async isDevelopmentNode(): Promise<boolean> {
    const version = await this.rpc("web3_clientVersion").catch((error: unknown) => {
      if (error instanceof LpError && error.retryable) throw error;
      return "";
    });
    return /^anvil\b/i.test(String(version));
  }

  /** Number of the latest block. */
  async blockNumber(): Promise<bigint> {
    return BigInt((await this.rpc("eth_blockNumber")) as Hex);
  }

  /** Signs and sends a transaction and waits until it is mined. Rejects with `deploy_reverted` when it fails. */
  async send(account: Account, intent: TransactionIntent): Promise<TransactionReceipt> {
    if (account.signTransaction === undefined) {
      throw new LpError({
        code: "deploy_no_key",
        message: `${intent.what}: this account cannot sign; give its private key`,
      });
    }
    const from = toAddress(account.address);
    const call = {
      from,
      ...(intent.to === undefined ? {} : { to: intent.to }),
      ...(intent.data === undefined ? {} : { data: intent.data }),
      value: numberToHex(intent.value ?? 0n),
    };
    const gas = await this.#estimate(call, intent.what);
    const raw = await account.signTransaction({
      type: "eip1559",
      chainId: this.chainId,
      nonce: intent.nonce ?? (await this.nonce(from)),
      gas,
      maxFeePerGas: this.maxFeePerGasWei,
      maxPriorityFeePerGas: this.#options.maxPriorityFeePerGasWei ?? 1n,
      to: intent.to ?? null,
      data: intent.data ?? "0x",
      value: intent.value ?? 0n,
    });
    const hash = keccak256(raw);
    await this.#submit(raw, hash, intent.what, from);
    const receipt = await this.#receipt(hash, intent.what);
    if (receipt.status !== "success") {
      throw new LpError({
        code: "deploy_reverted",
        message: `${intent.what} failed in block ${receipt.blockNumber} (transaction ${hash}): look at its trace; state changed since the estimate`,
        details: { what: intent.what, hash },
      });
    }
    return receipt;
  }

  async #estimate(call: Record<string, unknown>, what: string): Promise<bigint> {
    try {
      const gas = BigInt((await this.#request({ method: "eth_estimateGas", params: [call] })) as Hex);
      return gas + (gas * gasMarginPercent) / 100n;
    } catch (cause) {
      const failure = rpcFailure(cause, "eth_estimateGas", this.#options.rpcUrl);
      if (failure.retryable) throw failure;
      throw new LpError({
        code: "deploy_reverted",
        message: `${what} would fail: ${reasonOf(cause)}; nothing was sent`,
        details: { what, reason: reasonOf(cause) },
        cause,
      });
    }
  }

  async #submit(raw: Hex, hash: Hex, what: string, from: Address): Promise<void> {
    try {
      await this.#request({ method: "eth_sendRawTransaction", params: [raw] });
    } catch (cause) {
      // A repeated HTTP request may find the transaction already there.
      const known = await this.#request({ method: "eth_getTransactionByHash", params: [hash] }).catch(() => null);
      if (known !== null) return;
      const failure = rpcFailure(cause, "eth_sendRawTransaction", this.#options.rpcUrl);
      if (failure.retryable) throw failure;
      if (/insufficient funds/i.test(reasonOf(cause))) {
        const balance = await this.balance(from);
        throw new LpError({
          code: "deploy_unfunded",
          message: `${what}: the account ${from} has ${balance} wei and cannot pay for it: send it ether, or lower the fee limit`,
          details: { what, account: from, balance: String(balance) },
          cause,
        });
      }
      throw new LpError({
        code: "deploy_rpc_refused",
        message: `${what}: the node refused the transaction: ${reasonOf(cause)}; raise the fee limit if it says so`,
        details: { what },
        cause,
      });
    }
  }

  async #receipt(hash: Hex, what: string): Promise<TransactionReceipt> {
    const receipt = await this.#until(async () => {
      try {
        return await getTransactionReceipt(this.#client, { hash });
      } catch (cause) {
        if (cause instanceof TransactionReceiptNotFoundError) return undefined;
        throw rpcFailure(cause, "eth_getTransactionReceipt", this.#options.rpcUrl);
      }
    });
    if (receipt !== undefined) return receipt;
    throw new LpError({
      code: "deploy_not_mined",
      message: `${what}: transaction ${hash} was sent but not mined in time; run the same command again to go on where it stopped`,
      details: { what, hash },
      retryable: true,
    });
  }

  /** Asks again with every block until there is an answer or the time for a transaction is over. */
  async #until<T>(ask: () => Promise<T | undefined>): Promise<T | undefined> {
    const tries = Math.ceil((this.#options.receiptTimeoutMs ?? 120_000) / pollMs);
    for (let attempt = 0; attempt < tries; attempt++) {
      const isRequested = this.#options.blocks === "request" && attempt < requestedBlockTries;
      if (isRequested) await this.rpc("evm_mine");
      const answer = await ask();
      if (answer !== undefined) return answer;
      if (!isRequested) await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
    return undefined;
  }
}

/**
 * Connects to a chain. Rejects with `deploy_rpc_unreachable`, or with `deploy_wrong_chain` when `expectedChainId` is
 * given and the node serves another.
 */
export async function openChainSession(options: ChainSessionOptions, expectedChainId?: number): Promise<ChainSession> {
  const client = createClient({
    transport: http(options.rpcUrl, { timeout: options.requestTimeoutMs ?? 15_000, retryCount: 2, retryDelay: 100 }),
    cacheTime: 0,
  });
  let chainId: number;
  try {
    chainId = Number((await (client.request as Request)({ method: "eth_chainId" })) as Hex);
  } catch (cause) {
    throw rpcFailure(cause, "eth_chainId", options.rpcUrl);
  }
  if (expectedChainId !== undefined && chainId !== expectedChainId) {
    throw new LpError({
      code: "deploy_wrong_chain",
      message: `the node serves chain ${chainId}, the parameters are for chain ${expectedChainId}: give the right URL, or parameters for this chain`,
      details: { chainId, expectedChainId },
    });
  }
  return new ChainSession(client, chainId, options);
}
