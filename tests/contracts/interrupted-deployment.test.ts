import { controllerAbi } from "@livepeer-ts/protocol/abi";
import { type Anvil, startAnvil } from "@livepeer-ts/protocol/adapters";
import { deployProtocol, devnetDeployParams, openChainSession, planDeployment } from "@livepeer-ts/protocol/deploy";
import { createPublicClient, http } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DroppingProxy } from "./support/dropping-proxy.ts";
import { testAccount } from "./support/test-accounts.ts";

const deployer = testAccount(3);
let anvil: Anvil;
let proxy: DroppingProxy;

beforeAll(async () => {
  // Mines on request only, so that what was sent before the line broke is still waiting afterwards.
  anvil = await startAnvil({ blockTimeSec: 3600 });
  proxy = await DroppingProxy.start(anvil.port);
}, 30_000);

afterAll(async () => {
  await proxy?.stop();
  await anvil?.stop();
});

const direct = () => openChainSession({ rpcUrl: anvil.rpcUrl, blocks: "request" }, 31337);
const throughProxy = () => openChainSession({ rpcUrl: proxy.rpcUrl, blocks: "request" }, 31337);
const deploy = async (session = throughProxy()) =>
  deployProtocol({ session: await session, deployerKey: deployer.key, params: devnetDeployParams });

test("a deployment over a line that breaks again and again is gone on with and never begun anew", async () => {
  const session = await direct();
  const account = privateKeyToAccount(deployer.key);
  await session.send(account, { what: "a payment before", to: testAccount(0).address, value: 1n });
  const plan = planDeployment(deployer.address, 1, devnetDeployParams);

  const breaks = [
    { nth: 1, when: "before", done: 0 },
    { nth: 1, when: "after", done: 1 },
    { nth: 8, when: "after", done: 9 },
    { nth: 1, when: "before", done: 9 },
    { nth: 20, when: "before", done: 28 },
    { nth: 17, when: "after", done: 45 },
    { nth: 16, when: "after", done: 61 },
  ] as const;
  expect(breaks.at(-1)?.done).toBe(plan.steps.length);
  let began = 0;
  for (const { nth, when, done } of breaks) {
    proxy.breakAt(nth, when);
    const step = began + nth;
    await expect(deploy()).rejects.toMatchObject({
      code: "deploy_interrupted",
      retryable: true,
      details: { step, steps: plan.steps.length, what: plan.steps[step - 1]?.what, reason: "deploy_rpc_unreachable" },
      message: expect.stringMatching(/^the deployment stopped at step .* run the same command again to go on/),
    });
    expect(proxy.isDown).toBe(true);
    // Nobody answers as long as the line is broken, and that is said at once.
    await expect(throughProxy()).rejects.toMatchObject({ code: "deploy_rpc_unreachable" });
    expect(Number(await session.rpc("eth_getTransactionCount", [deployer.address, "pending"]))).toBe(1 + done);
    proxy.mend();
    began = done;
  }

  const last = await deploy();
  expect(last).toMatchObject({ startNonce: 1, transactions: 0, addresses: plan.addresses });
  expect(await session.nonce(deployer.address)).toBe(1 + plan.steps.length);
  const registrations = await createPublicClient({ transport: http(anvil.rpcUrl) }).getContractEvents({
    abi: controllerAbi,
    eventName: "SetContractInfo",
    fromBlock: 0n,
  });
  expect(registrations).toHaveLength(plan.steps.filter(({ what }) => what.startsWith("register ")).length);
}, 60_000);

test("a deployment is found again although the account has done other things since", async () => {
  const session = await direct();
  for (let i = 0; i < 3; i++) {
    await session.send(privateKeyToAccount(deployer.key), { what: "later", to: testAccount(0).address, value: 1n });
  }
  expect(await deploy(direct())).toMatchObject({ startNonce: 1, transactions: 0 });
  const second = await deployProtocol({
    session,
    deployerKey: deployer.key,
    params: devnetDeployParams,
    startNonce: await session.nonce(deployer.address),
  });
  expect(second.transactions).toBe(second.steps);
  // Of two, the newest is meant.
  expect(await deploy(direct())).toMatchObject({ startNonce: second.startNonce, transactions: 0 });
}, 60_000);
