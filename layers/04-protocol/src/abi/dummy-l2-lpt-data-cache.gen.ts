// Written by scripts/generate-contracts.mjs from contracts/arbitrum/DummyL2LPTDataCache.sol; do not edit.

/** ABI of DummyL2LPTDataCache. */
export const dummyL2LptDataCacheAbi = [
  {
    "type": "function",
    "name": "l1CirculatingSupply",
    "inputs": [],
    "outputs": [
      {
        "name": "",
        "type": "uint256",
        "internalType": "uint256"
      }
    ],
    "stateMutability": "pure"
  }
] as const;
