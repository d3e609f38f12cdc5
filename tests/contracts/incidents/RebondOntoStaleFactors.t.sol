// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "../support/ProtocolFixture.sol";

/// @dev Late 2023: stake moved toward a transcoder whose factors of the round were not written yet started from a
/// factor of 1 and was credited with all rewards of the past.
contract RebondOntoStaleFactorsTest is ProtocolFixture {
    function setUp() public override {
        super.setUp();
        newTranscoder(alice, 100 ether, 0, PERC);
        newTranscoder(bob, 100 ether, 0, PERC);
        bond(dave, alice, 10 ether);
        for (uint256 i = 0; i < 5; i++) {
            nextRound();
            reward(bob);
            addFees(bob, 1 ether);
        }
        nextRound(); // nothing written for bob in this round
    }

    function test_RebondedStakeEarnsNothingFromThePast() public {
        vm.startPrank(dave);
        bonding.unbond(10 ether);
        bonding.rebondFromUnbonded(bob, 0);
        vm.stopPrank();
        nextRound();
        assertEq(bonding.pendingStake(dave, 0), 10 ether, "stake");
        assertEq(bonding.pendingFees(dave, 0), 0, "fees");
    }

    function test_MovedStakeEarnsNothingFromThePast() public {
        vm.prank(dave);
        bonding.bond(0, bob);
        nextRound();
        assertEq(bonding.pendingStake(dave, 0), 10 ether, "stake");
        assertEq(bonding.pendingFees(dave, 0), 0, "fees");
    }
}
