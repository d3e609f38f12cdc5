// Written by scripts/generate-contracts.mjs from contracts/deploy/devnet.json; do not edit.

/** Parameters of the local network as they stand in the file; `parseDeployParams` reads them. */
export const devnetParamsJson = {
  "chainId": 31337,
  "gitCommitHash": "0x0000000000000000000000000000000000000000",
  "minter": {
    "inflation": 220500,
    "inflationChange": 500,
    "targetBondingRate": 500000000
  },
  "bondingManager": {
    "target": "base",
    "unbondingPeriod": 7,
    "numActiveTranscoders": 50,
    "treasuryRewardCutRate": "0",
    "treasuryBalanceCeiling": "0"
  },
  "roundsManager": {
    "roundLength": 60,
    "roundLockAmount": 100000
  },
  "ticketBroker": {
    "unlockPeriod": 50,
    "ticketValidityPeriod": 2
  },
  "treasury": {
    "minDelaySec": 0
  },
  "livepeerGovernor": {
    "votingDelay": 1,
    "votingPeriod": 10,
    "proposalThreshold": "100000000000000000000",
    "quorum": 333300,
    "quota": 500000
  },
  "faucet": {
    "requestAmount": "10000000000000000000",
    "requestWaitHours": 1,
    "supply": "6343700000000000000000000"
  },
  "deployerSupply": "500000000000000000000000"
} as const;
