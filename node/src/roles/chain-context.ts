import { mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import {
  createHeaderStore,
  createIntentStore,
  type NodeDatabases,
  nodeDatabaseFiles,
  prepareNodeDatabases,
} from "@livepeer-ts/data";
import { openNodeSqlite } from "@livepeer-ts/data/adapters";
import { createKeySigner, type KeySigner, redeemGasForNetwork } from "@livepeer-ts/economics";
import { type Address, errorText, LpError, toAddress } from "@livepeer-ts/kernel";
import {
  type AddressBook,
  BlockWatcher,
  type ChainReader,
  GasPriceMonitor,
  knownControllers,
  loadAddressBook,
  OrchestratorPool,
  RoundWatcher,
  RpcChainReader,
  SenderWatcher,
  TransactionManager,
} from "@livepeer-ts/protocol";
import { JsonRpc, KeystoreDir } from "@livepeer-ts/protocol/adapters";
import type { FlagValues } from "../flags/go-flags.ts";
import type { ProcessPorts } from "../process-ports.ts";

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

/** Folder of the node's data: `-dataDir`, else `~/.lpData/<network>`. */
export function dataFolder(flags: FlagValues): string {
  return flags.get("dataDir") || join(homedir(), ".lpData", flags.get("network"));
}

/** Opens both database files of the node. */
export async function openNodeDatabases(folder: string, chainId: bigint, now: number): Promise<NodeDatabases> {
  await mkdir(folder, { recursive: true });
  const databases = {
    livepeer: openNodeSqlite({ path: join(folder, nodeDatabaseFiles.livepeer) }),
    own: openNodeSqlite({ path: join(folder, nodeDatabaseFiles.own) }),
  };
  await prepareNodeDatabases(databases, { chainId, now });
  return databases;
}

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

/** The node's key from its keystore; a node without one gets a new account, as go-livepeer does. */
async function unlockKey(flags: FlagValues, folder: string, ports: ProcessPorts): Promise<Uint8Array> {
  const keystore = new KeystoreDir(flags.get("ethKeystorePath") || join(folder, "keystore"));
  const wanted = flags.get("ethAcctAddr") === "" ? undefined : toAddress(flags.get("ethAcctAddr"));
  const password = flags.get("ethPassword");
  if (wanted === undefined && (await keystore.list()).length === 0) {
    const address = await keystore.create(password);
    ports.logger.info("new account created", { address });
  }
  return keystore.unlock(password, wanted);
}

/** Connects a node to its chain. Rejects with clear sentences for wrong chains, keys and controllers. */
export async function startChainContext(
  flags: FlagValues,
  ports: ProcessPorts,
): Promise<{ chain: ChainContext; databases: NodeDatabases; start: () => Promise<void> }> {
  const network = flags.get("network");
  const urls = flags.list("ethUrl");
  if (urls.length === 0) {
    throw new LpError({
      code: "bad_flag",
      message: `-network ${network} needs -ethUrl: give the URL of an Ethereum node`,
    });
  }
  const rpc = new JsonRpc({ urls }, ports);
  const reader = new RpcChainReader(rpc);
  const chainId = await awaitChain(reader, ports);
  const controllerText = flags.get("ethController");
  const controller = controllerText === "" ? knownControllers[network] : toAddress(controllerText);
  if (controller === undefined) {
    throw new LpError({
      code: "bad_flag",
      message: `-network ${network} needs -ethController: give the address of its Controller`,
    });
  }
  const folder = dataFolder(flags);
  const databases = await openNodeDatabases(folder, chainId, ports.clock.now());
  const key = await unlockKey(flags, folder, ports);
  const signer = createKeySigner(key);
  const identity = flags.get("ethOrchAddr") === "" ? signer.address : toAddress(flags.get("ethOrchAddr"));
  const book = await loadAddressBook(reader, controller, ports.tasks.signal);
  const pollIntervalMs = Math.max(100, flags.float("blockPollingInterval") * 1000);
  const blocks = new BlockWatcher({ pollIntervalMs }, { ...ports, rpc, reader, store: createHeaderStore(databases) });
  const common = { ...ports, reader, book, blocks };
  const rounds = new RoundWatcher(common);
  const senders = new SenderWatcher({}, { ...common, rounds, claimant: identity });
  const pool = new OrchestratorPool({}, { ...common, rounds });
  const gas = new GasPriceMonitor(
    { pollIntervalMs: Math.max(1000, pollIntervalMs), minGasPriceWei: BigInt(flags.int("minGasPrice")) },
    common,
  );
  const transactions = new TransactionManager(
    key,
    {
      timeoutMs: flags.ms("transactionTimeout"),
      maxReplacements: flags.int("maxTransactionReplacements"),
      maxGasPriceWei: BigInt(flags.int("maxGasPrice")),
      gasLimit: BigInt(flags.int("gasLimit")),
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
    redeemGas: redeemGasForNetwork(network),
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
