// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "../support/GovernanceFixture.sol";

/// @title From rewards to a grant: the treasury fills, stakeholders decide, the money moves
contract TreasuryProposalTest is GovernanceFixture {
    event ProposalQueued(uint256 proposalId, uint256 eta);
    event ProposalExecuted(uint256 proposalId);

    function test_TreasuryPaysWhatStakeholdersDecided() public {
        bonding.setTreasuryRewardCutRate(PRECISE / 10);
        newTranscoder(alice, 300 ether, 100000, 0);
        newTranscoder(bob, 200 ether, 0, 0);
        bond(dave, alice, 400 ether);
        nextRound();
        reward(alice);
        reward(bob);
        uint256 funds = token.balanceOf(address(treasury));
        assertTrue(funds > 0, "a tenth of the rewards");
        nextRound();

        Proposal memory proposal = grant(erin, funds);
        propose(alice, proposal);
        toVoting();
        reward(alice); // earnings after the snapshot give no votes
        castVote(alice, proposal.id, AGAINST);
        castVote(bob, proposal.id, FOR);
        (uint256 againstVotes, uint256 forVotes, ) = governor.proposalVotes(proposal.id);
        assertTrue(againstVotes > forVotes, "its transcoder is against");
        castVote(dave, proposal.id, FOR);

        uint256 snapshot = governor.proposalSnapshot(proposal.id);
        uint256 ofDave = votes.getPastVotes(dave, snapshot);
        assertTrue(ofDave > 400 ether, "with its reward");
        assertVotes(
            proposal.id,
            votes.getPastVotes(alice, snapshot) - ofDave,
            votes.getPastVotes(bob, snapshot) + ofDave,
            0,
            "the delegator thinks otherwise"
        );

        toDecision();
        assertState(proposal.id, IGovernorUpgradeable.ProposalState.Succeeded, "decided");
        expectEvent(address(governor));
        emit ProposalQueued(proposal.id, block.timestamp);
        queue(proposal);
        assertState(proposal.id, IGovernorUpgradeable.ProposalState.Queued, "queued");
        assertEq(governor.proposalEta(proposal.id), block.timestamp, "now, without a delay");
        assertTrue(
            treasury.isOperationReady(
                treasury.hashOperationBatch(
                    proposal.targets,
                    proposal.values,
                    proposal.calldatas,
                    0,
                    proposal.descriptionHash
                )
            ),
            "under the hash of the description"
        );
        expectEvent(address(governor));
        emit ProposalExecuted(proposal.id);
        execute(proposal);
        assertState(proposal.id, IGovernorUpgradeable.ProposalState.Executed, "executed");
        assertEq(token.balanceOf(erin), funds, "paid");
        assertEq(governor.proposalEta(proposal.id), 0, "done");
    }

    function test_TreasuryWaitsOutItsDelay() public {
        newTranscoder(alice, 300 ether, 0, 0);
        nextRound();
        vm.prank(address(treasury));
        treasury.updateDelay(2 days);
        vm.deal(address(treasury), 1 ether);
        Proposal memory proposal = oneCall(erin, 1 ether, "", "ether");
        propose(alice, proposal);
        toVoting();
        castVote(alice, proposal.id, FOR);
        toDecision();
        queue(proposal);
        assertEq(governor.proposalEta(proposal.id), block.timestamp + 2 days, "eta");
        vm.warp(block.timestamp + 2 days - 1);
        expectReason("TimelockController: operation is not ready");
        governor.execute(proposal.targets, proposal.values, proposal.calldatas, proposal.descriptionHash);
        vm.warp(block.timestamp + 1);
        execute(proposal);
        assertEq(erin.balance, 1 ether, "paid");
    }

    function test_AFailingCallLeavesTheProposalQueued() public {
        newTranscoder(alice, 300 ether, 0, 0);
        nextRound();
        Proposal memory proposal = grant(erin, 1 ether);
        propose(alice, proposal);
        toVoting();
        castVote(alice, proposal.id, FOR);
        toDecision();
        queue(proposal);
        expectReason("TimelockController: underlying transaction reverted");
        governor.execute(proposal.targets, proposal.values, proposal.calldatas, proposal.descriptionHash);
        assertState(proposal.id, IGovernorUpgradeable.ProposalState.Queued, "still queued");
        token.transfer(address(treasury), 1 ether);
        execute(proposal);
        assertEq(token.balanceOf(erin), 1 ether, "once there is money");
    }
}
