// Written by scripts/generate-contracts.mjs from contracts/arbitrum/DummyL2LPTDataCache.sol; do not edit.
import type { ContractCode } from "../contract-code.ts";

/** Creation code of DummyL2LPTDataCache. */
export const dummyL2LptDataCacheCode: ContractCode = {
  contractName: "DummyL2LPTDataCache",
  links: [],
  bytecode:
    "0x6080604052348015600e575f5ffd5b50603d80601a5f395ff3fe6080604052348015600e575f5ffd5b50600436106026575f3560e01c8063fb1c5ee914602a575b5f5ffd5b5f60405190815260200160405180910390f3",
};
