// Written by scripts/generate-contracts.mjs from contracts/arbitrum/DummyGateway.sol; do not edit.

/** ABI of DummyGateway. */
export const dummyGatewayAbi = [
  {
    "type": "function",
    "name": "calculateL2TokenAddress",
    "inputs": [
      {
        "name": "_token",
        "type": "address",
        "internalType": "address"
      }
    ],
    "outputs": [
      {
        "name": "",
        "type": "address",
        "internalType": "address"
      }
    ],
    "stateMutability": "pure"
  },
  {
    "type": "function",
    "name": "counterpartGateway",
    "inputs": [],
    "outputs": [
      {
        "name": "",
        "type": "address",
        "internalType": "address"
      }
    ],
    "stateMutability": "view"
  }
] as const;
