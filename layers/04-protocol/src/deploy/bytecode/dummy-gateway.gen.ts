// Written by scripts/generate-contracts.mjs from contracts/arbitrum/DummyGateway.sol; do not edit.
import type { ContractCode } from "../contract-code.ts";

/** Creation code of DummyGateway. */
export const dummyGatewayCode: ContractCode = {
  contractName: "DummyGateway",
  links: [],
  bytecode:
    "0x6080604052348015600e575f5ffd5b50608b80601a5f395ff3fe6080604052348015600e575f5ffd5b50600436106030575f3560e01c80632db09c1c146034578063a7e28d48146052575b5f5ffd5b305b6040516001600160a01b03909116815260200160405180910390f35b6036605d3660046060565b90565b5f60208284031215606f575f5ffd5b81356001600160a01b03811681146084575f5ffd5b939250505056",
};
