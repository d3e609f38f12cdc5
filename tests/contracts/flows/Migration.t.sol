// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "../support/BridgeFixture.sol";

/// @title A whole orchestrator with its delegators and a gateway move from L1 to L2
contract MigrationTest is BridgeFixture {
    address private gatewayOperator = address(0x6a7e);

    function setUp() public override {
        super.setUp();
        l1.doNewTranscoder(alice, 100 ether);
        l1.doBond(dave, alice, 60 ether);
        l1.doBond(erin, alice, 40 ether);
        vm.deal(gatewayOperator, 5 ether);
        vm.prank(gatewayOperator);
        l1Broker.fundDepositAndReserve{ value: 5 ether }(2 ether, 3 ether);
        nextRounds();
        l1.doAddFees(alice, 10 ether);
        vm.prank(erin);
        l1Bonding.unbond(15 ether);

        // The old vault's successor on L1 has what is behind all that, and sends it ahead.
        l1.doGive(address(bridgeMinter), 300 ether);
        vm.deal(address(bridgeMinter), 20 ether);
        vm.deal(address(this), 1 ether);
        l1Migrator.migrateLPT{ value: TICKET_COST }(GAS, GAS_PRICE, SUBMISSION);
        bridge.relayToL2();
        l1Migrator.migrateETH{ value: TICKET_COST }(GAS, GAS_PRICE, SUBMISSION);
        bridge.relayToL2();
    }

    function test_EveryoneArrivesWithWhatIsTheirs() public {
        uint256 feesOfAlice = l1Bonding.pendingFees(alice, 0);
        uint256 feesOfDave = l1Bonding.pendingFees(dave, 0);
        assertTrue(feesOfAlice > 0 && feesOfDave > 0, "fees on L1");
        migrateDelegator(alice);
        assertEq(bondedAmount(alice), 100 ether, "orchestrator's stake");
        assertEq(alice.balance, feesOfAlice, "orchestrator's fees");
        assertEq(bonding.transcoderTotalStake(alice), 185 ether, "with its delegators");
        assertEq(bonding.getFirstTranscoderInPool(), alice, "in the pool");

        nextRounds();
        assertTrue(bonding.isActiveTranscoder(alice), "active on L2");
        reward(alice);
        nextRounds();
        reward(alice);
        migrateDelegator(dave);
        assertTrue(bondedAmount(dave) > 60 ether, "stake, with rewards earned in the pool");
        assertEq(delegateOf(dave), alice, "delegate");
        assertEq(dave.balance, feesOfDave, "fees of L1");
        assertEq(token.balanceOf(dave), 0, "the rest is bonded");

        migrateDelegator(erin);
        uint256[] memory ids = new uint256[](1);
        vm.deal(erin, erin.balance + TICKET_COST);
        vm.prank(erin);
        l1Migrator.migrateUnbondingLocks{ value: TICKET_COST }(
            erin,
            erin,
            ids,
            "",
            GAS,
            GAS_PRICE,
            SUBMISSION
        );
        bridge.relayToL2();
        assertTrue(bondedAmount(erin) > 40 ether, "stake and the lock's amount");
        address pool = migrator.delegatorPools(alice);
        assertTrue(bondedAmount(pool) < 10, "the pool is empty but for dust");

        vm.deal(gatewayOperator, TICKET_COST);
        vm.prank(gatewayOperator);
        l1Migrator.migrateSender{ value: TICKET_COST }(
            gatewayOperator,
            gatewayOperator,
            "",
            GAS,
            GAS_PRICE,
            SUBMISSION
        );
        bridge.relayToL2();
        (MixinTicketBrokerCore.Sender memory info, MReserve.ReserveInfo memory reserve) = broker.getSenderInfo(
            gatewayOperator
        );
        assertEq(info.deposit, 2 ether, "deposit");
        assertEq(reserve.fundsRemaining, 3 ether, "reserve");
        assertTrue(
            token.balanceOf(address(minter)) >=
                bonding.pendingStake(alice, 0) + bonding.pendingStake(dave, 0) + bonding.pendingStake(erin, 0),
            "the vault of L2 holds it all"
        );
    }

    function test_NothingComesTwice() public {
        migrateDelegator(alice);
        vm.deal(alice, TICKET_COST);
        vm.prank(alice);
        l1Migrator.migrateDelegator{ value: TICKET_COST }(alice, alice, "", GAS, GAS_PRICE, SUBMISSION);
        expectReason("DELEGATOR_ALREADY_MIGRATED");
        bridge.relayToL2();
    }

    function test_ATicketThatFailsCanBeTriedAgain() public {
        migrateDelegator(alice);
        // The pool's stake counts from the next round on.
        vm.deal(dave, TICKET_COST);
        vm.prank(dave);
        l1Migrator.migrateDelegator{ value: TICKET_COST }(dave, dave, "", GAS, GAS_PRICE, SUBMISSION);
        expectReason("caller must be bonded");
        bridge.relayToL2();
        nextRounds();
        bridge.relayToL2();
        assertEq(bondedAmount(dave), 60 ether, "arrived");
    }

    function test_LptGoesBackToL1() public {
        token.transfer(carol, 350 ether);
        vm.startPrank(carol);
        token.approve(address(gateway), 350 ether);
        gateway.outboundTransfer(address(l1Token), carol, 350 ether, "");
        vm.stopPrank();
        bridge.relayToL1(0);
        assertEq(l1Token.balanceOf(carol), 350 ether, "300 of the escrow, 50 issued");
    }
}
