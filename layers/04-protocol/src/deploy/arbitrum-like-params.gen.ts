// Written by scripts/generate-contracts.mjs from contracts/deploy/arbitrum-like.json; do not edit.

/** Parameters of a network like Arbitrum One as they stand in the file; `parseDeployParams` reads them. */
export const arbitrumLikeParamsJson = {
  "gitCommitHash": "0x0000000000000000000000000000000000000000",
  "minter": {
    "inflation": 220500,
    "inflationChange": 500,
    "targetBondingRate": 500000000
  },
  "bondingManager": {
    "target": "active-redeemers",
    "unbondingPeriod": 7,
    "numActiveTranscoders": 100,
    "treasuryRewardCutRate": "100000000000000000000000000",
    "treasuryBalanceCeiling": "750000000000000000000000"
  },
  "roundsManager": {
    "roundLength": 6377,
    "roundLockAmount": 100000
  },
  "ticketBroker": {
    "unlockPeriod": 2,
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
  "bridge": {
    "l2GatewayRouter": "0x5288c571Fd7aD117beA99bF60FE0846C4E84F933",
    "l1LivepeerToken": "0x58b6A8A3302369DAEc383334672404Ee733aB239",
    "l1LPTGateway": "0x6142f1C8bBF02E6A6bd074E8d564c9A5420a0676",
    "l1LPTDataCache": "0x1d24838b35A9c138Ac157A852e19e948aD6323D7",
    "l1Migrator": "0x21146B872D3A95d2cF9afeD03eE5a783DaE9A89A"
  },
  "deployerSupply": "0"
} as const;
