import { type Address, type Hex, hashFromBytes, keccak256, utf8, weiPerEther } from "@livepeer-ts/kernel";
import { governorAbi } from "@livepeer-ts/protocol/abi";
import { encodeAbiParameters, encodeFunctionData, encodePacked, keccak256 as hashOfHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import type { GasChain } from "./gas-chain.ts";
import type { GasNotes } from "./gas-notes.ts";

/** Calls in the small flows the originals' integration tests and reports make them in; each on a state of its own. */
export async function measureEverydayCalls(chain: GasChain, notes: GasNotes): Promise<void> {
  await chain.apart(() => measureStaking(chain, notes));
  await chain.apart(() => measureCheckpoints(chain, notes));
  await chain.apart(() => measureTickets(chain, notes));
  await chain.apart(() => measureGovernor(chain, notes));
}

/** Two transcoders, two delegators: stake comes, moves, leaves and returns; rewards and claims. */
async function measureStaking(chain: GasChain, notes: GasNotes): Promise<void> {
  const [transcoder1, transcoder2, delegator1, delegator2] = [1, 2, 3, 4].map((i) => chain.account(i).address) as [
    Address,
    Address,
    Address,
    Address,
  ];
  const bonding = (from: Address, name: string, ...args: readonly unknown[]) =>
    chain.call(from, "BondingManager", name, args);

  notes.add(
    "LivepeerToken transfer, to a new account",
    await chain.call(chain.account(0).address, "LivepeerToken", "transfer", [transcoder1, 10n * weiPerEther]),
  );
  notes.add(
    "LivepeerToken transfer, again",
    await chain.call(chain.account(0).address, "LivepeerToken", "transfer", [transcoder1, 10n * weiPerEther]),
  );
  notes.add("LivepeerToken approve", await chain.approve(transcoder1, 1000n));
  for (const account of [transcoder2, delegator1, delegator2]) await chain.approve(account, 5000n);
  notes.add("initializeRound, with an empty pool", await chain.nextRound());

  notes.add("bond, a first transcoder", await bonding(transcoder1, "bond", 1000n, transcoder1));
  notes.add("transcoder, in the pool", await bonding(transcoder1, "transcoder", 50_000n, 100_000n));
  notes.add("bond, a second transcoder", await bonding(transcoder2, "bond", 1000n, transcoder2));
  await bonding(transcoder2, "transcoder", 50_000n, 100_000n);
  notes.add("bond, a new delegator", await bonding(delegator1, "bond", 1000n, transcoder1));
  await bonding(delegator2, "bond", 1000n, transcoder1);
  notes.add("bond, to another transcoder", await bonding(delegator1, "bond", 0n, transcoder2));
  await bonding(delegator2, "bond", 0n, transcoder2);
  notes.add("bond, more to the same", await bonding(delegator1, "bond", 1000n, transcoder2));

  await chain.nextRound();
  notes.add("unbond, a part", await bonding(delegator1, "unbond", 500n));
  notes.add("initializeRound, with two transcoders", await chain.nextRound());
  notes.add("unbond, another part a round later", await bonding(delegator1, "unbond", 700n));
  await chain.nextRound();
  notes.add("rebond", await bonding(delegator1, "rebond", 0n));
  for (let i = 0; i < 7; i++) await chain.nextRound();
  notes.add("withdrawStake", await bonding(delegator1, "withdrawStake", 1n));

  notes.add("unbond, all of a delegator", await bonding(delegator2, "unbond", 1000n));
  notes.add("rebondFromUnbonded, a delegator", await bonding(delegator2, "rebondFromUnbonded", transcoder1, 0n));
  await chain.nextRound();

  notes.add("reward, first ever", await bonding(transcoder2, "reward"));
  await chain.nextRound();
  notes.add("reward, again", await bonding(transcoder2, "reward"));
  notes.add("claimEarnings, a delegator with rewards", await bonding(delegator1, "claimEarnings", 0n));
  notes.add("claimEarnings, the transcoder", await bonding(transcoder2, "claimEarnings", 0n));
  notes.add("claimEarnings, a delegator without rewards", await bonding(delegator2, "claimEarnings", 0n));
  notes.add("unbond, all of a transcoder", await bonding(transcoder1, "unbond", 1000n));
}

/** The originals' report on checkpoints: BondingVotes registered anew, with stake already there. */
async function measureCheckpoints(chain: GasChain, notes: GasNotes): Promise<void> {
  const [transcoder, delegator, stranger] = [1, 2, 99].map((i) => chain.account(i).address) as [
    Address,
    Address,
    Address,
  ];
  for (const account of [transcoder, delegator]) {
    await chain.approve(account, 1000n);
    await chain.call(account, "BondingManager", "bond", [1000n, transcoder]);
  }
  await chain.nextRound();

  const id = hashFromBytes(keccak256(utf8("BondingVotes")));
  const fresh = chain.addresses.BondingVotesTarget;
  await chain.call(chain.account(0).address, "Controller", "setContractInfo", [id, fresh, `0x${"00".repeat(20)}`]);
  const checkpoint = (account: Address) =>
    chain.call(transcoder, "BondingManager", "checkpointBondingState", [account]);
  notes.add("checkpointBondingState, a stranger", await chain.apart(() => checkpoint(stranger)));
  notes.add("checkpointBondingState, a delegator", await checkpoint(delegator));
  notes.add("checkpointBondingState, a transcoder", await checkpoint(transcoder));

  const nextRound = (await chain.currentRound()) + 1n;
  for (const [who, account] of Object.entries({ stranger, transcoder, delegator })) {
    const args = [account, nextRound];
    const gas = await chain.call(transcoder, "BondingVotesTarget", "getVotesAndDelegateAtRoundStart", args);
    notes.add(`getVotesAndDelegateAtRoundStart, a ${who}`, gas);
  }
}

/** The originals' report on redemption: a transcoder with 100 wei, a deposit and a reserve of 1000 wei each. */
async function measureTickets(chain: GasChain, notes: GasNotes): Promise<void> {
  const transcoder = chain.account(1).address;
  const sender = chain.account(2).address;
  const other = chain.account(3).address;
  const broker = (from: Address, name: string, value: bigint, ...args: readonly unknown[]) =>
    chain.call(from, "TicketBroker", name, args, value);
  await chain.approve(transcoder, 100n);
  await chain.call(transcoder, "BondingManager", "bond", [100n, transcoder]);

  notes.add("fundDepositAndReserve", await broker(sender, "fundDepositAndReserve", 2000n, 1000n, 1000n));
  notes.add("fundReserve, first", await chain.apart(() => broker(other, "fundReserve", weiPerEther)));
  notes.add("fundDeposit, first", await broker(other, "fundDeposit", weiPerEther));
  await broker(other, "fundReserve", weiPerEther);
  notes.add("fundReserve, again", await broker(other, "fundReserve", weiPerEther));
  await chain.nextRound();

  const round = await chain.currentRound();
  for (const [what, faceValue] of [
    ["from the deposit", 1000n],
    ["from deposit and reserve", 1500n],
  ] as const) {
    const gas = await chain.apart(async () => {
      const args = await winningTicket(chain, transcoder, faceValue, round);
      return chain.call(transcoder, "TicketBroker", "redeemWinningTicket", args);
    });
    notes.add(`redeemWinningTicket, ${what}`, gas);
  }
}

/** A ticket of account 2 that always wins, as arguments of its redemption. */
async function winningTicket(chain: GasChain, recipient: Address, faceValue: bigint, round: bigint) {
  const rand = 5n;
  const sender = chain.account(2);
  const recipientRandHash = hashOfHex(encodePacked(["uint256"], [rand]));
  const winProb = 2n ** 256n - 1n;
  const auxData = encodeAbiParameters([{ type: "uint256" }, { type: "bytes32" }], [round, chain.roundHash]);
  const ticket = { recipient, sender: sender.address, faceValue, winProb, senderNonce: 0n, recipientRandHash, auxData };
  const hash = hashOfHex(
    encodePacked(
      ["address", "address", "uint256", "uint256", "uint256", "bytes32", "bytes"],
      [recipient, sender.address, faceValue, winProb, 0n, recipientRandHash, auxData],
    ),
  );
  const signature: Hex = await privateKeyToAccount(sender.key).signMessage({ message: { raw: hash } });
  return [ticket, signature, rand];
}

/** How the original's deployment gives the old Governor to its owner, locally the deployer. */
async function measureGovernor(chain: GasChain, notes: GasNotes): Promise<void> {
  const from = chain.account(0).address;
  const data = encodeFunctionData({ abi: governorAbi, functionName: "transferOwnership", args: [from] });
  const update = { target: [chain.addresses.Governor], value: [0n], data: [data], nonce: 0n };
  notes.add("Governor stage, a change of its owner", await chain.call(from, "Governor", "stage", [update, 0n]));
  notes.add("Governor execute, a change of its owner", await chain.call(from, "Governor", "execute", [update]));
}
