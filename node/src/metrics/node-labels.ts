import { hostname } from "node:os";
import { checksumAddress } from "@livepeer-ts/kernel";
import type { NodeConfig } from "../flags/node-config.ts";

/** Node types as dashboards know them (`node_type`), and as event topics do. */
const nodeTypes: Readonly<Record<NodeConfig["role"], { readonly label: string; readonly name: string }>> = {
  gateway: { label: "bctr", name: "broadcaster" },
  orchestrator: { label: "orch", name: "orchestrator" },
  transcoder: { label: "trcr", name: "transcoder" },
  aiWorker: { label: "aiwk", name: "aiworker" },
  redeemer: { label: "rdmr", name: "redeemer" },
  remoteSigner: { label: "dflt", name: "remotesigner" },
  duties: { label: "dflt", name: "default" },
};

/** Type of a node in the routing keys of its events. */
export function nodeTypeName(config: Pick<NodeConfig, "role">): string {
  return nodeTypes[config.role].name;
}

/** Who a node is for metrics and events: `[<-ethAcctAddr>-]<host name>`. */
export function nodeId(config: Pick<NodeConfig, "chain">): string {
  const account = config.chain?.account;
  return account === undefined ? hostname() : `${checksumAddress(account)}-${hostname()}`;
}

/** Labels that every metric of a node has. */
export function nodeLabels(config: NodeConfig): { readonly node_id: string; readonly node_type: string } {
  return { node_id: nodeId(config), node_type: nodeTypes[config.role].label };
}
