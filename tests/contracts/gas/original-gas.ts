/** What a call costs in the original contracts. */
export type OriginalGas = {
  readonly gas: number;
  /**
   * `same`: measured in the same scenario. `nearest`: the original's scenario is not known call by call; the figure is
   * the dearest of its report for that function. `creation`: what is put on the chain once; newer compilers write more code for
   * strings, so that the original is only shown.
   */
  readonly scenario: "same" | "nearest" | "creation";
};

const creation = (gas: number): OriginalGas => ({ gas, scenario: "creation" });
const same = (gas: number): OriginalGas => ({ gas, scenario: "same" });
const nearest = (gas: number): OriginalGas => ({ gas, scenario: "nearest" });

const claim = nearest(322_329);
const bond = nearest(639_372);
const unbond = nearest(614_040);
const reward = nearest(537_629);
const round = nearest(308_904);

/**
 * Gas of the public contracts (livepeer/protocol, commit f225b10, solc 0.8.9, optimizer with 200 runs), from its own gas
 * report: `gasUsed` of receipts, with the 21 000 of a transaction and its calldata.
 */
export const originalGas: Readonly<Record<string, OriginalGas>> = {
  "pool of 100: transcoder, joins last and evicts, without hint": same(840_553),
  "pool of 100: transcoder, joins last and evicts, with hint": same(316_167),
  "pool of 100: bond, joins last and evicts, without hint": same(1_113_336),
  "pool of 100: bond, joins last and evicts, with hint": nearest(618_046),
  "pool of 100: bond, joins first and evicts, without hint": nearest(1_113_336),
  "pool of 100: bond, joins first and evicts, with hint": same(618_046),
  "pool of 100: bond, moves stake so that first and last change places, without hint": nearest(1_113_336),
  "pool of 100: bond, moves stake so that first and last change places, with hint": same(519_502),
  "pool of 100: bond, to the first, without hint": nearest(1_113_336),
  "pool of 100: bond, to the first, with hint": nearest(618_046),
  "pool of 100: bond, average of the four with hint": same(576_076),
  "pool of 100: unbond, first becomes last, without hint": same(1_028_461),
  "pool of 100: unbond, first becomes last, with hint": same(504_081),
  "pool of 100: unbond, first stays first, without hint": nearest(1_028_461),
  "pool of 100: unbond, first stays first, with hint": same(458_642),
  "pool of 100: rebond, last stays last, without hint": same(732_971),
  "pool of 100: rebond, last stays last, with hint": same(208_571),
  "pool of 100: rebond, first stays first, without hint": same(206_314),
  "pool of 100: rebond, first stays first, with hint": same(206_364),
  "pool of 100: rebondFromUnbonded, comes back last, without hint": same(967_350),
  "pool of 100: rebondFromUnbonded, comes back last, with hint": same(440_952),
  "pool of 100: rebondFromUnbonded, comes back first, without hint": same(440_873),
  "pool of 100: rebondFromUnbonded, comes back first, with hint": same(440_913),
  "pool of 100: reward, cheapest of the others": same(502_970),
  "pool of 100: reward, by the last, without hint": same(993_947),
  "pool of 100: reward, by the last, with hint": same(469_597),

  "LivepeerToken transfer, to a new account": same(51_420),
  "LivepeerToken transfer, again": nearest(51_420),
  "LivepeerToken approve": same(46_290),
  "initializeRound, with an empty pool": round,
  "initializeRound, with two transcoders": round,
  "bond, a first transcoder": bond,
  "bond, a second transcoder": bond,
  "bond, a new delegator": bond,
  "bond, to another transcoder": bond,
  "bond, more to the same": bond,
  "transcoder, in the pool": nearest(140_422),
  "unbond, a part": unbond,
  "unbond, another part a round later": unbond,
  "unbond, all of a delegator": unbond,
  "unbond, all of a transcoder": unbond,
  rebond: nearest(555_877),
  "rebondFromUnbonded, a delegator": nearest(497_461),
  withdrawStake: nearest(104_401),
  "reward, first ever": reward,
  "reward, again": reward,
  "claimEarnings, a delegator with rewards": claim,
  "claimEarnings, a delegator without rewards": claim,
  "claimEarnings, the transcoder": claim,
  "checkpointBondingState, a stranger": same(144_566),
  "checkpointBondingState, a delegator": same(188_616), // what the report's average leaves for the third of its calls
  "checkpointBondingState, a transcoder": same(210_253),
  "getVotesAndDelegateAtRoundStart, a stranger": same(59_368),
  "getVotesAndDelegateAtRoundStart, a transcoder": nearest(100_956),
  "getVotesAndDelegateAtRoundStart, a delegator": same(100_956),
  fundDepositAndReserve: same(107_808),
  "fundDeposit, first": same(82_932),
  "fundReserve, first": same(85_153),
  "fundReserve, again": same(68_053),
  "redeemWinningTicket, from the deposit": same(224_966),
  "redeemWinningTicket, from deposit and reserve": same(319_039),
  "Governor stage, a change of its owner": nearest(57_962),
  "Governor execute, a change of its owner": nearest(38_660),

  "create BondingManager": creation(4_842_017),
  "create LivepeerGovernor": creation(4_663_950),
  "create TicketBroker": creation(2_642_658),
  "create Treasury": creation(1_992_023),
  "create LivepeerToken": creation(1_706_214),
  "create Minter": creation(1_609_711),
  "create BondingVotes": creation(1_361_887),
  "create SortedDoublyLL": creation(874_373),
  "create AdjustableRoundsManager": creation(788_534),
  "create Governor": creation(786_181),
  "create MerkleSnapshot": creation(371_781),
  "create Controller": creation(366_428),
  "create ServiceRegistry": creation(348_987),
  "create ManagerProxy": creation(278_389),
};
