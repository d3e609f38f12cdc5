import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  divRational,
  floorRational,
  fromHex,
  type Hex,
  LpError,
  mulRational,
  parseRational,
  type Rational,
  rational,
  weiPerEther,
} from "@livepeer-ts/kernel";
import { type Anvil, KeystoreDir, startAnvil } from "@livepeer-ts/protocol/adapters";
import { bringUpDevnet, devnetPriceFeedAddress, installPriceFeed } from "@livepeer-ts/protocol/deploy";
import type { AppPrice } from "@livepeer-ts/sdk/app";
import { ChildRole } from "../supervisor/child-role.ts";
import { freePort, requireFreePort } from "../supervisor/free-port.ts";
import { developmentKeys } from "../up/development-keys.ts";
import { usualPorts } from "../up/network-ports.ts";

export type DevNetworkOptions = {
  /** Empty; data, logs and keys go there. */
  readonly folder: string;
  /** With a chain, contracts and payments. */
  readonly onChain: boolean;
  /** Told every line of the gateway's log, one JSON object each. */
  readonly onGatewayLine: (line: string) => void;
  /** Told what is there, with the ms it took. */
  readonly onStep: (what: string, ms: number) => void;
};

const password = "local-network";
const blockTimeSec = 0.5;
/** Dollars for an ether. */
const dollars = 2000n;
/** What each of the gateway's deposit and reserve holds. */
const fundedWei = 10n * weiPerEther;
const stakeWei = 100n * weiPerEther;
/** Tickets for a call, so that what is paid is close to the price; up to 600 fit, so the price may rise in between. */
const ticketsPerCall = 10n;
const maxTicketsPerCall = 600n;
/** A call that is paid by the second is paid for so many in advance. */
const secondsInAdvance = 10n;
/** So that winners are worth more than their redemption. */
const minTicketWei = 1_000_000_000n;

/** A chain with contracts and prices, an orchestrator that takes apps, a gateway with money: each a process, as in production. */
export class DevNetwork {
  readonly #options: DevNetworkOptions;
  readonly #secret = randomBytes(16).toString("hex");
  readonly #children: ChildRole[] = [];
  #anvil: Anvil | undefined;
  #ports = { orchestrator: 0, gateway: 0 };
  #controller: string | undefined;
  #starting: Promise<void> = Promise.resolve();
  readonly #broken = Promise.withResolvers<string>();
  #stopping = false;

  constructor(options: DevNetworkOptions) {
    this.#options = options;
  }

  get gatewayUrl(): string {
    return `http://127.0.0.1:${this.#ports.gateway}`;
  }

  /** Where apps register, and the file with the secret that they show. */
  get registration(): { readonly url: string; readonly secret: string; readonly secretFile: string } {
    return {
      url: `https://127.0.0.1:${this.#ports.orchestrator}`,
      secret: this.#secret,
      secretFile: join(this.#options.folder, "orchestrator-secret"),
    };
  }

  /** Folder of the logs. */
  get logs(): string {
    return join(this.#options.folder, "logs");
  }

  /** Process ids of everything that runs. */
  get pids(): readonly number[] {
    return [this.#anvil?.pid, ...this.#children.map((child) => child.pid)].filter((pid) => pid !== undefined);
  }

  /** Resolves with the name of a part that ended though nobody asked it to. */
  get broken(): Promise<string> {
    return this.#broken.promise;
  }

  /** The chain; nothing without one. Rejects with the failed part's own sentence; call `stop` then too. */
  startChain(): Promise<void> {
    return this.#start(async () => {
      if (!this.#options.onChain) return;
      this.#controller = await this.#step("a chain with contracts, prices and a wallet", () => this.#bringUp());
    });
  }

  /** Orchestrator and gateway, with tickets that fit the price. Rejects like `startChain`. */
  startNodes(price: AppPrice | undefined): Promise<void> {
    const what = this.#options.onChain
      ? "an orchestrator and a gateway that pays"
      : "an orchestrator and a gateway, without payments";
    return this.#start(() => this.#step(what, () => this.#startBoth(ticketWeiFor(price))));
  }

  /** One after the other. */
  #start(run: () => Promise<void>): Promise<void> {
    this.#starting = this.#starting.then(async () => {
      if (this.#stopping) throw new LpError({ code: "network_stopped", message: "the network was stopped" });
      // the chain knows the orchestrator's
      if (this.#ports.gateway === 0) {
        const orchestrator = await portOr(usualPorts.orchestrators[0]);
        this.#ports = { orchestrator, gateway: await portOr(usualPorts.gatewayHttp) };
      }
      return run();
    });
    return this.#starting;
  }

