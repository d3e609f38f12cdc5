// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "./support/ProtocolFixture.sol";

contract BondingManagerTest is ProtocolFixture {
    event ParameterUpdate(string param);
    event TranscoderUpdate(address indexed transcoder, uint256 rewardCut, uint256 feeShare);
    event TranscoderActivated(address indexed transcoder, uint256 activationRound);
    event TranscoderDeactivated(address indexed transcoder, uint256 deactivationRound);
    event TranscoderSlashed(address indexed transcoder, address finder, uint256 penalty, uint256 finderReward);
    event Bond(
        address indexed newDelegate,
        address indexed oldDelegate,
        address indexed delegator,
        uint256 additionalAmount,
        uint256 bondedAmount
    );
    event Unbond(
        address indexed delegate,
        address indexed delegator,
        uint256 unbondingLockId,
        uint256 amount,
        uint256 withdrawRound
    );
    event Rebond(address indexed delegate, address indexed delegator, uint256 unbondingLockId, uint256 amount);
    event TransferBond(
        address indexed oldDelegator,
        address indexed newDelegator,
        uint256 oldUnbondingLockId,
        uint256 newUnbondingLockId,
        uint256 amount
    );
    event WithdrawStake(address indexed delegator, uint256 unbondingLockId, uint256 amount, uint256 withdrawRound);
    event WithdrawFees(address indexed delegator, address recipient, uint256 amount);
    event EarningsClaimed(
        address indexed delegate,
        address indexed delegator,
        uint256 rewards,
        uint256 fees,
        uint256 startRound,
        uint256 endRound
    );
    event Reward(address indexed transcoder, uint256 amount);
    event TreasuryReward(address indexed transcoder, address treasury, uint256 amount);

    function test_ParametersBelongToTheControllerOwner() public {
        vm.startPrank(alice);
        expectReason("caller must be Controller owner");
        bonding.setUnbondingPeriod(1);
        expectReason("caller must be Controller owner");
        bonding.setNumActiveTranscoders(9);
        expectReason("caller must be Controller owner");
        bonding.setTreasuryRewardCutRate(1);
        expectReason("caller must be Controller owner");
        bonding.setTreasuryBalanceCeiling(1);
        vm.stopPrank();
        expectReason("new max size must be greater than old max size");
        bonding.setNumActiveTranscoders(POOL_SIZE);
        expectReason("_cutRate is invalid precise percentage");
        bonding.setTreasuryRewardCutRate(PRECISE + 1);
        expectEvent(address(bonding));
        emit ParameterUpdate("unbondingPeriod");
        bonding.setUnbondingPeriod(1);
        expectEvent(address(bonding));
        emit ParameterUpdate("numActiveTranscoders");
        bonding.setNumActiveTranscoders(9);
        expectEvent(address(bonding));
        emit ParameterUpdate("treasuryBalanceCeiling");
        bonding.setTreasuryBalanceCeiling(4);
        expectEvent(address(bonding));
        emit ParameterUpdate("nextRoundTreasuryRewardCutRate");
        bonding.setTreasuryRewardCutRate(5);
        assertEq(bonding.treasuryRewardCutRate(), 0, "not before the next round");
        toNextRound();
        expectEvent(address(bonding));
        emit ParameterUpdate("treasuryRewardCutRate");
        rounds.initializeRound();
        assertEq(bonding.treasuryRewardCutRate(), 5, "in force");
    }

    function test_HooksKnowTheirCallers() public {
        expectReason("caller must be RoundsManager");
        bonding.setCurrentRoundTotalActiveStake();
        expectReason("caller must be TicketBroker");
        bonding.updateTranscoderWithFees(alice, 1, 0);
        expectReason("caller must be Verifier");
        bonding.slashTranscoder(alice, bob, 1, 1);
        vm.prank(address(broker));
        expectReason("transcoder must be registered");
        bonding.updateTranscoderWithFees(alice, 1, 0);
    }

    function test_NothingMovesWhilePausedOrBeforeTheRoundIsInitialized() public {
        controller.pause();
        expectReason("system is paused");
        bonding.bond(1, alice);
        expectReason("system is paused");
        bonding.withdrawStake(0);
        controller.unpause();
        toNextRound();
        expectReason("current round is not initialized");
        bonding.bond(1, alice);
        expectReason("current round is not initialized");
        bonding.unbond(1);
        expectReason("current round is not initialized");
        bonding.rebond(1);
        expectReason("current round is not initialized");
        bonding.reward();
        expectReason("current round is not initialized");
        bonding.claimEarnings(0);
        // Voting registration works always.
        controller.pause();
        bonding.checkpointBondingState(alice);
        assertTrue(votes.hasCheckpoint(alice), "checkpoint");
    }

    function test_FirstSelfBondRegistersAndJoinsThePool() public {
        uint256 round = rounds.currentRound();
        give(alice, 100 ether);
        vm.startPrank(alice);
        expectReason("delegation amount must be greater than 0");
        bonding.bond(0, alice);
        expectEvent(address(bonding));
        emit EarningsClaimed(address(0), alice, 0, 0, 1, round);
        expectEvent(address(bonding));
        emit TranscoderActivated(alice, round + 1);
        expectEvent(address(bonding));
        emit Bond(alice, address(0), alice, 100 ether, 100 ether);
        bonding.bond(100 ether, alice);
        vm.stopPrank();

        assertTrue(bonding.isRegisteredTranscoder(alice), "registered");
        assertTrue(!bonding.isActiveTranscoder(alice), "not active yet");
        assertEq(uint256(bonding.delegatorStatus(alice)), 0, "pending");
        assertEq(uint256(bonding.transcoderStatus(alice)), 1, "registered status");
        assertEq(token.balanceOf(address(minter)), 100 ether, "tokens are in the vault");
        assertEq(bonding.nextRoundTotalActiveStake(), 100 ether, "next round");
        assertEq(bonding.getTotalBonded(), 0, "this round");
        nextRound();
        assertTrue(bonding.isActiveTranscoder(alice), "active");
        assertEq(uint256(bonding.delegatorStatus(alice)), 1, "bonded");
        assertEq(bonding.getTotalBonded(), 100 ether, "this round now");
    }

    function test_TranscoderSetsItsSharesWhenAllowed() public {
        newTranscoder(alice, 10 ether, 1, 2);
        vm.startPrank(bob);
        expectReason("transcoder must be registered");
        bonding.transcoder(1, 1);
        vm.stopPrank();
        nextRound();
        vm.startPrank(alice);
        expectReason("invalid rewardCut percentage");
        bonding.transcoder(PERC + 1, PERC + 1);
        expectReason("invalid feeShare percentage");
        bonding.transcoder(PERC, PERC + 1);
        expectReason("caller can't be active or must have already called reward for the current round");
        bonding.transcoder(3, 4);
        bonding.reward();
        expectEvent(address(bonding));
        emit TranscoderUpdate(alice, 3, 4);
        bonding.transcoder(3, 4);
        vm.roll(rounds.currentRoundStartBlock() + 45);
        expectReason("can't update transcoder params, current round is locked");
        bonding.transcoder(3, 4);
    }

    function test_DelegationMovesWithTheDelegator() public {
        newTranscoder(alice, 100 ether, 0, 0);
        newTranscoder(bob, 90 ether, 0, 0);
        bond(dave, alice, 30 ether);
        assertEq(bonding.transcoderTotalStake(alice), 130 ether, "alice");
        assertEq(bonding.getFirstTranscoderInPool(), alice, "first");
        give(dave, 5 ether);
        vm.prank(dave);
        expectEvent(address(bonding));
        emit Bond(bob, alice, dave, 5 ether, 35 ether);
        bonding.bond(5 ether, bob);
        assertEq(bonding.transcoderTotalStake(alice), 100 ether, "alice after");
        assertEq(bonding.transcoderTotalStake(bob), 125 ether, "bob after");
        assertEq(bonding.getFirstTranscoderInPool(), bob, "order changed");
        assertEq(bonding.getNextTranscoderInPool(bob), alice, "second");
        assertEq(bonding.nextRoundTotalActiveStake(), 225 ether, "total");
        vm.prank(alice);
        expectReason("registered transcoders can't delegate towards other addresses");
        bonding.bond(0, bob);
    }

    function test_FullPoolIsJoinedOnlyByStrictlyMoreStake() public {
        newTranscoder(alice, 30 ether, 0, 0);
        newTranscoder(bob, 20 ether, 0, 0);
        newTranscoder(carol, 10 ether, 0, 0);
        newTranscoder(dave, 10 ether, 0, 0);
        assertEq(bonding.getTranscoderPoolSize(), 3, "full");
        assertTrue(bonding.isRegisteredTranscoder(dave), "registered outside the pool");
        uint256 next = rounds.currentRound() + 1;
        give(dave, 1);
        vm.prank(dave);
        expectEvent(address(bonding));
        emit TranscoderDeactivated(carol, next);
        expectEvent(address(bonding));
        emit TranscoderActivated(dave, next);
        bonding.bond(1, dave);
        assertEq(bonding.nextRoundTotalActiveStake(), 60 ether + 1, "total");
        (, , , , uint256 activation, uint256 deactivation, , , , ) = bonding.getTranscoder(carol);
        assertEq(activation, next, "activation round stays");
        assertEq(deactivation, next, "deactivation");
        (, , , , , deactivation, , , , ) = bonding.getTranscoder(dave);
        assertEq(deactivation, type(uint256).max, "open end");
    }

    function test_UnbondsIntoLocksAndWithdrawsAfterThePeriod() public {
        newTranscoder(alice, 100 ether, 0, 0);
        bond(dave, alice, 10 ether);
        vm.startPrank(dave);
        expectReason("caller must be bonded");
        bonding.unbond(1);
        vm.stopPrank();
        nextRound();
        uint256 withdrawRound = rounds.currentRound() + UNBONDING_PERIOD;
        vm.startPrank(dave);
        expectReason("unbond amount must be greater than 0");
        bonding.unbond(0);
        expectReason("amount is greater than bonded amount");
        bonding.unbond(11 ether);
        expectEvent(address(bonding));
        emit Unbond(alice, dave, 0, 4 ether, withdrawRound);
        bonding.unbond(4 ether);
        bonding.unbond(6 ether);
        vm.stopPrank();
        assertEq(delegateOf(dave), address(0), "no delegate left");
        assertEq(uint256(bonding.delegatorStatus(dave)), 2, "unbonded");
        assertEq(bonding.transcoderTotalStake(alice), 100 ether, "alice");

        vm.startPrank(dave);
        expectReason("invalid unbonding lock ID");
        bonding.withdrawStake(2);
        expectReason("withdraw round must be before or equal to the current round");
        bonding.withdrawStake(0);
        vm.stopPrank();
        for (uint256 i = 0; i < UNBONDING_PERIOD; i++) nextRound();
        vm.startPrank(dave);
        expectEvent(address(bonding));
        emit WithdrawStake(dave, 0, 4 ether, withdrawRound);
        bonding.withdrawStake(0);
        expectReason("invalid unbonding lock ID");
        bonding.withdrawStake(0);
        vm.stopPrank();
        assertEq(token.balanceOf(dave), 4 ether, "paid");
        (uint256 amount, uint256 lockRound) = bonding.getDelegatorUnbondingLock(dave, 1);
        assertEq(amount, 6 ether, "other lock");
        assertEq(lockRound, withdrawRound, "its round");
        assertTrue(bonding.isValidUnbondingLock(dave, 1) && !bonding.isValidUnbondingLock(dave, 0), "validity");
    }

    function test_FullyUnbondingTranscoderResigns() public {
        newTranscoder(alice, 100 ether, 0, 0);
        bond(dave, alice, 10 ether);
        nextRound();
        uint256 next = rounds.currentRound() + 1;
        vm.prank(alice);
        expectEvent(address(bonding));
        emit TranscoderDeactivated(alice, next);
        bonding.unbond(100 ether);
        assertEq(bonding.nextRoundTotalActiveStake(), 0, "whole stake leaves the next round");
        assertTrue(bonding.isActiveTranscoder(alice), "active until the end of the round");
        assertEq(bonding.transcoderTotalStake(alice), 10 ether, "delegations stay");
    }

    function test_RebondsFromALock() public {
        newTranscoder(alice, 100 ether, 0, 0);
        newTranscoder(bob, 50 ether, 0, 0);
        bond(dave, alice, 10 ether);
        nextRound();
        vm.startPrank(dave);
        bonding.unbond(4 ether);
        expectReason("caller must be unbonded");
        bonding.rebondFromUnbonded(bob, 0);
        expectReason("invalid unbonding lock ID");
        bonding.rebond(7);
        expectEvent(address(bonding));
        emit Rebond(alice, dave, 0, 4 ether);
        bonding.rebond(0);
        assertEq(bondedAmount(dave), 10 ether, "back");
        bonding.unbond(10 ether);
        expectReason("caller must be bonded");
        bonding.rebond(1);
        expectEvent(address(bonding));
        emit Rebond(bob, dave, 1, 10 ether);
        bonding.rebondFromUnbonded(bob, 1);
        vm.stopPrank();
        assertEq(delegateOf(dave), bob, "new delegate");
        assertEq(uint256(bonding.delegatorStatus(dave)), 0, "pending");
        assertEq(bonding.transcoderTotalStake(bob), 60 ether, "bob");
    }

    /// @dev Clients call the forms with hints; a hint only spares a search
    function test_RightHintsLeadToTheirPlaces() public {
        moveWithHints(bob, address(0));
    }

    function test_WrongHintsLeadToTheSamePlaces() public {
        moveWithHints(erin, erin);
    }

    function moveWithHints(address prev, address next) private {
        newTranscoder(alice, 1000 ether, 0, 0);
        newTranscoder(bob, 500 ether, 0, 0);
        give(carol, 30 ether);
        vm.startPrank(carol);
        bonding.bondWithHint(30 ether, carol, address(0), address(0), prev, next);
        expectPool(alice, bob, carol);
        bonding.transcoderWithHint(3, 4, prev, next);
        vm.stopPrank();
        nextRound();
        vm.startPrank(carol);
        bonding.rewardWithHint(prev, next);
        assertEq(lastRewardRound(carol), rounds.currentRound(), "reward");
        bonding.unbondWithHint(5 ether, prev, next);
        expectPool(alice, bob, carol);
        bonding.rebondWithHint(0, prev, next);
        expectPool(alice, bob, carol);
        bonding.unbondWithHint(bondedAmount(carol), address(0), address(0));
        assertEq(bonding.getTranscoderPoolSize(), 2, "left");
        bonding.rebondFromUnbondedWithHint(carol, 1, prev, next);
        expectPool(alice, bob, carol);
        vm.stopPrank();
    }

    function expectPool(
        address first,
        address second,
        address third
    ) private {
        assertEq(bonding.getTranscoderPoolSize(), 3, "pool");
        assertEq(bonding.getFirstTranscoderInPool(), first, "first");
        assertEq(bonding.getNextTranscoderInPool(first), second, "second");
        assertEq(bonding.getNextTranscoderInPool(second), third, "third");
    }

    function test_TransfersBondWithoutTheWait() public {
        newTranscoder(alice, 100 ether, 0, 0);
        bond(dave, alice, 10 ether);
        nextRound();
        reward(alice);
        vm.startPrank(dave);
        expectEvent(address(bonding));
        emit Unbond(alice, dave, 0, 4 ether, rounds.currentRound() + UNBONDING_PERIOD);
        expectEvent(address(bonding));
        emit TransferBond(dave, erin, 0, 0, 4 ether);
        expectEvent(address(bonding));
        emit Rebond(alice, erin, 0, 4 ether);
        bonding.transferBond(erin, 4 ether, address(0), address(0), address(0), address(0));

        expectReason("INVALID_DELEGATOR");
        bonding.transferBond(address(0), 1 ether, address(0), address(0), address(0), address(0));
        vm.stopPrank();
        assertEq(bondedAmount(erin), 4 ether, "receiver");
        assertEq(delegateOf(erin), alice, "same delegate");
        assertTrue(!bonding.isValidUnbondingLock(dave, 0) && !bonding.isValidUnbondingLock(erin, 0), "locks are gone");
    }

    function test_RewardIsSharedByCutAndStake() public {
        newTranscoder(alice, 100 ether, 250000, 0); // keeps a quarter
        bond(dave, alice, 100 ether);
        nextRound();
        uint256 mintable = minter.currentMintableTokens();
        vm.prank(bob);
        expectReason("caller must be an active transcoder");
        bonding.reward();
        vm.prank(alice);
        expectEvent(address(bonding));
        emit Reward(alice, mintable);
        bonding.reward();
        vm.prank(alice);
        expectReason("caller has already called reward for the current round");
        bonding.reward();

        uint256 commission = mintable / 4;
        uint256 shared = mintable - commission;
        assertEq(bonding.pendingStake(alice, 0), 100 ether + commission + shared / 2, "alice");
        assertEq(bonding.pendingStake(dave, 99), 100 ether + shared / 2, "dave; the round argument does not matter");
        assertEq(bonding.transcoderTotalStake(alice), 200 ether + mintable, "delegated");
        assertEq(token.balanceOf(address(minter)), 200 ether + mintable, "vault");

        // In the second round the first round's own rewards earn too.
        nextRound();
        uint256 stake = 200 ether + mintable;
        mintable = minter.currentMintableTokens();
        reward(alice);
        uint256 sum = bonding.pendingStake(alice, 0) + bonding.pendingStake(dave, 0);
        assertTrue(sum <= stake + mintable && stake + mintable - sum < 1000, "nothing is lost but dust");
        vm.prank(dave);
        bonding.claimEarnings(0);
        assertEq(bondedAmount(dave), bonding.pendingStake(dave, 0), "claimed");
        assertTrue(bondedAmount(dave) > 100 ether + shared / 2, "grew");
    }

    function test_TreasuryTakesItsCutUntilTheCeiling() public {
        bonding.setTreasuryRewardCutRate(PRECISE / 10);
        bonding.setTreasuryBalanceCeiling(1);
        newTranscoder(alice, 100 ether, 0, 0);
        nextRound();
        uint256 mintable = minter.currentMintableTokens();
        uint256 cut = mintable / 10;
        vm.prank(alice);
        expectEvent(address(bonding));
        emit TreasuryReward(alice, TREASURY, cut);
        expectEvent(address(bonding));
        emit Reward(alice, mintable - cut);
        bonding.reward();
        assertEq(token.balanceOf(TREASURY), cut, "treasury");

        nextRound();
        mintable = minter.currentMintableTokens();
        vm.prank(alice);
        expectEvent(address(bonding));
        emit ParameterUpdate("nextRoundTreasuryRewardCutRate");
        bonding.reward();
        assertEq(token.balanceOf(TREASURY), cut + mintable / 10, "this round's rate still holds");
        nextRound();
        reward(alice);
        assertEq(token.balanceOf(TREASURY), cut + mintable / 10, "no more");
    }

    function test_FeesAreSharedByShareAndStake() public {
        newTranscoder(alice, 100 ether, 0, 400000); // delegators get two fifths
        bond(dave, alice, 300 ether);
        nextRound();
        addFees(alice, 1000 ether);
        assertEq(bonding.pendingFees(alice, 0), 600 ether + 100 ether, "alice");
        assertEq(bonding.pendingFees(dave, 0), 300 ether, "dave");

        // Fees in a later round after its reward, in another, and with claimed earnings in between. (In the round of
        // the very first reward the factor before it is only estimated: see incidents/TreasuryCutBase.t.sol.)
        reward(alice);
        nextRound();
        reward(alice);
        addFees(alice, 1000 ether);
        vm.prank(dave);
        bonding.claimEarnings(0);
        nextRound();
        addFees(alice, 1000 ether);
        uint256 sum = bonding.pendingFees(alice, 0) + bonding.pendingFees(dave, 0);
        assertTrue(sum <= 3000 ether && 3000 ether - sum < 1000000, "nothing is lost but dust");

        vm.startPrank(dave);
        uint256 fees = bonding.pendingFees(dave, 0);
        expectReason("invalid recipient");
        bonding.withdrawFees(payable(address(0)), fees);
        vm.stopPrank();
        nextRound();
        vm.startPrank(dave);
        expectReason("insufficient fees to withdraw");
        bonding.withdrawFees(payable(erin), fees + 1);
        expectEvent(address(bonding));
        emit WithdrawFees(dave, erin, fees);
        bonding.withdrawFees(payable(erin), fees);
        vm.stopPrank();
        assertEq(erin.balance, fees, "paid");
        assertEq(bonding.pendingFees(dave, 0), 0, "nothing left");
    }

    function test_WhatComesAfterAClaimInTheSameRoundIsNotTheDelegators() public {
        newTranscoder(alice, 100 ether, 0, PERC);
        bond(dave, alice, 100 ether);
        nextRound();
        addFees(alice, 4 ether);
        vm.prank(dave);
        bonding.claimEarnings(0);
        addFees(alice, 4 ether);
        nextRound();
        assertEq(bonding.pendingFees(dave, 0), 2 ether, "the claim counted the round as done");
        assertEq(bonding.pendingFees(alice, 0), 4 ether, "others get both");
    }

    function test_MissedRewardKeepsEarningsExact() public {
        newTranscoder(alice, 100 ether, 500000, 500000);
        bond(dave, alice, 100 ether);
        nextRound();
        reward(alice);
        uint256 stake = bonding.pendingStake(dave, 0);
        nextRound();
        nextRound();
        addFees(alice, 8 ether);
        assertEq(bonding.pendingStake(dave, 0), stake, "no reward, no change");
        uint256 fees = bonding.pendingFees(dave, 0);
        assertTrue(fees > 0 && fees < 4 ether, "share of the fees");
        vm.prank(dave);
        bonding.claimEarnings(0);
        assertEq(bondedAmount(dave), stake, "claim does not change it either");
        nextRound();
        reward(alice);
        assertTrue(bonding.pendingStake(dave, 0) > stake, "next reward counts");
    }

    function test_SlashTakesFromTheOwnStakeAndPaysTheFinder() public {
        register("Verifier", VERIFIER);
        token.grantRole(keccak256("BURNER_ROLE"), address(minter));
        newTranscoder(alice, 100 ether, 0, 0);
        bond(dave, alice, 50 ether);
        nextRound();
        uint256 supply = token.totalSupply();
        vm.startPrank(VERIFIER);
        expectEvent(address(bonding));
        emit TranscoderDeactivated(alice, rounds.currentRound() + 1);
        expectEvent(address(bonding));
        emit TranscoderSlashed(alice, erin, 20 ether, 5 ether);
        bonding.slashTranscoder(alice, erin, 200000, 250000);
        assertEq(token.balanceOf(erin), 5 ether, "finder");
        assertEq(token.totalSupply(), supply - 15 ether, "burned");
        assertEq(bondedAmount(alice), 80 ether, "own stake");
        assertEq(bonding.transcoderTotalStake(alice), 130 ether, "delegated");

        bonding.slashTranscoder(alice, address(0), PERC, 0);
        assertEq(delegateOf(alice), alice, "still points at itself");
        assertTrue(!bonding.isRegisteredTranscoder(alice), "but is no transcoder");
        assertEq(votes.getVotes(alice), 0, "and has no votes");
        assertEq(votes.getVotes(dave), 0, "nor have its delegators");
        expectEvent(address(bonding));
        emit TranscoderSlashed(alice, erin, 0, 0);
        bonding.slashTranscoder(alice, erin, PERC, 0);
    }

    function test_OwnerMayBondTowardNobody() public {
        bond(dave, address(0), 5 ether);
        assertEq(bonding.transcoderTotalStake(address(0)), 5 ether, "counted");
        assertEq(uint256(bonding.delegatorStatus(dave)), 0, "pending");
    }

    function test_ThirdPartiesMayAddButNotChoose() public {
        newTranscoder(alice, 100 ether, 0, 0);
        newTranscoder(bob, 90 ether, 0, 0);
        give(erin, 10 ether);
        vm.startPrank(erin);
        expectReason("INVALID_DELEGATOR");
        bonding.bondForWithHint(1, address(0), alice, address(0), address(0), address(0), address(0));
        expectReason("INVALID_DELEGATE");
        bonding.bondForWithHint(1, dave, dave, address(0), address(0), address(0), address(0));
        bonding.bondForWithHint(1, dave, alice, address(0), address(0), address(0), address(0));
        expectReason("INVALID_DELEGATE_CHANGE");
        bonding.bondForWithHint(1, dave, bob, address(0), address(0), address(0), address(0));
        vm.stopPrank();
        assertEq(bondedAmount(dave), 1, "added");
        assertEq(token.balanceOf(erin), 10 ether - 1, "the caller paid");
    }
}
