// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "../support/ProtocolFixture.sol";

/// @dev December 2023: voting power was worked out together with fees. After fees in one round and a reward without
/// fees in a later one the difference of fee factors is negative, and nobody's votes could be read.
contract VotesWithoutFeesTest is ProtocolFixture {
    function test_VotesDoNotNeedFeeFactors() public {
        newTranscoder(alice, 100 ether, 0, PERC);
        bond(dave, alice, 50 ether);
        nextRound();
        reward(alice);
        nextRound();
        addFees(alice, 3 ether);
        vm.prank(dave);
        bonding.claimEarnings(0);
        uint256 claimRound = rounds.currentRound();
        nextRound();
        reward(alice);
        uint256 rewardRound = rounds.currentRound();
        (, , , , uint256 startFactor) = bonding.getTranscoderEarningsPoolForRound(alice, claimRound);
        (, , , , uint256 endFactor) = bonding.getTranscoderEarningsPoolForRound(alice, rewardRound);
        assertTrue(endFactor < startFactor, "the difference is negative");

        assertEq(votes.getVotes(dave), bonding.pendingStake(dave, 0), "votes");
        nextRound();
        assertEq(votes.getPastVotes(dave, rewardRound), bonding.pendingStake(dave, 0), "past votes");
        uint256 fees = bonding.pendingFees(dave, 0);
        assertTrue(fees <= 1 ether && 1 ether - fees < 10, "fees do not suffer either");
    }
}
