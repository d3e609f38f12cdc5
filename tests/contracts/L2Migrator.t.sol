// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "./support/BridgeFixture.sol";

/// @dev Takes no ether
contract Refuser {

}

contract L2MigratorTest is BridgeFixture {
    event L1MigratorUpdate(address _l1MigratorAddr);
    event DelegatorPoolImplUpdate(address _delegatorPoolImpl);
    event ClaimStakeEnabled(bool _enabled);
    event ControllerContractUpdate(bytes32 id, address addr);
    event MigrateDelegatorFinalized(IMigrator.MigrateDelegatorParams params);
    event MigrateUnbondingLocksFinalized(IMigrator.MigrateUnbondingLocksParams params);
    event MigrateSenderFinalized(IMigrator.MigrateSenderParams params);
    event DelegatorPoolCreated(address indexed l1Addr, address delegatorPool);
    event StakeClaimed(address indexed delegator, address delegate, uint256 stake, uint256 fees);

    address private fromL1;

    function setUp() public override {
        super.setUp();
        fromL1 = bridge.aliasOf(address(l1Migrator));
        fundMigrator(1000 ether, 10 ether);
    }

    function test_SettingsBelongToTheControllerOwner() public {
        vm.startPrank(alice);
        expectReason("caller must be Controller owner");
        migrator.initialize(alice, alice);
        expectReason("caller must be Controller owner");
        migrator.setL1Migrator(alice);
        expectReason("caller must be Controller owner");
        migrator.setDelegatorPoolImpl(alice);
        expectReason("caller must be Controller owner");
        migrator.setClaimStakeEnabled(true);
        vm.stopPrank();
        expectEvent(address(migrator));
        emit L1MigratorUpdate(bob);
        migrator.setL1Migrator(bob);
        expectEvent(address(migrator));
        emit DelegatorPoolImplUpdate(bob);
        migrator.setDelegatorPoolImpl(bob);
        expectEvent(address(migrator));
        emit ClaimStakeEnabled(true);
        migrator.setClaimStakeEnabled(true);
        assertEq(migrator.l1MigratorAddr(), bob, "migrator");
        assertEq(migrator.delegatorPoolImpl(), bob, "pool");
        assertTrue(migrator.claimStakeEnabled(), "enabled");
    }

    function test_FollowsTheControllerWhenAsked() public {
        assertEq(migrator.bondingManagerAddr(), address(bonding), "bonding manager");
        assertEq(migrator.ticketBrokerAddr(), address(broker), "ticket broker");
        assertEq(migrator.merkleSnapshotAddr(), address(snapshots), "snapshots");
        assertEq(migrator.tokenAddr(), address(token), "token");
        register("TicketBroker", bob);
        register("LivepeerToken", carol);
        vm.prank(alice);
        expectEvent(address(migrator));
        emit ControllerContractUpdate(keccak256("TicketBroker"), bob);
        expectEvent(address(migrator));
        emit ControllerContractUpdate(keccak256("LivepeerToken"), carol);
        migrator.syncControllerContracts();
        assertEq(migrator.ticketBrokerAddr(), bob, "new broker");
        vm.recordLogs();
        migrator.syncControllerContracts();
        assertEq(vm.getRecordedLogs().length, 0, "nothing new");
    }

    function test_OnlyTheMigratorOfL1Finalizes() public {
        vm.startPrank(address(l1Migrator)); // without the alias
        expectReason("ONLY_COUNTERPART_GATEWAY");
        migrator.finalizeMigrateDelegator(delegator(dave, alice, 1, 0));
        expectReason("ONLY_COUNTERPART_GATEWAY");
        migrator.finalizeMigrateUnbondingLocks(locks(dave, alice, 1, 0));
        expectReason("ONLY_COUNTERPART_GATEWAY");
        migrator.finalizeMigrateSender(sender(dave, 1, 1));
        vm.stopPrank();
    }

    function test_OrchestratorComesWithAPoolForItsDelegators() public {
        IMigrator.MigrateDelegatorParams memory params = delegator(alice, alice, 100 ether, 2 ether);
        params.delegatedStake = 250 ether;
        vm.prank(fromL1);
        vm.recordLogs();
        migrator.finalizeMigrateDelegator(params);
        address pool = migrator.delegatorPools(alice);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs[logs.length - 2].topics[0], DelegatorPoolCreated.selector, "pool event");
        assertEq(logs[logs.length - 2].topics[1], bytes32(uint256(uint160(alice))), "of alice");
        assertEq(abi.decode(logs[logs.length - 2].data, (address)), pool, "is the pool");
        assertEq(logs[logs.length - 1].topics[0], MigrateDelegatorFinalized.selector, "last event");

        assertEq(bondedAmount(alice), 100 ether, "own stake");
        assertEq(delegateOf(alice), alice, "a transcoder");
        assertEq(bondedAmount(pool), 150 ether, "stake of its delegators");
        assertEq(delegateOf(pool), alice, "delegated to it");
        assertEq(alice.balance, 2 ether, "fees");
        assertTrue(migrator.migratedDelegators(alice), "migrated");
        assertEq(migrator.claimedDelegatedStake(alice), 100 ether, "claimed");
        assertEq(DelegatorPool(pool).initialStake(), 150 ether, "in the pool");
        assertEq(DelegatorPool(pool).migrator(), address(migrator), "pool's migrator");
        assertEq(DelegatorPool(pool).bondingManager(), address(bonding), "pool's bonding manager");

        vm.prank(fromL1);
        expectReason("DELEGATOR_ALREADY_MIGRATED");
        migrator.finalizeMigrateDelegator(params);
    }

    function test_DelegatorsWhoCameFirstAreNotCountedAgain() public {
        vm.startPrank(fromL1);
        migrator.finalizeMigrateDelegator(delegator(dave, alice, 30 ether, 0));
        assertEq(bondedAmount(dave), 30 ether, "bonded by itself");
        assertEq(delegateOf(dave), alice, "to its delegate of L1");
        IMigrator.MigrateDelegatorParams memory params = delegator(alice, alice, 100 ether, 0);
        params.delegatedStake = 150 ether;
        migrator.finalizeMigrateDelegator(params);
        vm.stopPrank();
        assertEq(bondedAmount(migrator.delegatorPools(alice)), 20 ether, "the others' stake");
        assertEq(bonding.transcoderTotalStake(alice), 150 ether, "in all");
    }

    function test_DelegatorsWhoComeLaterTakeTheirPartOfThePool() public {
        IMigrator.MigrateDelegatorParams memory params = delegator(alice, alice, 100 ether, 0);
        params.delegatedStake = 200 ether;
        vm.prank(fromL1);
        migrator.finalizeMigrateDelegator(params);
        nextRounds();
        vm.prank(fromL1);
        migrator.finalizeMigrateDelegator(delegator(dave, alice, 25 ether, 1 ether));
        assertEq(bondedAmount(dave), 25 ether, "stake");
        assertEq(delegateOf(dave), alice, "delegate");
        assertEq(dave.balance, 1 ether, "fees of L1");
        assertEq(bondedAmount(migrator.delegatorPools(alice)), 75 ether, "what is left");
        assertEq(migrator.claimedDelegatedStake(alice), 125 ether, "claimed");
    }

    function test_AnOrchestratorWithoutDelegatorsCannotCome() public {
        // Known of the original: the empty pool cannot be bonded.
        IMigrator.MigrateDelegatorParams memory params = delegator(alice, alice, 100 ether, 0);
        params.delegatedStake = 100 ether;
        vm.prank(fromL1);
        expectReason("delegation amount must be greater than 0");
        migrator.finalizeMigrateDelegator(params);
    }

    function test_FeesThatCannotBePaidTakeAllBack() public {
        address refuser = address(new Refuser());
        vm.prank(fromL1);
        expectReason("FINALIZE_DELEGATOR:FAIL_FEE");
        migrator.finalizeMigrateDelegator(delegator(refuser, alice, 1 ether, 1));
        assertTrue(!migrator.migratedDelegators(refuser), "not migrated");
    }

    function test_UnbondingLocksAreBondedOnce() public {
        vm.startPrank(fromL1);
        IMigrator.MigrateUnbondingLocksParams memory params = locks(dave, alice, 7 ether, 4);
        expectEvent(address(migrator));
        emit MigrateUnbondingLocksFinalized(params);
        migrator.finalizeMigrateUnbondingLocks(params);
        assertEq(bondedAmount(dave), 7 ether, "bonded");
        assertEq(delegateOf(dave), alice, "delegate");
        assertTrue(migrator.migratedUnbondingLocks(dave, 4), "migrated");
        expectReason("UNBONDING_LOCK_ALREADY_MIGRATED");
        migrator.finalizeMigrateUnbondingLocks(params);
        params.unbondingLockIds = new uint256[](2); // the same id twice
        expectReason("UNBONDING_LOCK_ALREADY_MIGRATED");
        migrator.finalizeMigrateUnbondingLocks(params);
        vm.stopPrank();
    }

    function test_DepositsAndReservesAreFundedOnce() public {
        vm.startPrank(fromL1);
        IMigrator.MigrateSenderParams memory params = sender(dave, 2 ether, 3 ether);
        expectEvent(address(migrator));
        emit MigrateSenderFinalized(params);
        migrator.finalizeMigrateSender(params);
        expectReason("SENDER_ALREADY_MIGRATED");
        migrator.finalizeMigrateSender(params);
        vm.stopPrank();
        (MixinTicketBrokerCore.Sender memory info, MReserve.ReserveInfo memory reserve) = broker.getSenderInfo(dave);
        assertEq(info.deposit, 2 ether, "deposit");
        assertEq(reserve.fundsRemaining, 3 ether, "reserve");
        assertEq(address(migrator).balance, 5 ether, "paid from here");
    }

    function test_StakeIsClaimedWithAProof() public {
        bytes32[] memory proof = new bytes32[](1);
        proof[0] = keccak256("someone else");
        bytes32 leaf = keccak256(abi.encodePacked(dave, alice, uint256(8 ether), uint256(1 ether)));
        snapshots.setSnapshot(
            keccak256("LIP-73"),
            leaf < proof[0]
                ? keccak256(abi.encodePacked(leaf, proof[0]))
                : keccak256(abi.encodePacked(proof[0], leaf))
        );
        vm.startPrank(dave);
        expectReason("CLAIM_STAKE_DISABLED");
        migrator.claimStake(alice, 8 ether, 1 ether, proof, address(0));
        vm.stopPrank();
        migrator.setClaimStakeEnabled(true);
        expectReason("CLAIM_STAKE:INVALID_PROOF");
        migrator.claimStake(alice, 8 ether, 1 ether, proof, address(0));
        vm.startPrank(dave);
        expectReason("CLAIM_STAKE:INVALID_PROOF");
        migrator.claimStake(alice, 9 ether, 1 ether, proof, address(0));
        expectEvent(address(migrator));
        emit StakeClaimed(dave, alice, 8 ether, 1 ether);
        migrator.claimStake(alice, 8 ether, 1 ether, proof, bob);
        expectReason("CLAIM_STAKE:ALREADY_MIGRATED");
        migrator.claimStake(alice, 8 ether, 1 ether, proof, bob);
        vm.stopPrank();
        assertEq(bondedAmount(dave), 8 ether, "stake");
        assertEq(delegateOf(dave), bob, "the new delegate");
        assertEq(dave.balance, 1 ether, "fees");
        assertEq(migrator.claimedDelegatedStake(alice), 8 ether, "counted for the old one");
    }

    function test_ClaimTakesFromThePoolAndFeesNeedNoDelegate() public {
        migrator.setClaimStakeEnabled(true);
        IMigrator.MigrateDelegatorParams memory params = delegator(alice, alice, 100 ether, 0);
        params.delegatedStake = 200 ether;
        vm.prank(fromL1);
        migrator.finalizeMigrateDelegator(params);
        nextRounds();
        onlyLeaf(keccak256(abi.encodePacked(dave, alice, uint256(40 ether), uint256(0))));
        vm.prank(dave);
        migrator.claimStake(alice, 40 ether, 0, new bytes32[](0), bob);
        assertEq(bondedAmount(dave), 40 ether, "from the pool");
        assertEq(delegateOf(dave), alice, "with the pool's delegate");

        onlyLeaf(keccak256(abi.encodePacked(erin, address(0), uint256(0), uint256(3 ether))));
        vm.prank(erin);
        migrator.claimStake(address(0), 0, 3 ether, new bytes32[](0), address(0));
        assertEq(erin.balance, 3 ether, "only fees");
        assertEq(bondedAmount(erin), 0, "nothing bonded");
    }

    function onlyLeaf(bytes32 leaf) private {
        snapshots.setSnapshot(keccak256("LIP-73"), leaf);
    }

    function delegator(
        address account,
        address delegate,
        uint256 stake,
        uint256 fees
    ) private pure returns (IMigrator.MigrateDelegatorParams memory params) {
        params.l1Addr = account;
        params.l2Addr = account;
        params.stake = stake;
        params.fees = fees;
        params.delegate = delegate;
    }

    function locks(
        address account,
        address delegate,
        uint256 total,
        uint256 id
    ) private pure returns (IMigrator.MigrateUnbondingLocksParams memory params) {
        params.l1Addr = account;
        params.l2Addr = account;
        params.total = total;
        params.unbondingLockIds = new uint256[](1);
        params.unbondingLockIds[0] = id;
        params.delegate = delegate;
    }

    function sender(
        address account,
        uint256 deposit,
        uint256 reserve
    ) private pure returns (IMigrator.MigrateSenderParams memory) {
        return IMigrator.MigrateSenderParams(account, account, deposit, reserve);
    }
}
