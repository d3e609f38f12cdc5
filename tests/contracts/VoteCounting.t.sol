// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "./support/GovernanceFixture.sol";

/// @title Counting of votes with delegators that override their transcoder
contract VoteCountingTest is GovernanceFixture {
    event VoteCast(address indexed voter, uint256 proposalId, uint8 support, uint256 weight, string reason);
    event VoteCastWithParams(
        address indexed voter,
        uint256 proposalId,
        uint8 support,
        uint256 weight,
        string reason,
        bytes params
    );

    address private frank = address(0xf4a2c);
    Proposal private proposal;

    /// @dev alice 100 with dave 50 and erin 30, bob 200 with frank 20
    function setUp() public override {
        super.setUp();
        newTranscoder(alice, 100 ether, 0, 0);
        newTranscoder(bob, 200 ether, 0, 0);
        bond(dave, alice, 50 ether);
        bond(erin, alice, 30 ether);
        bond(frank, bob, 20 ether);
        nextRound();
        Proposal memory made = oneCall(address(token), 0, "", "something");
        propose(alice, made);
        proposal = made;
        toVoting();
    }

    function test_RefusesOtherTypesAndSecondVotes() public {
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(GovernorCountingOverridable.InvalidVoteType.selector, uint8(3)));
        governor.castVote(proposal.id, 3);
        governor.castVote(proposal.id, FOR);
        vm.expectRevert(abi.encodeWithSelector(GovernorCountingOverridable.VoteAlreadyCast.selector));
        governor.castVote(proposal.id, AGAINST);
        vm.stopPrank();
    }

    function test_EventsTellTheWholeWeight() public {
        castVote(dave, proposal.id, AGAINST);
        expectEvent(address(governor));
        emit VoteCast(alice, proposal.id, FOR, 180 ether, "good");
        vm.prank(alice);
        uint256 weight = governor.castVoteWithReason(proposal.id, FOR, "good");
        assertEq(weight, 180 ether, "returned");
        assertVotes(proposal.id, 50 ether, 130 ether, 0, "counted");
        expectEvent(address(governor));
        emit VoteCastWithParams(bob, proposal.id, ABSTAIN, 220 ether, "", "x");
        vm.prank(bob);
        governor.castVoteWithReasonAndParams(proposal.id, ABSTAIN, "", "x");
    }

    function test_DelegatorOverridesItsTranscoderBeforeAndAfter() public {
        castVote(dave, proposal.id, AGAINST);
        assertVotes(proposal.id, 50 ether, 0, 0, "before");
        castVote(alice, proposal.id, FOR);
        assertVotes(proposal.id, 50 ether, 130 ether, 0, "the rest");
        castVote(erin, proposal.id, ABSTAIN);
        assertVotes(proposal.id, 50 ether, 100 ether, 30 ether, "after");
        castVote(frank, proposal.id, FOR);
        assertVotes(proposal.id, 50 ether, 120 ether, 30 ether, "of another transcoder");
        castVote(bob, proposal.id, AGAINST);
        assertVotes(proposal.id, 250 ether, 120 ether, 30 ether, "and its rest");
    }

    function test_StakeOfTheSnapshotCounts() public {
        bond(dave, alice, 500 ether);
        vm.prank(erin);
        bonding.bond(0, bob);
        castVote(dave, proposal.id, FOR);
        castVote(erin, proposal.id, FOR);
        castVote(alice, proposal.id, AGAINST);
        castVote(bob, proposal.id, AGAINST);
        assertVotes(proposal.id, 320 ether, 80 ether, 0, "as of the snapshot");
    }

    function test_QuorumCountsAllThreeKinds() public {
        // 33.33 % of 400 is 133.32.
        castVote(frank, proposal.id, ABSTAIN);
        castVote(dave, proposal.id, AGAINST);
        castVote(erin, proposal.id, FOR);
        toDecision();
        assertState(proposal.id, IGovernorUpgradeable.ProposalState.Defeated, "100 are too few");
    }

    function test_AbstentionsAreNoOpinions() public {
        castVote(alice, proposal.id, FOR); // 180
        castVote(dave, proposal.id, AGAINST); // 50 of them
        castVote(bob, proposal.id, ABSTAIN);
        toDecision();
        assertState(proposal.id, IGovernorUpgradeable.ProposalState.Succeeded, "130 to 50, the rest has no opinion");
    }

    function test_ATiePassesAndSoDoNoOpinions() public {
        uint256 tie = another("tie");
        uint256 silence = another("silence");
        uint256 short = another("short");
        toVoting();
        castVote(alice, tie, FOR); // 180, of which 80 go
        castVote(bob, tie, ABSTAIN);
        castVote(dave, tie, AGAINST);
        castVote(erin, tie, AGAINST);
        castVote(frank, tie, AGAINST);
        assertVotes(tie, 100 ether, 100 ether, 200 ether, "a tie");
        castVote(bob, silence, ABSTAIN);
        castVote(alice, short, FOR); // 180
        castVote(bob, short, AGAINST); // 220
        toDecision();
        assertState(tie, IGovernorUpgradeable.ProposalState.Succeeded, "100 to 100");
        assertState(silence, IGovernorUpgradeable.ProposalState.Succeeded, "0 to 0 with a quorum");
        assertState(short, IGovernorUpgradeable.ProposalState.Defeated, "180 to 220");
    }

    /// @dev 19 of the specification: whatever the order, every bucket holds the same in the end
    function testFuzz_TheOrderOfVotesDoesNotMatter(uint256 seed) public {
        uint256 other = another("the same in another order");
        toVoting();
        address[5] memory voters = [alice, bob, dave, erin, frank];
        uint8[5] memory support;
        for (uint256 i = 0; i < 5; i++) support[i] = uint8((seed >> (8 * i)) % 4); // 3: does not vote
        uint256[5] memory order = shuffled(seed);
        for (uint256 i = 0; i < 5; i++) {
            if (support[i] < 3) castVote(voters[i], proposal.id, support[i]);
            if (support[order[i]] < 3) castVote(voters[order[i]], other, support[order[i]]);
        }
        (uint256 againstVotes, uint256 forVotes, uint256 abstainVotes) = governor.proposalVotes(proposal.id);
        assertVotes(other, againstVotes, forVotes, abstainVotes, "order");

        uint256[4] memory expected;
        uint256 ofAlice = (support[2] < 3 ? 50 ether : 0) + (support[3] < 3 ? 30 ether : 0);
        expected[support[0]] += 180 ether - ofAlice;
        expected[support[1]] += 220 ether - (support[4] < 3 ? 20 ether : 0);
        expected[support[2]] += 50 ether;
        expected[support[3]] += 30 ether;
        expected[support[4]] += 20 ether;
        assertVotes(other, expected[0], expected[1], expected[2], "sum");
    }

    function another(string memory description) private returns (uint256) {
        Proposal memory made = oneCall(address(token), 0, "", description);
        propose(alice, made);
        return made.id;
    }

    function shuffled(uint256 seed) private pure returns (uint256[5] memory order) {
        for (uint256 i = 0; i < 5; i++) order[i] = i;
        for (uint256 i = 4; i > 0; i--) {
            uint256 j = (seed >> (128 + 8 * i)) % (i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }
    }
}
