// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "../support/BridgeFixture.sol";

/// @dev 2026: an account of L1 could name any account of L2 as its own. The migrator on L2 may change delegates, so
/// with a little stake, or none at all, anyone could move anybody's stake, or all stake that a vote needs.
contract MigratedToSomebodyElseTest is BridgeFixture {
    function setUp() public override {
        super.setUp();
        newTranscoder(alice, 100 ether, 0, 0);
        bond(dave, alice, 50 ether); // the victim on L2
        l1.doNewTranscoder(bob, 100 ether); // the attacker on L1
        nextRounds();
        vm.deal(bob, 1 ether);
        vm.deal(erin, 1 ether);
        fundMigrator(500 ether, 0);
    }

    function test_AnAccountMigratesOnlyToItself() public {
        uint256[] memory ids = new uint256[](1);
        vm.startPrank(bob);
        l1Bonding.unbond(1 ether);
        expectReason("L2_ADDR_MISMATCH");
        l1Migrator.migrateDelegator{ value: TICKET_COST }(bob, dave, "", GAS, GAS_PRICE, SUBMISSION);
        expectReason("L2_ADDR_MISMATCH");
        l1Migrator.migrateUnbondingLocks{ value: TICKET_COST }(bob, dave, ids, "", GAS, GAS_PRICE, SUBMISSION);
        expectReason("L2_ADDR_MISMATCH");
        l1Migrator.migrateSender{ value: TICKET_COST }(bob, dave, "", GAS, GAS_PRICE, SUBMISSION);
        vm.stopPrank();
        assertEq(bridge.ticketCount(), 0, "nothing was sent");
        assertEq(delegateOf(dave), alice, "the victim's delegate");
    }

    function test_NothingMigratesNothing() public {
        vm.startPrank(erin); // without anything on L1
        uint256[] memory ids = new uint256[](1);
        ids[0] = 999;
        expectReason("ZERO_LOCK_AMOUNT");
        l1Migrator.migrateUnbondingLocks{ value: TICKET_COST }(erin, erin, ids, "", GAS, GAS_PRICE, SUBMISSION);
        expectReason("EMPTY_LOCK_IDS");
        l1Migrator.migrateUnbondingLocks{ value: TICKET_COST }(
            erin,
            erin,
            new uint256[](0),
            "",
            GAS,
            GAS_PRICE,
            SUBMISSION
        );
        vm.stopPrank();
    }

    function test_TheMigratorOfL2TrustsItsCounterpartOnly() public {
        IMigrator.MigrateUnbondingLocksParams memory params = IMigrator.MigrateUnbondingLocksParams({
            l1Addr: bob,
            l2Addr: dave,
            total: 1 ether,
            unbondingLockIds: new uint256[](1),
            delegate: bob
        });
        vm.prank(bob);
        expectReason("ONLY_COUNTERPART_GATEWAY");
        migrator.finalizeMigrateUnbondingLocks(params);
        // This is what a counterpart that does not look would do to the victim.
        vm.prank(bridge.aliasOf(address(l1Migrator)));
        migrator.finalizeMigrateUnbondingLocks(params);
        assertEq(delegateOf(dave), bob, "moved against its will");
    }
}
