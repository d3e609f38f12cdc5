import { bool, duration, type FlagGroup, float, int, onlyFor, text } from "../flag-spec.ts";

const flags = [
  text("ethAcctAddr", "", "account of the node", {
    unsetMeans: "first of the keystore; an empty keystore gets a new one",
  }),
  text("ethPassword", "", "password of the account's key", { orFile: true, secret: true }),
  text("ethKeystorePath", "", "folder of keystore files, or one keystore file", { unsetMeans: "<dataDir>/keystore" }),
  text("ethOrchAddr", "", "identity on the chain and recipient of tickets", { unsetMeans: "the account of the node" }),
  text("ethUrl", "", "JSON-RPC URLs of the chain, comma separated; the healthiest is used", { url: true }),
  text("ethController", "", "address of the Controller contract", { unsetMeans: "that of -network" }),
  duration("transactionTimeout", "5m", "time that one try of a transaction has to be mined"),
  int("maxTransactionReplacements", 1, "replacements of a transaction with higher fees"),
  int("gasLimit", 0, "gas limit of transactions; 0: estimate"),
  int("minGasPrice", 0, "lowest gas price that is believed, wei", { unsetMeans: "that of -network" }),
  int("maxGasPrice", 0, "highest gas price that is paid, wei; 0: any"),
  duration("initializeRoundMaxDelay", "30s", "longest random wait before a round is initialized"),
  ...onlyFor("orchestrator", [
    text("ticketEV", "8000000000", "expected value of a ticket, wei"),
    text("maxFaceValue", "0", "highest face value of a ticket, wei; 0: any"),
    text("pricePerUnit", "", "price of -pixelsPerUnit pixels: wei, or a number with a currency"),
    text("pixelsPerUnit", "1", "pixels that -pricePerUnit buys"),
    bool("autoAdjustPrice", true, "add the cost of redeeming tickets to the advertised price"),
    text("pricePerGateway", "", 'prices of single gateways, JSON: {"gateways":[…]}', { orFile: true }),
    text("redeemerAddr", "", "service that redeems this orchestrator's tickets"),
  ]),
  ...onlyFor("gateway", [
    text("maxTicketEV", "3000000000000", "highest expected value of a ticket that is paid, wei", {
      roles: ["remoteSigner"],
    }),
    text("maxTotalEV", "20000000000000", "highest expected value of a payment, wei", { roles: ["remoteSigner"] }),
    int("depositMultiplier", 1, "a face value is at most the deposit divided by this", { roles: ["remoteSigner"] }),
  ]),
  text("priceFeedAddr", "0x639Fe6ab55C921f74e7fac1ee960C0B6293ba612", "Chainlink feed for prices in other currencies"),
  float("blockPollingInterval", 5, "seconds between looks at the chain"),
];

export const chainFlags: FlagGroup = {
  title: "Chain, prices, tickets",
  flags: flags.map((flag) => ({ ...flag, onChain: true as const })),
};
