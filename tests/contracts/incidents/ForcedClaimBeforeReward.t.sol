// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "../support/ProtocolFixture.sol";

/// @dev March 2024: a stranger bonded or transferred a wei to a delegator before its transcoder's reward call, which
/// claimed the delegator's earnings too early and cost it the round's reward.
contract ForcedClaimBeforeRewardTest is ProtocolFixture {
    function test_StrangersCannotForceAClaimBeforeTheReward() public {
        newTranscoder(alice, 100 ether, 0, 0);
        bond(dave, alice, 10 ether);
        bond(erin, alice, 10 ether);
        nextRound();
        give(erin, 1 ether);
        vm.startPrank(erin);
        expectReason("ILLEGAL_CLAIM_EARNINGS");
        bonding.bondForWithHint(1, dave, alice, address(0), address(0), address(0), address(0));
        expectReason("ILLEGAL_CLAIM_EARNINGS");
        bonding.transferBond(dave, 1, address(0), address(0), address(0), address(0));
        vm.stopPrank();
        reward(alice);
        uint256 stake = bonding.pendingStake(dave, 0);
        vm.startPrank(erin);
        bonding.bondForWithHint(1, dave, alice, address(0), address(0), address(0), address(0));
        bonding.transferBond(dave, 1, address(0), address(0), address(0), address(0));
        vm.stopPrank();
        assertEq(bondedAmount(dave), stake + 2, "with the reward");
    }

    function test_TheMigratorAndDelegatorsOfInactiveTranscodersAreFree() public {
        newTranscoder(alice, 100 ether, 0, 0);
        bond(dave, bob, 10 ether); // bob is no transcoder
        bond(erin, alice, 10 ether);
        nextRound();
        give(carol, 10 ether);
        vm.startPrank(carol);
        bonding.bondForWithHint(1, dave, bob, address(0), address(0), address(0), address(0));
        expectReason("ILLEGAL_CLAIM_EARNINGS");
        bonding.bondForWithHint(1, erin, alice, address(0), address(0), address(0), address(0));
        vm.stopPrank();
        register("L2Migrator", carol);
        vm.prank(carol);
        bonding.bondForWithHint(1, erin, alice, address(0), address(0), address(0), address(0));
    }
}
