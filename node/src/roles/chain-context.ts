import { createHeaderStore, createIntentStore, type NodeDatabases } from "@livepeer-ts/data";
import { createKeySigner, type KeySigner } from "@livepeer-ts/economics";
import { type Address, errorText, LpError } from "@livepeer-ts/kernel";
import {
  type AddressBook,
  BlockWatcher,
  type ChainReader,
  GasPriceMonitor,
  loadAddressBook,
  OrchestratorPool,
  RoundWatcher,
  RpcChainReader,
  SenderWatcher,
  TransactionManager,
} from "@livepeer-ts/protocol";
import { JsonRpc } from "@livepeer-ts/protocol/adapters";
import { checkChainId } from "../flags/networks.ts";
import type { ChainConfig, CommonConfig } from "../flags/node-config.ts";
import type { ProcessPorts } from "../process-ports.ts";
import { openNodeDatabases } from "./data-folder.ts";
import { redeemGasOfChain } from "./redeem-gas.ts";
import { unlockKey } from "./unlock-key.ts";

/** Everything a node on chain knows about the chain. */
export type ChainContext = {
  readonly network: string;
  readonly chainId: bigint;
  readonly redeemGas: bigint;
  readonly signer: KeySigner;
  /** On-chain identity: `-ethOrchAddr`, else the node's own account. */
  readonly identity: Address;
  readonly reader: ChainReader;
  readonly book: AddressBook;
  readonly blocks: BlockWatcher;
  readonly rounds: RoundWatcher;
  readonly senders: SenderWatcher;
  readonly pool: OrchestratorPool;
  readonly gas: GasPriceMonitor;
  readonly transactions: TransactionManager;
};

const chainRetryMs = 1000;

/** Waits for the chain, then reads its id; a chain that is not up yet is asked again every second. */
async function awaitChain(reader: ChainReader, ports: ProcessPorts): Promise<bigint> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await reader.chainId(ports.tasks.signal);
    } catch (error) {
      if (!(error instanceof LpError) || error.code !== "rpc_unavailable") throw error;
      if (attempt % 10 === 0) ports.logger.warn("the chain does not answer yet", { error: errorText(error) });
      await ports.clock.sleep(chainRetryMs, ports.tasks.signal);
    }
  }
}

/** Connects a node to its chain. Rejects with clear sentences for wrong chains, keys and controllers. */
export async function startChainContext(
  { chain: config, dataDir }: Pick<CommonConfig, "dataDir"> & { readonly chain: ChainConfig },
  ports: ProcessPorts,
): Promise<{ chain: ChainContext; databases: NodeDatabases; start: () => Promise<void> }> {
  const { network, urls, controller, pollIntervalMs } = config;
  const rpc = new JsonRpc({ urls }, ports);
  const reader = new RpcChainReader(rpc);
  const chainId = await awaitChain(reader, ports);
  checkChainId(network, config.chainId, chainId);
  const databases = await openNodeDatabases(dataDir, chainId, ports.clock.now());
  const key = await unlockKey(config, dataDir, ports.logger);
  const signer = createKeySigner(key);
  const identity = config.identity ?? signer.address;
  const loaded = await loadAddressBook(reader, controller, ports.tasks.signal);
  const book = config.serviceRegistry === undefined ? loaded : { ...loaded, serviceRegistry: config.serviceRegistry };
  const blocks = new BlockWatcher({ pollIntervalMs }, { ...ports, rpc, reader, store: createHeaderStore(databases) });
  const common = { ...ports, reader, book, blocks };
  const rounds = new RoundWatcher(common);
  const senders = new SenderWatcher({}, { ...common, rounds, claimant: identity });
  const pool = new OrchestratorPool({}, { ...common, rounds });
  const gas = new GasPriceMonitor(
    { pollIntervalMs: Math.max(1000, pollIntervalMs), minGasPriceWei: config.minGasPriceWei },
    common,
  );
  const transactions = new TransactionManager(
    key,
    {
      timeoutMs: config.transactionTimeoutMs,
      maxReplacements: config.maxTransactionReplacements,
      maxGasPriceWei: config.maxGasPriceWei,
      gasLimit: config.gasLimit,
      receiptPollMs: Math.min(1000, pollIntervalMs),
    },
    { ...common, rpc, store: createIntentStore(databases.own) },
  );
  await rounds.start(ports.tasks.signal);
  await pool.start(ports.tasks.signal);
  senders.start(ports.tasks);
  await gas.start(ports.tasks);
  await transactions.start(ports.tasks);
  const chain: ChainContext = {
    network,
    chainId,
    redeemGas: config.redeemGas ?? (await redeemGasOfChain(reader, ports.tasks.signal)),
    signer,
    identity,
    reader,
    book,
    blocks,
    rounds,
    senders,
    pool,
    gas,
    transactions,
  };
  return { chain, databases, start: () => blocks.start(ports.tasks) };
}
