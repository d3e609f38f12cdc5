import type { Abi, ContractEventName, GetEventArgs } from "viem";
import { decodeEventLog } from "viem/utils";
import type { ChainLog } from "../watch/chain-log.ts";

/** Arguments of the log if it is this event of the contract, else undefined. The emitting address is not looked at. */
export function contractEvent<const A extends Abi, N extends ContractEventName<A>>(
  abi: A,
  name: N,
  log: ChainLog,
): GetEventArgs<A, N, { EnableUnion: false; IndexedOnly: false; Required: true }> | undefined {
  try {
    const decoded = decodeEventLog({
      abi: abi as Abi,
      data: log.data,
      topics: [...log.topics] as unknown as [`0x${string}`, ...`0x${string}`[]],
    });
    return decoded.eventName === name ? (decoded.args as never) : undefined;
  } catch {
    return undefined; // an event of another contract
  }
}
