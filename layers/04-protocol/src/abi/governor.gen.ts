// Written by scripts/generate-contracts.mjs from contracts/governance/Governor.sol; do not edit.

/** ABI of Governor. */
export const governorAbi = [
  {
    "type": "constructor",
    "inputs": [],
    "stateMutability": "nonpayable"
  },
  {
    "type": "function",
    "name": "cancel",
    "inputs": [
      {
        "name": "_update",
        "type": "tuple",
        "internalType": "struct Governor.Update",
        "components": [
          {
            "name": "target",
            "type": "address[]",
            "internalType": "address[]"
          },
          {
            "name": "value",
            "type": "uint256[]",
            "internalType": "uint256[]"
          },
          {
            "name": "data",
            "type": "bytes[]",
            "internalType": "bytes[]"
          },
          {
            "name": "nonce",
            "type": "uint256",
            "internalType": "uint256"
          }
        ]
      }
    ],
    "outputs": [],
    "stateMutability": "nonpayable"
  },
  {
    "type": "function",
    "name": "execute",
    "inputs": [
      {
        "name": "_update",
        "type": "tuple",
        "internalType": "struct Governor.Update",
        "components": [
          {
            "name": "target",
            "type": "address[]",
            "internalType": "address[]"
          },
          {
            "name": "value",
            "type": "uint256[]",
            "internalType": "uint256[]"
          },
          {
            "name": "data",
            "type": "bytes[]",
            "internalType": "bytes[]"
          },
          {
            "name": "nonce",
            "type": "uint256",
            "internalType": "uint256"
          }
        ]
      }
    ],
    "outputs": [],
    "stateMutability": "payable"
  },
  {
    "type": "function",
    "name": "owner",
    "inputs": [],
    "outputs": [
      {
        "name": "",
        "type": "address",
        "internalType": "address"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "stage",
    "inputs": [
      {
        "name": "_update",
        "type": "tuple",
        "internalType": "struct Governor.Update",
        "components": [
          {
            "name": "target",
            "type": "address[]",
            "internalType": "address[]"
          },
          {
            "name": "value",
            "type": "uint256[]",
            "internalType": "uint256[]"
          },
          {
            "name": "data",
            "type": "bytes[]",
            "internalType": "bytes[]"
          },
          {
            "name": "nonce",
            "type": "uint256",
            "internalType": "uint256"
          }
        ]
      },
      {
        "name": "_delay",
        "type": "uint256",
        "internalType": "uint256"
      }
    ],
    "outputs": [],
    "stateMutability": "nonpayable"
  },
  {
    "type": "function",
    "name": "transferOwnership",
    "inputs": [
      {
        "name": "newOwner",
        "type": "address",
        "internalType": "address"
      }
    ],
    "outputs": [],
    "stateMutability": "nonpayable"
  },
  {
    "type": "function",
    "name": "updates",
    "inputs": [
      {
        "name": "",
        "type": "bytes32",
        "internalType": "bytes32"
      }
    ],
    "outputs": [
      {
        "name": "",
        "type": "uint256",
        "internalType": "uint256"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "event",
    "name": "OwnershipTransferred",
    "inputs": [
      {
        "name": "previousOwner",
        "type": "address",
        "indexed": true,
        "internalType": "address"
      },
      {
        "name": "newOwner",
        "type": "address",
        "indexed": true,
        "internalType": "address"
      }
    ],
    "anonymous": false
  },
  {
    "type": "event",
    "name": "UpdateCancelled",
    "inputs": [
      {
        "name": "update",
        "type": "tuple",
        "indexed": false,
        "internalType": "struct Governor.Update",
        "components": [
          {
            "name": "target",
            "type": "address[]",
            "internalType": "address[]"
          },
          {
            "name": "value",
            "type": "uint256[]",
            "internalType": "uint256[]"
          },
          {
            "name": "data",
            "type": "bytes[]",
            "internalType": "bytes[]"
          },
          {
            "name": "nonce",
            "type": "uint256",
            "internalType": "uint256"
          }
        ]
      }
    ],
    "anonymous": false
  },
  {
    "type": "event",
    "name": "UpdateExecuted",
    "inputs": [
      {
        "name": "update",
        "type": "tuple",
        "indexed": false,
        "internalType": "struct Governor.Update",
        "components": [
          {
            "name": "target",
            "type": "address[]",
            "internalType": "address[]"
          },
          {
            "name": "value",
            "type": "uint256[]",
            "internalType": "uint256[]"
          },
          {
            "name": "data",
            "type": "bytes[]",
            "internalType": "bytes[]"
          },
          {
            "name": "nonce",
            "type": "uint256",
            "internalType": "uint256"
          }
        ]
      }
    ],
    "anonymous": false
  },
  {
    "type": "event",
    "name": "UpdateStaged",
    "inputs": [
      {
        "name": "update",
        "type": "tuple",
        "indexed": false,
        "internalType": "struct Governor.Update",
        "components": [
          {
            "name": "target",
            "type": "address[]",
            "internalType": "address[]"
          },
          {
            "name": "value",
            "type": "uint256[]",
            "internalType": "uint256[]"
          },
          {
            "name": "data",
            "type": "bytes[]",
            "internalType": "bytes[]"
          },
          {
            "name": "nonce",
            "type": "uint256",
            "internalType": "uint256"
          }
        ]
      },
      {
        "name": "delay",
        "type": "uint256",
        "indexed": false,
        "internalType": "uint256"
      }
    ],
    "anonymous": false
  }
] as const;
