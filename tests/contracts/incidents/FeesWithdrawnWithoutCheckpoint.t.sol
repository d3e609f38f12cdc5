// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "../support/ProtocolFixture.sol";

/// @dev August 2023 audit: withdrawing fees claims earnings, but the voting contract was not told.
contract FeesWithdrawnWithoutCheckpointTest is ProtocolFixture {
    event DelegatorBondedAmountChanged(
        address indexed delegate,
        uint256 previousBondedAmount,
        uint256 previousLastClaimRound,
        uint256 newBondedAmount,
        uint256 newLastClaimRound
    );

    function test_WithdrawingFeesIsRecorded() public {
        newTranscoder(alice, 100 ether, 0, PERC);
        bond(dave, alice, 50 ether);
        uint256 bondRound = rounds.currentRound();
        nextRound();
        reward(alice);
        nextRound();
        addFees(alice, 3 ether);
        uint256 stake = bonding.pendingStake(dave, 0);
        uint256 fees = bonding.pendingFees(dave, 0);
        assertTrue(fees > 0, "fees");
        vm.prank(dave);
        expectEvent(address(votes));
        emit DelegatorBondedAmountChanged(dave, 50 ether, bondRound, stake, bondRound + 2);
        bonding.withdrawFees(payable(dave), fees);
        assertEq(votes.getVotes(dave), stake, "votes");
        assertEq(dave.balance, fees, "paid");
    }

    function test_EveryClaimIsRecorded() public {
        newTranscoder(alice, 100 ether, 0, 0);
        bond(dave, alice, 50 ether);
        uint256 lastRound = rounds.currentRound();
        for (uint256 i = 0; i < 3; i++) {
            nextRound();
            reward(alice);
            uint256 before = bondedAmount(dave);
            uint256 stake = bonding.pendingStake(dave, 0);
            uint256 round = rounds.currentRound();
            give(erin, 1);
            vm.prank(i == 2 ? erin : dave);
            expectEvent(address(votes));
            emit DelegatorBondedAmountChanged(
                dave,
                before,
                lastRound,
                i == 0 ? stake : i == 1 ? stake - 1 : stake + 1,
                round
            );
            if (i == 0) bonding.claimEarnings(0);
            else if (i == 1) bonding.unbond(1);
            else bonding.bondForWithHint(1, dave, alice, address(0), address(0), address(0), address(0));
            lastRound = round;
        }
    }
}
