import { checksumAddress } from "@livepeer-ts/kernel";
import type { ProcessPorts } from "../process-ports.ts";
import type { ChainContext } from "./chain-context.ts";

/** Shows the round and the highest gas price with every block. */
export function showChain(chain: ChainContext, ports: ProcessPorts): void {
  const show = () => {
    ports.metrics.gauge("livepeer_chain_round", Number(chain.rounds.current().lastInitializedRound));
    ports.metrics.gauge("livepeer_max_gas_price", Number(chain.transactions.maxGasPriceWei) / 1e9);
  };
  show();
  chain.blocks.onBlock(async () => show());
}

/** Shows what a gateway has on chain with every block. */
export function showFunds(chain: ChainContext, ports: ProcessPorts): void {
  const { address } = chain.signer;
  const labels = { sender: checksumAddress(address) };
  const show = () => {
    const funds = chain.senders.cached(address);
    if (funds === undefined) return;
    const [deposit, reserve] = [Number(funds.depositWei) / 1e9, Number(funds.reserveWei) / 1e9];
    for (const who of ["gateway", "broadcaster"] as const) {
      ports.metrics.gauge(
        who === "gateway" ? "livepeer_gateway_deposit" : "livepeer_broadcaster_deposit",
        deposit,
        labels,
      );
      ports.metrics.gauge(
        who === "gateway" ? "livepeer_gateway_reserve" : "livepeer_broadcaster_reserve",
        reserve,
        labels,
      );
    }
  };
  show();
  chain.blocks.onBlock(async () => show());
}
