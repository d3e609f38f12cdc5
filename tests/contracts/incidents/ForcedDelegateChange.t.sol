// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "../support/ProtocolFixture.sol";

/// @dev 2022: anyone could bond a wei for somebody else and name another delegate for all of that account's stake.
contract ForcedDelegateChangeTest is ProtocolFixture {
    function setUp() public override {
        super.setUp();
        newTranscoder(alice, 100 ether, 0, 0);
        newTranscoder(bob, 100 ether, 0, 0);
        bond(dave, alice, 50 ether);
        bond(erin, bob, 50 ether);
        nextRound();
        reward(alice);
        give(erin, 10 ether);
    }

    function test_StrangersCannotChooseADelegate() public {
        vm.startPrank(erin);
        expectReason("INVALID_DELEGATE_CHANGE");
        bonding.bondForWithHint(1, dave, bob, address(0), address(0), address(0), address(0));
        expectReason("INVALID_DELEGATE_CHANGE");
        bonding.bondForWithHint(0, dave, bob, address(0), address(0), address(0), address(0));
        expectReason("INVALID_DELEGATE_CHANGE");
        bonding.bondForWithHint(1, dave, address(0), address(0), address(0), address(0), address(0));
        expectReason("INVALID_DELEGATE_CHANGE");
        bonding.bondForWithHint(1, alice, bob, address(0), address(0), address(0), address(0));
        bonding.transferBond(dave, 10 ether, address(0), address(0), address(0), address(0));
        vm.stopPrank();
        assertEq(delegateOf(dave), alice, "its own choice");
        assertEq(bonding.transcoderTotalStake(bob), 140 ether, "the gift left the sender's delegate");
    }
}
