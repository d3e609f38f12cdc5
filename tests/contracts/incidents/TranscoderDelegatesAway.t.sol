// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "../support/ProtocolFixture.sol";

/// @dev May 2018: a registered transcoder could delegate away from itself, after which its own stake was counted for
/// two transcoders and more was issued than was due.
contract TranscoderDelegatesAwayTest is ProtocolFixture {
    function test_ARegisteredTranscoderStaysWithItself() public {
        newTranscoder(alice, 100 ether, 0, 0);
        newTranscoder(bob, 100 ether, 0, 0);
        nextRound();
        give(alice, 1 ether);
        vm.startPrank(alice);
        expectReason("registered transcoders can't delegate towards other addresses");
        bonding.bond(0, bob);
        expectReason("registered transcoders can't delegate towards other addresses");
        bonding.bond(1 ether, bob);
        vm.stopPrank();
    }

    function test_DelegationsAddUpOnTheWayFromOneToTheOther() public {
        newTranscoder(alice, 100 ether, 0, 0);
        newTranscoder(bob, 100 ether, 0, 0);
        bond(dave, alice, 10 ether);
        nextRound();
        vm.prank(alice);
        bonding.unbond(100 ether);
        vm.prank(alice);
        bonding.rebondFromUnbonded(bob, 0);
        assertEq(bonding.transcoderTotalStake(alice), 10 ether, "what others delegate to it");
        assertEq(bonding.transcoderTotalStake(bob), 200 ether, "with the stake that came");
        assertEq(bonding.nextRoundTotalActiveStake(), 200 ether, "of the next round");
        nextRound();
        vm.prank(alice);
        bonding.unbond(60 ether);
        assertEq(bonding.transcoderTotalStake(bob), 140 ether, "taken from the new delegate");
        reward(bob);
        vm.prank(alice);
        expectReason("caller must be an active transcoder");
        bonding.reward();
        assertTrue(minter.currentMintedTokens() <= minter.currentMintableTokens(), "issued");
    }
}
