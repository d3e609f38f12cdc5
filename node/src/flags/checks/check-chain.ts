import { type Address, toAddress, zeroAddress } from "@livepeer-ts/kernel";
import type { FlagValues } from "../go-flags.ts";
import { networkDefaults } from "../networks.ts";
import type { ChainConfig } from "../node-config.ts";
import { isHttpUrl, type Problems } from "./problems.ts";

/** Shortest wait between looks at the chain, ms. */
const minPollMs = 100;

/** Settings of the chain; undefined off chain. */
export function checkChain(flags: FlagValues, problems: Problems): ChainConfig | undefined {
  const network = flags.get("network");
  if (network === "offchain") return undefined;
  const known = networkDefaults(network);
  const address = (flag: string): Address | undefined => {
    const text = flags.get(flag);
    return text === "" ? undefined : problems.read(flag, () => toAddress(text));
  };
  const urls = flags.list("ethUrl");
  if (urls.length === 0) problems.add(`-network ${network} needs -ethUrl: give the URL of an Ethereum node`);
  if (urls.some((url) => !isHttpUrl(url)))
    problems.add("-ethUrl takes URLs that start with http:// or https://, comma separated");
  const ownController = address("ethController");
  const controller = ownController ?? known.controller;
  if (controller === undefined && flags.get("ethController") === "")
    problems.add(`-network ${network} needs -ethController: give the address of its Controller`);
  const minGasPriceWei = flags.isSet("minGasPrice") ? problems.whole("minGasPrice") : known.minGasPriceWei;
  const maxGasPriceWei = problems.whole("maxGasPrice");
  if (maxGasPriceWei > 0n && maxGasPriceWei < minGasPriceWei)
    problems.add(
      `-maxGasPrice ${maxGasPriceWei} is below the lowest gas price that is believed, ${minGasPriceWei} wei: raise it, or lower -minGasPrice`,
    );
  const redeemGas = problems.whole("redeemGas");
  const isAi = flags.bool("aiServiceRegistry");
  if (isAi && known.aiServiceRegistry === undefined)
    problems.add(
      `-aiServiceRegistry does not do with -network ${network}: there is a registry of AI orchestrators on arbitrum-one-mainnet only`,
    );
  return {
    network,
    urls,
    controller: controller ?? zeroAddress,
    serviceRegistry: isAi ? known.aiServiceRegistry : undefined,
    // whoever names a Controller may mean a copy of that chain
    chainId: ownController === undefined ? known.chainId : undefined,
    account: address("ethAcctAddr"),
    password: flags.get("ethPassword"),
    keystorePath: flags.get("ethKeystorePath") || undefined,
    identity: address("ethOrchAddr"),
    pollIntervalMs: Math.max(minPollMs, problems.number("blockPollingInterval", 0, true) * 1000),
    minGasPriceWei,
    maxGasPriceWei,
    gasLimit: problems.whole("gasLimit"),
    transactionTimeoutMs: problems.ms("transactionTimeout", true),
    maxTransactionReplacements: Number(problems.whole("maxTransactionReplacements")),
    redeemGas: redeemGas > 0n ? redeemGas : known.redeemGas,
    priceFeed: address("priceFeedAddr") ?? zeroAddress,
    duties: {
      reward: flags.isSet("reward") ? flags.bool("reward") : undefined,
      initializeRound: flags.bool("initializeRound"),
      initializeRoundMaxDelayMs: problems.ms("initializeRoundMaxDelay"),
    },
  };
}
