// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "../support/ProtocolFixture.sol";

/// @dev February 2022: stake that came from L1 with nobody as its delegate did not move along when its owner bonded to
/// somebody, and bond transferred to such an account was counted for nobody.
contract NullDelegateTest is ProtocolFixture {
    function setUp() public override {
        super.setUp();
        newTranscoder(alice, 100 ether, 0, 0);
        bond(erin, alice, 50 ether);
        register("L2Migrator", address(this));
        token.approve(address(bonding), type(uint256).max);
        bonding.bondForWithHint(20 ether, dave, address(0), address(0), address(0), address(0), address(0));
        nextRound();
        assertEq(delegateOf(dave), address(0), "nobody");
    }

    function test_StakeBondedTowardNobodyMovesWithItsOwner() public {
        vm.prank(dave);
        bonding.bond(0, alice);
        assertEq(bonding.transcoderTotalStake(alice), 170 ether, "all of it");
        assertEq(bonding.transcoderTotalStake(address(0)), 0, "none left");
        nextRound();
        takeOut(dave, 20 ether);
        takeOut(erin, 50 ether);
        takeOut(alice, 100 ether);
    }

    function test_BondTransferredToAnAccountWithoutADelegateGoesToTheSenders() public {
        vm.prank(erin);
        bonding.transferBond(bob, 30 ether, address(0), address(0), address(0), address(0));
        assertEq(delegateOf(bob), alice, "delegate of the sender");
        assertEq(bonding.transcoderTotalStake(alice), 150 ether, "unchanged");
        vm.prank(erin);
        expectReason("INVALID_DELEGATOR");
        bonding.transferBond(address(0), 1 ether, address(0), address(0), address(0), address(0));
        nextRound();
        takeOut(bob, 30 ether);
        takeOut(erin, 20 ether);
    }

    function test_BondTransferredToStakeOfNobodyCanStillBeTakenOut() public {
        vm.prank(erin);
        bonding.transferBond(dave, 30 ether, address(0), address(0), address(0), address(0));
        assertEq(bonding.transcoderTotalStake(address(0)), 50 ether, "with the stake that is there");
        vm.prank(dave);
        bonding.bond(0, alice);
        assertEq(bonding.transcoderTotalStake(alice), 170 ether, "all of it");
        nextRound();
        takeOut(dave, 50 ether);
    }

    function takeOut(address account, uint256 amount) private {
        vm.prank(account);
        bonding.unbond(amount);
        assertEq(bondedAmount(account), 0, "all taken out");
    }
}
