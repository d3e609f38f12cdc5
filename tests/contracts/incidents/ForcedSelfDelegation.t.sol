// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "../support/ProtocolFixture.sol";

/// @dev July 2023: anyone could bond a wei for an account without stake toward that account itself. It became a
/// registered transcoder that could not delegate to others until it had unbonded.
contract ForcedSelfDelegationTest is ProtocolFixture {
    function setUp() public override {
        super.setUp();
        newTranscoder(alice, 100 ether, 0, 0);
        bond(dave, alice, 50 ether);
        nextRound();
    }

    function test_StrangersCannotMakeATranscoder() public {
        give(erin, 10 ether);
        vm.startPrank(erin);
        expectReason("INVALID_DELEGATE");
        bonding.bondForWithHint(1, carol, carol, address(0), address(0), address(0), address(0));
        vm.stopPrank();

        uint256 all = bonding.pendingStake(dave, 0);
        vm.prank(dave);
        bonding.unbond(all);
        vm.prank(erin);
        expectReason("INVALID_DELEGATE");
        bonding.bondForWithHint(1, dave, dave, address(0), address(0), address(0), address(0));
    }

    function test_NorByATransfer() public {
        bond(erin, carol, 10 ether); // toward the victim
        nextRound();
        vm.prank(erin);
        expectReason("INVALID_DELEGATOR");
        bonding.transferBond(carol, 1 ether, address(0), address(0), address(0), address(0));
        assertTrue(!bonding.isRegisteredTranscoder(carol), "no transcoder");
    }

    function test_AGiftTowardSomebodyElseLeavesTheAccountFree() public {
        give(erin, 1 ether);
        vm.prank(erin);
        bonding.bondForWithHint(1 ether, carol, alice, address(0), address(0), address(0), address(0));
        newTranscoder(bob, 100 ether, 0, 0);
        vm.prank(carol);
        bonding.bond(0, bob);
        assertEq(delegateOf(carol), bob, "moves on");
    }
}
