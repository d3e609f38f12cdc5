import { stat } from "node:fs/promises";
import { join } from "node:path";
import { createKeySigner, type KeySigner } from "@livepeer-ts/economics";
import { type Address, type Net, noMetrics, silentLogger } from "@livepeer-ts/kernel";
import { NodeNet } from "@livepeer-ts/kernel/adapters";
import { type AddressBook, type ChainReader, loadAddressBook, RpcChainReader } from "@livepeer-ts/protocol";
import { JsonRpc, KeystoreDir } from "@livepeer-ts/protocol/adapters";
import type { AdminClient } from "../cli/admin-client.ts";
import type { ChainConfig, NodeConfig } from "../flags/node-config.ts";
import type { ProcessPorts } from "../process-ports.ts";
import { unlockKey } from "../roles/unlock-key.ts";
import type { MachinePlaces } from "./machine-places.ts";

/** What the doctor was asked to do beyond looking. */
export type DoctorWishes = {
  /** Store, read and delete a probe object in each object store. */
  readonly probeStores: boolean;
};

export type DoctorSubjectInit = {
  readonly config: NodeConfig;
  readonly ports: ProcessPorts;
  readonly places: MachinePlaces;
  readonly wishes: DoctorWishes;
  /** The node, if it runs. */
  readonly running: AdminClient | undefined;
  /** Flag values as they were written, by name: paths of files that hold secrets. */
  readonly written: (flag: string) => string | undefined;
};

const rpcMs = 8000;

/** The set-up that is looked at: what was configured, and what several checks need from outside, asked once. */
export class DoctorSubject {
  readonly config: NodeConfig;
  readonly ports: ProcessPorts;
  readonly places: MachinePlaces;
  readonly wishes: DoctorWishes;
  readonly running: AdminClient | undefined;
  readonly written: (flag: string) => string | undefined;
  /** For services that are known by their certificate. */
  readonly trusted: NodeNet;
  readonly #asked = new Map<string, Promise<unknown>>();

  constructor(init: DoctorSubjectInit) {
    this.config = init.config;
    this.ports = init.ports;
    this.places = init.places;
    this.wishes = init.wishes;
    this.running = init.running;
    this.written = init.written;
    this.trusted = new NodeNet({ verifyTls: true });
  }

  get signal(): AbortSignal {
    return this.ports.tasks.signal;
  }

  get chain(): ChainConfig | undefined {
    return this.config.chain;
  }

  /** A reader of one RPC URL, which gives up soon. */
  readerOf(url: string): ChainReader {
    const options = { urls: [url], timeoutMs: rpcMs, maxAttempts: 1 };
    const net: Net = this.ports.net;
    return new RpcChainReader(
      new JsonRpc(options, { net, clock: this.ports.clock, logger: silentLogger, metrics: noMetrics }),
    );
  }

  /** The first RPC URL that answers; undefined off chain, or when none does (the check of the chain says so). */
  reader(): Promise<ChainReader | undefined> {
    return this.#once("reader", async () => {
      for (const url of this.chain?.urls ?? []) {
        const reader = this.readerOf(url);
        const answers = await reader.chainId(this.signal).then(
          () => true,
          () => false,
        );
        if (answers) return reader;
      }
      return undefined;
    });
  }

  /** The contracts; undefined when they cannot be read (the check of the contracts says so). */
  book(): Promise<AddressBook | undefined> {
    return this.#once("book", async () => {
      const reader = await this.reader();
      if (reader === undefined || this.chain === undefined) return undefined;
      const { controller, serviceRegistry } = this.chain;
      const book = await loadAddressBook(reader, controller, this.signal).catch(() => undefined);
      return book === undefined || serviceRegistry === undefined ? book : { ...book, serviceRegistry };
    });
  }

  /** Where the keys are. */
  get keystorePath(): string {
    return this.chain?.keystorePath ?? join(this.config.dataDir, "keystore");
  }

  /** The node's key. Undefined off chain and while there is none: the node would make one. Rejects with `keystore_…`. */
  signer(): Promise<KeySigner | undefined> {
    return this.#once("signer", async () => {
      const { chain } = this;
      if (chain === undefined) return undefined;
      const isFile = (await stat(this.keystorePath).catch(() => undefined))?.isFile() === true;
      // nothing is created here: an empty keystore is told about by its own check
      if (!isFile && (await new KeystoreDir(this.keystorePath).list()).length === 0) return undefined;
      return createKeySigner(await unlockKey(chain, this.config.dataDir, silentLogger));
    });
  }

  /** The account on the chain, as the flags or the keystore have it. */
  identity(): Promise<Address | undefined> {
    return this.#once("identity", async () => {
      const { chain } = this;
      if (chain === undefined) return undefined;
      const known = chain.identity ?? chain.account;
      return known ?? (await this.signer().catch(() => undefined))?.address;
    });
  }

  async close(): Promise<void> {
    await this.trusted.stop();
  }

  #once<T>(name: string, ask: () => Promise<T>): Promise<T> {
    let asked = this.#asked.get(name) as Promise<T> | undefined;
    if (asked === undefined) {
      asked = ask();
      // whoever asks hears of a failure
      asked.catch(() => {});
      this.#asked.set(name, asked);
    }
    return asked;
  }
}
