import {
  type Address,
  addressFromBytes,
  fromHex,
  type Hash32,
  hashFromBytes,
  keccak256,
  utf8,
} from "@livepeer-ts/kernel";
import type { ChainLog } from "@livepeer-ts/protocol";

const signatures = {
  newRound: "NewRound(uint256,bytes32)",
  depositFunded: "DepositFunded(address,uint256)",
  reserveFunded: "ReserveFunded(address,uint256)",
  withdrawal: "Withdrawal(address,uint256,uint256)",
  winningTicketTransfer: "WinningTicketTransfer(address,address,uint256)",
  transcoderUpdate: "TranscoderUpdate(address,uint256,uint256)",
  reward: "Reward(address,uint256)",
  bond: "Bond(address,address,address,uint256,uint256)",
  transferBond: "TransferBond(address,address,uint256,uint256,uint256)",
  withdrawFees: "WithdrawFees(address,address,uint256)",
} as const;

type EventName = keyof typeof signatures;

const topicOf = Object.fromEntries(
  Object.entries(signatures).map(([name, signature]) => [name, hashFromBytes(keccak256(utf8(signature)))]),
) as Readonly<Record<EventName, Hash32>>;
const nameOf = new Map(Object.entries(topicOf).map(([name, topic]) => [topic, name as EventName]));

/** Topics of the events behind the money figures, for `eth_getLogs`. */
export const accountTopics: readonly Hash32[] = Object.values(topicOf);

/** Money of one sender since the reading began. */
export type SenderAccount = { readonly fundedWei: bigint; readonly withdrawnWei: bigint; readonly creditedWei: bigint };

/** What the contracts' events add up to. */
export type ChainAccounts = {
  /** Orchestrators in order of registration. */
  readonly registered: readonly Address[];
  readonly senders: ReadonlyMap<Address, SenderAccount>;
  /** Credited wei by recipient. */
  readonly credited: ReadonlyMap<Address, bigint>;
  readonly delegators: ReadonlySet<Address>;
  /** Fees taken out, by delegator. */
  readonly withdrawnFees: ReadonlyMap<Address, bigint>;
  readonly roundFeesWei: bigint;
  readonly roundRewards: readonly { readonly orchestrator: Address; readonly amountWei: bigint }[];
};

export const emptyChainAccounts: ChainAccounts = {
  registered: [],
  senders: new Map(),
  credited: new Map(),
  delegators: new Set(),
  withdrawnFees: new Map(),
  roundFeesWei: 0n,
  roundRewards: [],
};

/** Most entries kept per map: the chain is open to anyone. */
export const maxChainAccounts = 10_000;

function withEntry<V>(
  map: ReadonlyMap<Address, V>,
  key: Address,
  change: (value: V | undefined) => V,
): ReadonlyMap<Address, V> {
  if (!map.has(key) && map.size >= maxChainAccounts) return map;
  return new Map(map).set(key, change(map.get(key)));
}

/** The accounts after one more log. Logs of other contracts with the same topics must be filtered by address before. */
export function addChainLog(accounts: ChainAccounts, log: ChainLog): ChainAccounts {
  const name = nameOf.get(log.topics[0] as Hash32);
  if (name === undefined) return accounts;
  const data = fromHex(log.data);
  const indexed = (i: number): Address => addressFromBytes(fromHex(log.topics[i + 1] as Hash32));
  const word = (i: number): bigint => {
    let value = 0n;
    for (const byte of data.subarray(i * 32, i * 32 + 32)) value = (value << 8n) | BigInt(byte);
    return value;
  };
  const withSender = (address: Address, change: (sender: SenderAccount) => SenderAccount): ChainAccounts => ({
    ...accounts,
    senders: withEntry(accounts.senders, address, (sender) =>
      change(sender ?? { fundedWei: 0n, withdrawnWei: 0n, creditedWei: 0n }),
    ),
  });
  const withDelegator = (address: Address): ChainAccounts =>
    accounts.delegators.has(address) || accounts.delegators.size >= maxChainAccounts
      ? accounts
      : { ...accounts, delegators: new Set(accounts.delegators).add(address) };

  switch (name) {
    case "newRound":
      return { ...accounts, roundFeesWei: 0n, roundRewards: [] };
    case "depositFunded":
    case "reserveFunded":
      return withSender(indexed(0), (sender) => ({ ...sender, fundedWei: sender.fundedWei + word(0) }));
    case "withdrawal":
      return withSender(indexed(0), (sender) => ({ ...sender, withdrawnWei: sender.withdrawnWei + word(0) + word(1) }));
    case "winningTicketTransfer": {
      const amount = word(0);
      const next = withSender(indexed(0), (sender) => ({ ...sender, creditedWei: sender.creditedWei + amount }));
      return {
        ...next,
        credited: withEntry(accounts.credited, indexed(1), (credited) => (credited ?? 0n) + amount),
        roundFeesWei: accounts.roundFeesWei + amount,
      };
    }
    case "transcoderUpdate": {
      const address = indexed(0);
      return accounts.registered.includes(address) || accounts.registered.length >= maxChainAccounts
        ? accounts
        : { ...accounts, registered: [...accounts.registered, address] };
    }
    case "reward":
      return {
        ...accounts,
        roundRewards: [...accounts.roundRewards, { orchestrator: indexed(0), amountWei: word(0) }],
      };
    case "bond":
      return withDelegator(indexed(2));
    case "transferBond":
      return withDelegator(indexed(1));
    case "withdrawFees":
      return {
        ...accounts,
        withdrawnFees: withEntry(accounts.withdrawnFees, indexed(0), (taken) => (taken ?? 0n) + word(0)),
      };
  }
}
