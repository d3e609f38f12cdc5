/** A deliberate defect in one contract, and the test that must notice it. */
export type Defect = {
  readonly name: string;
  /** Contract, below `contracts/`. */
  readonly contract: string;
  /** Text that occurs once in it, and what stands there instead. */
  readonly find: string;
  readonly replace: string;
  /** File of the test, below `tests/contracts/`. */
  readonly tests: string;
  readonly mustFail: string;
  /** What the failure says. */
  readonly reason: RegExp;
  /** Tests of the same file that have nothing to do with it. */
  readonly mustPass: readonly string[];
};

const bonding = "bonding/BondingManager.sol";
const broker = "pm/mixins/MixinTicketBrokerCore.sol";

export const defects: readonly Defect[] = [
  {
    name: "a ticket can be redeemed again",
    contract: broker,
    find: "        usedTickets[ticketHash] = true;\n",
    replace: "",
    tests: "TicketBroker.t.sol",
    mustFail: "test_PaysFromTheDeposit",
    reason: /NotTrue\("used"\)/,
    mustPass: ["test_UnlocksAndWithdraws"],
  },
  {
    name: "a ticket lives a round too long",
    contract: "pm/mixins/MixinTicketProcessor.sol",
    find: "creationRound + ticketValidityPeriod > roundsManager()",
    replace: "creationRound + ticketValidityPeriod >= roundsManager()",
    tests: "TicketBroker.t.sol",
    mustFail: "test_RefusalsComeInOrder",
    reason: /did not revert as expected/,
    mustPass: ["test_PaysFromTheDeposit"],
  },
  {
    name: "one claimant may take the whole reserve",
    contract: "pm/mixins/MixinReserve.sol",
    find: "(reserve.funds + reserve.claimedForRound[currentRound]) / poolSize",
    replace: "(reserve.funds + reserve.claimedForRound[currentRound])",
    tests: "TicketBroker.t.sol",
    mustFail: "test_ClaimsTheRestFromTheReserveUpToAnEqualPart",
    reason: /NotEqual\("part"/,
    mustPass: ["test_PaysFromTheDeposit"],
  },
  {
    name: "whoever funds a sender cancels its unlock",
    contract: broker,
    find: "if (_senderAddress == msg.sender && _isUnlockInProgress(_sender))",
    replace: "if (_isUnlockInProgress(_sender))",
    tests: "incidents/ForcedUnlockCancel.t.sol",
    mustFail: "test_OnlyTheSenderCancelsItsUnlock",
    reason: /NotEqual\("still unlocking"/,
    mustPass: [],
  },
  {
    name: "stake can be withdrawn while the system is paused",
    contract: bonding,
    find: "function withdrawStake(uint256 _unbondingLockId) external whenSystemNotPaused currentRoundInitialized {",
    replace: "function withdrawStake(uint256 _unbondingLockId) external currentRoundInitialized {",
    tests: "BondingManager.t.sol",
    mustFail: "test_NothingMovesWhilePausedOrBeforeTheRoundIsInitialized",
    reason: /invalid unbonding lock ID != system is paused/,
    mustPass: ["test_UnbondsIntoLocksAndWithdrawsAfterThePeriod"],
  },
  {
    name: "anyone may begin a round's stake",
    contract: bonding,
    find: "function setCurrentRoundTotalActiveStake() external override onlyRoundsManager {",
    replace: "function setCurrentRoundTotalActiveStake() external override {",
    tests: "BondingManager.t.sol",
    mustFail: "test_HooksKnowTheirCallers",
    reason: /did not revert as expected/,
    mustPass: ["test_RebondsFromALock"],
  },
  {
    name: "an evicted transcoder stays active",
    contract: bonding,
    find: "            transcoders[last].deactivationRound = _activationRound;\n",
    replace: "",
    tests: "BondingManager.t.sol",
    mustFail: "test_FullPoolIsJoinedOnlyByStrictlyMoreStake",
    reason: /NotEqual\("deactivation"/,
    mustPass: ["test_FirstSelfBondRegistersAndJoinsThePool"],
  },
  {
    name: "equal stake evicts the last of a full pool",
    contract: bonding,
    find: "if (_totalStake <= lastStake)",
    replace: "if (_totalStake < lastStake)",
    tests: "BondingManager.t.sol",
    mustFail: "test_FullPoolIsJoinedOnlyByStrictlyMoreStake",
    reason: /expected TranscoderDeactivated/,
    mustPass: ["test_FirstSelfBondRegistersAndJoinsThePool"],
  },
  {
    name: "fees are withdrawn without a checkpoint",
    contract: bonding,
    find: "        autoClaimEarnings(msg.sender)\n        autoCheckpoint(msg.sender)\n    {\n        require(_recipient",
    replace: "        autoClaimEarnings(msg.sender)\n    {\n        require(_recipient",
    tests: "incidents/FeesWithdrawnWithoutCheckpoint.t.sol",
    mustFail: "test_WithdrawingFeesIsRecorded",
    reason: /expected DelegatorBondedAmountChanged/,
    mustPass: [],
  },
  {
    name: "the treasury's cut is taken in the wrong base",
    contract: bonding,
    find: "rewards -= PreciseMathUtils.percOf(rewards, treasuryRewardCutRate);",
    replace: "rewards -= MathUtils.percOf(rewards, treasuryRewardCutRate);",
    tests: "incidents/TreasuryCutBase.t.sol",
    mustFail: "test_FeesAfterAFirstRewardWithATreasuryCutAreCredited",
    reason: /panic: arithmetic/,
    mustPass: [],
  },
  {
    name: "strangers force a claim before the reward",
    contract: bonding,
    find: "        _authorizeClaim(_owner);\n",
    replace: "",
    tests: "incidents/ForcedClaimBeforeReward.t.sol",
    mustFail: "test_StrangersCannotForceAClaimBeforeTheReward",
    reason: /did not revert as expected/,
    mustPass: [],
  },
  {
    name: "the receiver of a bond is not settled first",
    contract: bonding,
    find: "        _autoClaimEarnings(_delegator);\n\n        Delegator storage receiver",
    replace: "        Delegator storage receiver",
    tests: "incidents/TransferBondFreezesStake.t.sol",
    mustFail: "test_EverythingCanBeTakenOutAfterATransfer",
    reason: /panic: arithmetic/,
    mustPass: ["test_TransferMakesNobodyATranscoder"],
  },
  {
    name: "rebonded stake earns from the past",
    contract: bonding,
    find: "        _ensureCumulativeFactors(transcoders[_to], currentRound);\n        delegators[msg.sender].startRound",
    replace: "        delegators[msg.sender].startRound",
    tests: "incidents/RebondOntoStaleFactors.t.sol",
    mustFail: "test_RebondedStakeEarnsNothingFromThePast",
    reason: /NotEqual\("stake"/,
    mustPass: ["test_MovedStakeEarnsNothingFromThePast"],
  },
  {
    name: "a transcoder without stake has votes",
    contract: "bonding/BondingVotes.sol",
    find: "if (bond.bondedAmount == 0) {",
    replace: "if (false) {",
    tests: "incidents/SlashedTranscoderVotes.t.sol",
    mustFail: "test_NeitherItNorItsDelegatorsHaveVotes",
    reason: /NotEqual\("no votes"/,
    mustPass: ["test_SlashedAfterTheSnapshotItStillVotesAsOfThen"],
  },
  {
    name: "issuance counts one chain only",
    contract: "token/Minter.sol",
    find: '_livepeerToken().totalSupply() + IL2LPTDataCache(_registered(keccak256("L2LPTDataCache"))).l1CirculatingSupply();',
    replace: "_livepeerToken().totalSupply();",
    tests: "incidents/IssuanceFromOneChainOnly.t.sol",
    mustFail: "testFuzz_IssuanceIsAShareOfTheSupplyOfBothChains",
    reason: /NotEqual\("supply"/,
    mustPass: [],
  },
  {
    name: "more is minted than the round allows",
    contract: "token/Minter.sol",
    find: '        require(minted <= currentMintableTokens, "minted tokens cannot exceed mintable tokens");\n',
    replace: "",
    tests: "Minter.t.sol",
    mustFail: "test_RewardsCannotExceedTheRound",
    reason: /did not revert as expected/,
    mustPass: ["test_InflationMovesTowardTheTarget"],
  },
  {
    name: "shares are rounded up",
    contract: "libraries/PreciseMathUtils.sol",
    find: "return (_amount * percPoints(_fracNum, _fracDenom)) / PERC_DIVISOR;",
    replace: "return (_amount * percPoints(_fracNum, _fracDenom) + PERC_DIVISOR - 1) / PERC_DIVISOR;",
    tests: "BondingManager.t.sol",
    mustFail: "test_RewardIsSharedByCutAndStake",
    reason: /NotTrue\("nothing is lost but dust"\)/,
    mustPass: ["test_FirstSelfBondRegistersAndJoinsThePool"],
  },
];
