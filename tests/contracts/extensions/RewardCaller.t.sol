// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "../../../contracts/extensions/BondingManagerRewardCaller.sol";
import { BondingManagerTest } from "../BondingManager.t.sol";
import "../support/TicketFixture.sol";

/// @dev Whatever holds for the original holds for the extension.
contract RewardCallerKeepsBondingTest is BondingManagerTest {
    function newBondingManager() internal override returns (address) {
        return address(new BondingManagerRewardCaller(address(controller)));
    }
}

contract RewardCallerTest is TicketFixture {
    event RewardCallerSet(address indexed transcoder, address indexed rewardCaller);
    event Reward(address indexed transcoder, uint256 amount);
    event TreasuryReward(address indexed transcoder, address treasury, uint256 amount);

    BondingManagerRewardCaller private extended;

    function newBondingManager() internal override returns (address) {
        return address(new BondingManagerRewardCaller(address(controller)));
    }

    function setUp() public override {
        super.setUp();
        extended = BondingManagerRewardCaller(address(bonding));
    }

    function test_ATranscoderNamesItsCallerAndTakesItBack() public {
        vm.startPrank(alice);
        expectEvent(address(bonding));
        emit RewardCallerSet(alice, erin);
        extended.setRewardCaller(erin);
        assertEq(extended.transcoderToRewardCaller(alice), erin, "named");
        expectEvent(address(bonding));
        emit RewardCallerSet(alice, address(0));
        extended.setRewardCaller(address(0));
        vm.stopPrank();
        assertEq(extended.transcoderToRewardCaller(alice), address(0), "none");
        controller.pause();
        vm.prank(alice);
        expectReason("system is paused");
        extended.setRewardCaller(erin);
    }

    function test_OnlyTheNamedCallerCalls() public {
        string memory refusal = "caller must be a reward caller set by the transcoder";
        vm.prank(erin);
        expectReason(refusal);
        extended.rewardForTranscoder(alice);
        vm.prank(alice);
        extended.setRewardCaller(erin);
        vm.prank(dave);
        expectReason(refusal);
        extended.rewardForTranscoder(alice);
        vm.prank(alice); // not even the transcoder, which has reward()
        expectReason(refusal);
        extended.rewardForTranscoder(alice);
        vm.prank(erin);
        expectReason(refusal);
        extended.rewardForTranscoder(bob);
    }

    function test_EverythingIsTheTranscoders() public {
        bonding.setTreasuryRewardCutRate(PRECISE / 10);
        vm.prank(alice);
        extended.setRewardCaller(erin);
        nextRound();
        uint256 mintable = minter.currentMintableTokens();
        uint256 cut = mintable / 10;
        vm.prank(erin);
        expectEvent(address(bonding));
        emit TreasuryReward(alice, TREASURY, cut);
        expectEvent(address(bonding));
        emit Reward(alice, mintable - cut);
        extended.rewardForTranscoder(alice);
        assertEq(lastRewardRound(alice), rounds.currentRound(), "round");
        assertEq(bonding.pendingStake(alice, 0), 100 ether + mintable - cut, "stake");
        assertEq(votes.getVotes(alice), bonding.transcoderTotalStake(alice), "votes");
        assertEq(bonding.pendingStake(erin, 0), 0, "nothing for the caller");
        assertTrue(!votes.hasCheckpoint(erin), "not even a checkpoint");
    }

    function test_RefusesAsRewardDoes() public {
        vm.prank(alice);
        extended.setRewardCaller(erin);
        vm.prank(bob);
        extended.setRewardCaller(erin);
        vm.startPrank(erin);
        expectReason("caller must be an active transcoder");
        extended.rewardForTranscoder(bob);
        extended.rewardForTranscoder(alice);
        expectReason("caller has already called reward for the current round");
        extended.rewardForTranscoder(alice);
        vm.stopPrank();
        vm.prank(alice);
        expectReason("caller has already called reward for the current round");
        bonding.reward();
        toNextRound();
        vm.startPrank(erin);
        expectReason("current round is not initialized");
        extended.rewardForTranscoder(alice);
        vm.stopPrank();
        controller.pause();
        vm.prank(erin);
        expectReason("system is paused");
        extended.rewardForTranscoderWithHint(alice, address(0), address(0));
    }

    function test_StillOnlyActiveTranscodersRedeem() public {
        fund(1 ether, 0);
        newTranscoder(bob, 50 ether, 0, 0);
        MTicketBrokerCore.Ticket memory ticket = winner(1 ether, 1);
        ticket.recipient = bob;
        bytes memory sig = sign(ticket);
        expectReason("transcoder must be active");
        broker.redeemWinningTicket(ticket, sig, RAND);
    }

    function test_AProxyIsUpgradedToItAndBack() public {
        vm.prank(alice);
        extended.setRewardCaller(erin);
        uint256 stake = bonding.pendingStake(alice, 0);
        register("BondingManagerTarget", address(new BondingManager(address(controller))));
        assertEq(bonding.pendingStake(alice, 0), stake, "stake stays");
        vm.prank(erin);
        vm.expectRevert();
        extended.rewardForTranscoder(alice);
        register("BondingManagerTarget", address(new BondingManagerRewardCaller(address(controller))));
        assertEq(extended.transcoderToRewardCaller(alice), erin, "and the caller");
        vm.prank(erin);
        extended.rewardForTranscoder(alice);
    }
}
