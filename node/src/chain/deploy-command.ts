import { readFileSync } from "node:fs";
import { errorText, LpError } from "@livepeer-ts/kernel";
import {
  type DeployParams,
  deployProtocol,
  installAiServiceRegistry,
  installMulticall3,
  networkParams,
  parseDeployParams,
} from "@livepeer-ts/protocol/deploy";
import type { ChainCall } from "./chain-command.ts";
import { type ChainResult, columns } from "./chain-result.ts";
import { type OpenChain, openChain } from "./open-chain.ts";
import { signingKey } from "./signing-key.ts";

/** `livepeer chain deploy`: the whole contract set, or the rest of one that was begun. */
export async function deployCommand({ flags, say }: ChainCall): Promise<ChainResult> {
  const network = flags.get("network");
  if (flags.get("controller") !== "") {
    throw new LpError({
      code: "bad_flag",
      message: "deploy makes the Controller: leave --controller out; a deployment that was begun is found by its key",
    });
  }
  const json = readParams(flags.get("params"), network);
  const expected = flags.int("chain-id") > 0 ? flags.int("chain-id") : chainIdIn(json);
  const chain = await openChain(flags, expected);
  const params = withTarget(json, expected ?? ownChainId(chain, network), flags.get("bonding-manager"));
  const startNonce = flags.int("start-nonce");
  const started = performance.now();
  const deployed = await deployProtocol({
    session: chain.session,
    deployerKey: await signingKey(flags, chain.session),
    params,
    ...(startNonce < 0 ? {} : { startNonce }),
    onStep: (what, index, count) => say(`${index + 1}/${count} ${what}`),
  });
  const { addresses } = deployed;
  const fixed: Record<string, string> = {};
  if (chain.isDevelopment) {
    fixed["Multicall3"] = await installMulticall3(chain.session);
    fixed["AIServiceRegistry (built in)"] = await installAiServiceRegistry(chain.session, addresses.Controller);
  }
  const seconds = Math.round(performance.now() - started) / 1000;
  const { transactions, steps, gasUsed, deployer, chainId } = deployed;
  const placed = Object.entries<string | undefined>({ ...addresses, ...fixed });
  const rows = placed.flatMap(([name, address]) => (address === undefined ? [] : [[name, address]]));
  const summary =
    transactions === 0
      ? `everything was there: ${steps} steps checked in ${seconds} s`
      : `${transactions} of ${steps} transactions sent, ${gasUsed} gas, ${seconds} s`;
  return {
    data: { network, ...deployed, controller: addresses.Controller, placed: fixed, seconds },
    lines: [...columns(rows), "", `chain ${chainId}, deployer ${deployer}`, summary],
  };
}

function readParams(path: string, network: string): Record<string, unknown> {
  if (path === "") {
    const known = (networkParams as Readonly<Record<string, Record<string, unknown>>>)[network];
    if (known !== undefined) return known;
    throw new LpError({
      code: "bad_flag",
      message: `there are no deployment parameters for --network ${network}: give --params with a JSON file, or one of ${Object.keys(networkParams).join(", ")}`,
    });
  }
  try {
    const json: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (typeof json === "object" && json !== null) return json as Record<string, unknown>;
    throw new Error("it holds no object");
  } catch (cause) {
    throw new LpError({
      code: "deploy_bad_params",
      message: `the parameter file ${path} cannot be read (${errorText(cause)}); see contracts/deploy/devnet.json for an example`,
      details: { path },
      cause,
    });
  }
}

function chainIdIn(json: Readonly<Record<string, unknown>>): number | undefined {
  const id = json["chainId"];
  return /^\d+$/.test(String(id)) ? Number(id) : undefined; // anything else is refused with the other parameters
}

/** A development chain may have any id; on others the operator says which one is meant. */
function ownChainId({ session, isDevelopment }: OpenChain, network: string): number {
  if (isDevelopment) return session.chainId;
  throw new LpError({
    code: "deploy_wrong_chain",
    message: `the parameters of ${network} name no chain, and the node serves chain ${session.chainId}: give --chain-id ${session.chainId} if that is the one`,
    details: { chainId: session.chainId },
  });
}

function withTarget(json: Readonly<Record<string, unknown>>, chainId: number, target: string): DeployParams {
  const bonding = json["bondingManager"];
  const changed =
    target === "" || typeof bonding !== "object" ? json : { ...json, bondingManager: { ...bonding, target } };
  return parseDeployParams({ ...changed, chainId });
}
