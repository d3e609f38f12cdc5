import { type Address, LpError, toAddress, zeroAddress } from "@livepeer-ts/kernel";
import { knownNetworks } from "@livepeer-ts/protocol";
import { controllerAbi } from "@livepeer-ts/protocol/abi";
import { type ChainSession, openChainSession, registryId } from "@livepeer-ts/protocol/deploy";
import { parseUnits } from "viem/utils";
import type { FlagValues } from "../flags/go-flags.ts";

const devnetUrl = "http://127.0.0.1:8545";

/** A chain as the flags describe it. */
export type OpenChain = { readonly session: ChainSession; readonly isDevelopment: boolean };

/** Chain the node must serve: `--chain-id`, else the known network's. */
export function expectedChainId(flags: FlagValues): number | undefined {
  const given = flags.int("chain-id");
  return given > 0 ? given : knownNetworks[flags.get("network")]?.chainId;
}

/** Connects to `--rpc`. Rejects with `bad_flag`, `deploy_rpc_unreachable`, `deploy_wrong_chain`. */
export async function openChain(flags: FlagValues, expected = expectedChainId(flags)): Promise<OpenChain> {
  const network = flags.get("network");
  const rpcUrl = flags.get("rpc") || (network === "devnet" ? devnetUrl : "");
  if (!/^https?:\/\//.test(rpcUrl)) {
    throw new LpError({
      code: "bad_flag",
      message: `--network ${network} needs --rpc with the http(s) URL of an Ethereum node${rpcUrl === "" ? "" : `; "${rpcUrl}" is none`}`,
    });
  }
  const options = { rpcUrl, maxFeePerGasWei: feeLimit(flags) };
  const session = await openChainSession(options, expected);
  const isDevelopment = await session.isDevelopmentNode();
  // A development node is asked for a block after every transaction, so that its interval is not waited for.
  return isDevelopment
    ? { session: await openChainSession({ ...options, blocks: "request" }, expected), isDevelopment }
    : { session, isDevelopment };
}

/** The Controller the flags name. Rejects with `bad_flag`, or with `contract_missing` when there is none. */
export async function controllerOf(flags: FlagValues, session: ChainSession): Promise<Address> {
  const network = flags.get("network");
  const given = flags.get("controller");
  const controller = given === "" ? knownNetworks[network]?.contracts.Controller.address : toAddress(given);
  if (controller === undefined) {
    throw new LpError({
      code: "bad_flag",
      message: `--network ${network} is not in the address books: give --controller`,
    });
  }
  const missing = (what: string) =>
    new LpError({
      code: "contract_missing",
      message: `${what} ${controller}: deploy with livepeer chain deploy, give another --controller, or the --rpc of its network`,
      details: { controller },
    });
  if (!(await session.hasCode(controller))) throw missing("there is no contract at the Controller's address");
  await session.read(controllerAbi, controller, "paused", []).catch((error: unknown) => {
    throw error instanceof LpError && !error.retryable ? missing("there is no Controller at") : error;
  });
  return controller;
}

/** Address of a name in the Controller; undefined when it is not registered. */
export async function lookUp(session: ChainSession, controller: Address, name: string): Promise<Address | undefined> {
  const found = toAddress(await session.read(controllerAbi, controller, "getContract", [registryId(name)]));
  return found === zeroAddress ? undefined : found;
}

/** The same for a contract that must be there. Rejects with `contract_missing`. */
export async function requireContract(session: ChainSession, controller: Address, name: string): Promise<Address> {
  const found = await lookUp(session, controller, name);
  if (found !== undefined) return found;
  throw new LpError({
    code: "contract_missing",
    message: `the controller ${controller} knows no ${name}, its deployment did not come to an end: run livepeer chain deploy again with the same key`,
    details: { controller, name },
  });
}

function feeLimit(flags: FlagValues): bigint {
  const text = flags.get("max-fee-gwei");
  if (!/^\d+(\.\d{1,9})?$/.test(text) || Number(text) === 0) {
    throw new LpError({ code: "bad_flag", message: `--max-fee-gwei ${text} is no price: write it like 3 or 0.1` });
  }
  return parseUnits(text, 9);
}