  /** Stops everything; resolves when every process is gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#starting.catch(() => {}); // whoever started it hears of it
    await Promise.all(this.#children.map((child) => child.stop()));
    await this.#anvil?.stop();
  }

  async #step<T>(what: string, run: () => Promise<T>): Promise<T> {
    const begun = performance.now();
    const result = await run();
    this.#options.onStep(what, Math.round(performance.now() - begun));
    return result;
  }

  /** Address of the Controller. */
  async #bringUp(): Promise<string> {
    this.#anvil = await startAnvil({ blockTimeSec });
    this.#watch("chain", this.#anvil.exited);
    const devnet = await bringUpDevnet({
      rpcUrl: this.#anvil.rpcUrl,
      deployerKey: developmentKeys.deployer,
      orchestrators: [
        {
          key: developmentKeys.orchestrators[0],
          serviceUri: this.registration.url,
          ...{ amountWei: stakeWei, rewardCut: 0n, feeShare: 0n },
        },
      ],
      gateways: [{ key: developmentKeys.gateway, depositWei: fundedWei, reserveWei: fundedWei }],
    });
    await installPriceFeed(devnet.chain.session, devnetPriceFeedAddress, dollars);
    return devnet.addresses.Controller;
  }

  async #startBoth(ticketWei: bigint): Promise<void> {
    const { orchestrator, gateway } = this.#ports;
    await mkdir(this.logs, { recursive: true });
    await writeFile(this.registration.secretFile, this.#secret, { mode: 0o600 });
    const address = `127.0.0.1:${orchestrator}`;
    const [own, paying] = await Promise.all([
      this.#chainFlags("orchestrator", developmentKeys.orchestrators[0]),
      this.#chainFlags("gateway", developmentKeys.gateway),
    ]);
    // chances to win are rounded, so a ticket is worth a little more than was asked for
    const highestWei = ticketWei * 2n;
    const [earning, spending] =
      this.#controller === undefined
        ? [[], []]
        : [
            [
              ...["-pricePerUnit", "1", "-autoAdjustPrice=false", "-priceFeedAddr", devnetPriceFeedAddress],
              // two tickets in five win
              ...["-ticketEV", String(ticketWei), "-maxFaceValue", String((ticketWei * 5n) / 2n)],
              ...["-reward", "-initializeRound", "-initializeRoundMaxDelay", "500ms"],
            ],
            ["-maxTicketEV", String(highestWei), "-maxTotalEV", String(highestWei * maxTicketsPerCall)],
          ];
    const started = await Promise.allSettled([
      this.#startRole("orchestrator", [
        ...["-orchestrator", "-orchSecret", this.registration.secretFile, "-useLiveRunners"],
        ...["-serviceAddr", address, "-startupAvailabilityCheck=false", ...own, ...earning],
      ]),
      this.#startRole("gateway", [
        ...["-gateway", "-orchAddr", address, "-httpAddr", `127.0.0.1:${gateway}`, "-logFormat", "json"],
        ...["-rtmpAddr", `127.0.0.1:${await freePort()}`, ...paying, ...spending],
      ]),
    ]);
    for (const one of started) if (one.status === "rejected") throw one.reason;
  }

  async #chainFlags(name: string, key: Hex): Promise<string[]> {
    const data = join(this.#options.folder, name);
    const common = ["-dataDir", data, "-cliAddr", "127.0.0.1:0"];
    if (this.#controller === undefined) return common;
    await new KeystoreDir(join(data, "keystore")).create(password, { privateKey: fromHex(key), strength: "light" });
    return [
      ...common,
      ...["-network", "devnet", "-ethUrl", this.#anvil?.rpcUrl ?? "", "-ethController", this.#controller],
      ...["-ethPassword", password, "-blockPollingInterval", String(blockTimeSec)],
    ];
  }

  async #startRole(name: string, args: readonly string[]): Promise<void> {
    const child = await ChildRole.start({
      name,
      args,
      logFile: join(this.logs, `${name}.log`),
      ...(name === "gateway" ? { onLine: this.#options.onGatewayLine } : {}),
    });
    this.#children.push(child);
    this.#watch(name, child.exited);
  }

  #watch(name: string, exited: Promise<unknown>): void {
    void exited.then(() => {
      if (!this.#stopping) this.#broken.resolve(name);
    });
  }
}

/** A price in dollars on this network: wei for a second or a call. */
export function weiOf({ amount }: AppPrice): Rational {
  return mulRational(parseRational(amount), rational(weiPerEther, dollars));
}

/** Expected value of a ticket. */
function ticketWeiFor(price: AppPrice | undefined): bigint {
  if (price === undefined) return 1n;
  const wei = weiOf(price);
  const call = price.per === "second" ? mulRational(wei, rational(secondsInAdvance)) : wei;
  const ticket = floorRational(divRational(call, rational(ticketsPerCall)));
  return ticket > minTicketWei ? ticket : minTicketWei;
}

/** The port that people remember, or a free one where it is taken. */
function portOr(usual: number): Promise<number> {
  return requireFreePort(usual, "").catch(() => freePort());
}
