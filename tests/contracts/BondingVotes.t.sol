// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "./support/ProtocolFixture.sol";

contract BondingVotesTest is ProtocolFixture {
    event DelegateChanged(address indexed delegator, address indexed fromDelegate, address indexed toDelegate);
    event DelegateVotesChanged(address indexed delegate, uint256 previousBalance, uint256 newBalance);
    event DelegatorBondedAmountChanged(
        address indexed delegate,
        uint256 previousBondedAmount,
        uint256 previousLastClaimRound,
        uint256 newBondedAmount,
        uint256 newLastClaimRound
    );

    function test_DescribesItself() public view {
        assertEq(votes.name(), "Livepeer Voting Power", "name");
        assertEq(votes.symbol(), "vLPT", "symbol");
        assertEq(votes.decimals(), 18, "decimals");
        assertEq(votes.CLOCK_MODE(), "mode=livepeer_round", "mode");
        assertEq(votes.clock(), rounds.currentRound(), "clock");
    }

    function test_DelegationGoesThroughTheBondingManager() public {
        vm.expectRevert(abi.encodeWithSelector(IBondingVotes.MustCallBondingManager.selector, "bond"));
        votes.delegate(alice);
        vm.expectRevert(abi.encodeWithSelector(IBondingVotes.MustCallBondingManager.selector, "bondFor"));
        votes.delegateBySig(alice, 0, 0, 0, 0, 0);
    }

    function test_CheckpointsAreChecked() public {
        uint256 now_ = rounds.currentRound();
        vm.expectRevert(
            abi.encodeWithSelector(IBondingVotes.InvalidCaller.selector, address(this), address(bonding))
        );
        votes.checkpointBondingState(alice, now_ + 1, 1, alice, 1, 0, 0);
        vm.expectRevert(
            abi.encodeWithSelector(IBondingVotes.InvalidCaller.selector, address(this), address(bonding))
        );
        votes.checkpointTotalActiveStake(1, now_);
        vm.startPrank(address(bonding));
        vm.expectRevert(abi.encodeWithSelector(IBondingVotes.InvalidStartRound.selector, now_, now_ + 1));
        votes.checkpointBondingState(alice, now_, 1, alice, 1, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(IBondingVotes.FutureLastClaimRound.selector, now_ + 1, now_));
        votes.checkpointBondingState(alice, now_ + 1, 1, alice, 1, now_ + 1, 0);
        vm.expectRevert(
            abi.encodeWithSelector(IBondingVotes.InvalidTotalStakeCheckpointRound.selector, now_ + 1, now_)
        );
        votes.checkpointTotalActiveStake(1, now_ + 1);
        vm.stopPrank();
    }

    function test_NothingIsKnownOfAStranger() public view {
        uint256 last = rounds.currentRound() - 1;
        assertEq(votes.getVotes(erin), 0, "votes");
        assertEq(votes.getPastVotes(erin, last), 0, "past votes");
        assertEq(votes.delegates(erin), address(0), "delegate");
        assertEq(votes.delegatedAt(erin, last), address(0), "past delegate");
        assertTrue(!votes.hasCheckpoint(erin), "checkpoint");
    }

    function test_FutureIsNotKnown() public {
        uint256 now_ = rounds.currentRound();
        vm.expectRevert(abi.encodeWithSelector(IBondingVotes.FutureLookup.selector, now_, now_ - 1));
        votes.getPastVotes(alice, now_);
        vm.expectRevert(abi.encodeWithSelector(IBondingVotes.FutureLookup.selector, now_, now_ - 1));
        votes.getPastTotalSupply(now_);
        vm.expectRevert(abi.encodeWithSelector(IBondingVotes.FutureLookup.selector, now_, now_ - 1));
        votes.delegatedAt(alice, now_);
        vm.expectRevert(abi.encodeWithSelector(IBondingVotes.FutureLookup.selector, now_ + 2, now_ + 1));
        votes.getVotesAndDelegateAtRoundStart(alice, now_ + 2);
        vm.expectRevert(abi.encodeWithSelector(IBondingVotes.FutureLookup.selector, now_ + 2, now_ + 1));
        votes.getTotalActiveStakeAt(now_ + 2);
    }

    function test_EventsTellWhatChangedDelegateFirst() public {
        newTranscoder(alice, 100 ether, 0, 0);
        uint256 now_ = rounds.currentRound();
        give(dave, 10 ether);
        vm.prank(dave);
        expectEvent(address(votes));
        emit DelegateVotesChanged(alice, 100 ether, 110 ether);
        expectEvent(address(votes));
        emit DelegateChanged(dave, address(0), alice);
        expectEvent(address(votes));
        emit DelegatorBondedAmountChanged(dave, 0, 0, 10 ether, now_);
        bonding.bond(10 ether, alice);
    }

    function test_VotesFollowStakeAndRewards() public {
        newTranscoder(alice, 100 ether, 100000, 0);
        bond(dave, alice, 50 ether);
        assertEq(votes.getVotes(alice), 150 ether, "transcoder has everything delegated");
        assertEq(votes.getVotes(dave), 50 ether, "delegator its own");
        assertEq(votes.delegates(dave), alice, "delegate");
        assertEq(votes.totalSupply(), 150 ether, "supply");
        uint256 first = rounds.currentRound();
        nextRound();
        reward(alice);
        assertEq(votes.getVotes(alice), bonding.transcoderTotalStake(alice), "rewards count");
        assertEq(votes.getVotes(dave), bonding.pendingStake(dave, 0), "also unclaimed");
        assertTrue(votes.getVotes(dave) > 50 ether, "more than bonded");
        nextRound();
        assertEq(votes.getPastVotes(dave, first), 50 ether, "the past stays");
        assertEq(votes.getPastVotes(alice, first), 150 ether, "the past stays for the transcoder");
        assertEq(votes.getPastTotalSupply(first), 150 ether, "and the supply");
        assertEq(votes.getPastTotalSupply(first + 1), bonding.getTotalBonded(), "active stake of this round");
        assertEq(votes.delegatedAt(dave, first), alice, "past delegate");
    }

    function test_SupplyOfSkippedRoundsIsThatOfTheNextInitializedOne() public {
        uint256 start = rounds.currentRound();
        assertEq(votes.getTotalActiveStakeAt(start - 1), 0, "before the first entry");
        newTranscoder(alice, 100 ether, 0, 0);
        toNextRound();
        toNextRound();
        assertEq(votes.getTotalActiveStakeAt(start + 1), 100 ether, "after the last entry: the next round's stake");
        nextRound();
        bond(alice, alice, 7 ether);
        assertEq(votes.getTotalActiveStakeAt(start + 1), 100 ether, "between two entries: the later one");
        assertEq(votes.getTotalActiveStakeAt(rounds.currentRound() + 1), 107 ether, "next round");
    }

    function test_MissingPoolIsAnError() public {
        newTranscoder(alice, 100 ether, 0, 0);
        bond(dave, alice, 50 ether);
        uint256 next = rounds.currentRound() + 1;
        vm.prank(address(bonding));
        votes.checkpointBondingState(alice, next, 100 ether, alice, 150 ether, 1, 3);
        vm.expectRevert(abi.encodeWithSelector(IBondingVotes.MissingEarningsPool.selector, alice, 3));
        votes.getVotes(dave);
    }

    function test_CheckpointOrderIsDelegateThenOwner() public {
        newTranscoder(alice, 100 ether, 0, 0);
        newTranscoder(bob, 100 ether, 0, 0);
        bond(dave, alice, 10 ether);
        give(dave, 1 ether);
        vm.recordLogs();
        vm.prank(dave);
        bonding.bond(1 ether, bob);
        assertAccounts(three(alice, bob, dave), "change of delegate");
        nextRound();
        vm.recordLogs();
        vm.prank(dave);
        bonding.unbond(1 ether);
        assertAccounts(three(bob, dave, address(0)), "unbond");
        vm.recordLogs();
        vm.prank(alice);
        bonding.reward();
        assertAccounts(three(alice, address(0), address(0)), "reward");
    }

    /// @dev Accounts of the votes contract's logs, each counted once where it first appears
    function assertAccounts(address[3] memory expected, string memory what) private {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        uint256 found = 0;
        address last = address(0);
        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].emitter != address(votes)) continue;
            address account = address(uint160(uint256(logs[i].topics[1])));
            if (account == last) continue;
            assertTrue(found < 3, what);
            assertEq(account, expected[found], what);
            last = account;
            found++;
        }
        assertTrue(found == 3 || expected[found] == address(0), what);
    }

    function three(
        address a,
        address b,
        address c
    ) private pure returns (address[3] memory list) {
        list[0] = a;
        list[1] = b;
        list[2] = c;
    }
}
