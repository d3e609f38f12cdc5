import {
  type Address,
  type Clock,
  divRational,
  errorText,
  type Logger,
  LpError,
  mulRational,
  type Rational,
  rational,
  type TaskOwner,
  weiPerEther,
} from "@livepeer-ts/kernel";
import { type ChainReader, contractRead } from "@livepeer-ts/protocol";
import { priceFeedAbi } from "@livepeer-ts/protocol/abi";

/** A feed's answer as an exact price: answer ÷ 10^decimals. */
export function priceFeedAnswer(answer: bigint, decimals: number): Rational {
  return rational(answer, 10n ** BigInt(decimals));
}

/**
 * Wei per unit of `currency`, from a feed named `BASE / QUOTE`.
 * Throws `price_feed_currency` when neither side is ETH, or the other side is not the currency.
 */
export function weiPerUnitFromFeed(description: string, price: Rational, currency: string): Rational {
  const [base = "", quote = ""] = description
    .toUpperCase()
    .split("/")
    .map((side) => side.trim());
  if (base !== "ETH" && quote !== "ETH") {
    throw new LpError({
      code: "price_feed_currency",
      message: `price feed does not have ETH as a currency (${description})`,
    });
  }
  const other = base === "ETH" ? quote : base;
  if (other !== currency.toUpperCase()) {
    throw new LpError({
      code: "price_feed_currency",
      message: `price feed does not have ${currency.toUpperCase()} as a currency (${description})`,
    });
  }
  if (price.num <= 0n)
    throw new LpError({ code: "price_feed_value", message: "the price feed answered a price that is not above 0" });
  const ether = rational(weiPerEther);
  return base === "ETH" ? divRational(ether, price) : mulRational(price, ether);
}

export type PriceFeedOptions = {
  readonly feed: Address;
  /** Currency of the operator's prices. */
  readonly currency: string;
  /** Wait between polls, ms. Default 3600000. */
  readonly pollMs?: number;
};

export type PriceFeedDeps = { readonly reader: ChainReader; readonly clock: Clock; readonly logger: Logger };

/** The exchange rate of one currency, from a Chainlink aggregator. */
export class PriceFeed {
  readonly #options: PriceFeedOptions;
  readonly #deps: PriceFeedDeps;
  #rate: Rational | undefined;
  #updatedAt = 0n;

  constructor(options: PriceFeedOptions, deps: PriceFeedDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  /** Reads the rate once (rejects when it cannot be used), then polls. */
  async start(owner: TaskOwner): Promise<void> {
    await this.#poll(owner.signal);
    const { clock, logger } = this.#deps;
    clock.every(
      this.#options.pollMs ?? 3_600_000,
      async () => {
        let delayMs = 30_000;
        for (let attempt = 0; attempt < 5 && !owner.signal.aborted; attempt++) {
          try {
            return await this.#poll(owner.signal);
          } catch (error) {
            logger.warn("price feed could not be read", { error: errorText(error) });
            await clock.sleep(delayMs, owner.signal);
            delayMs *= 2;
          }
        }
      },
      owner,
    );
  }

  /** Wei per unit of the currency. */
  get weiPerUnit(): Rational {
    if (this.#rate === undefined)
      throw new LpError({ code: "not_started", message: "the price feed has not been started" });
    return this.#rate;
  }

  async #poll(signal: AbortSignal): Promise<void> {
    const { feed, currency } = this.#options;
    const [description, decimals, data] = await this.#deps.reader.readAll(
      [
        contractRead(priceFeedAbi, feed, "description", []),
        contractRead(priceFeedAbi, feed, "decimals", []),
        contractRead(priceFeedAbi, feed, "latestRoundData", []),
      ],
      signal,
    );
    const [, answer, , updatedAt] = data;
    if (this.#rate !== undefined && updatedAt <= this.#updatedAt) return;
    this.#rate = weiPerUnitFromFeed(description, priceFeedAnswer(answer, decimals), currency);
    this.#updatedAt = updatedAt;
  }
}
