import { counter, gauge, histogram, type MetricSpec, shortTimeBuckets } from "@livepeer-ts/kernel";

/** What a node counts of the chain it follows. */
export const protocolMetrics: readonly MetricSpec[] = [
  gauge("livepeer_suggested_gas_price", "gwei", "Gas price that the chain asks for", { origin: "go-livepeer" }),
  gauge("livepeer_min_gas_price", "gwei", "Lowest gas price that the node believes", { origin: "go-livepeer" }),
  gauge("livepeer_max_gas_price", "gwei", "Highest gas price that the node pays; 0: any", { origin: "go-livepeer" }),
  gauge("livepeer_chain_head_block", "block number", "Newest block that the node has seen"),
  gauge("livepeer_chain_head_timestamp_seconds", "seconds since 1970", "When that block was made, by its own word"),
  gauge("livepeer_chain_last_poll_timestamp_seconds", "seconds since 1970", "When the chain last answered"),
  gauge("livepeer_chain_round", "round number", "Last initialized round"),
  counter("livepeer_block_poll_errors_total", "polls", "Times the chain could not be followed"),
  counter("livepeer_chain_reorganizations_total", "reorganizations", "Times blocks were taken back"),
  counter("livepeer_tx_timeouts_total", "transactions", "Transactions that were not mined in time"),
  counter("livepeer_tx_mined_total", "transactions", "Transactions that were mined", { labels: ["success"] }),
  counter("livepeer_tx_reorganized_total", "transactions", "Transactions whose block was taken back"),
  histogram("livepeer_rpc_call_duration_seconds", "seconds", "Calls to the chain's endpoints", shortTimeBuckets, {
    labels: ["method", "host"],
  }),
  counter("livepeer_rpc_errors_total", "calls", "Calls to the chain's endpoints that failed", {
    labels: ["method", "host"],
  }),
];
