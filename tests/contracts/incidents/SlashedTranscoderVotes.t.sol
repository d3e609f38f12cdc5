// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "../support/GovernanceFixture.sol";

/// @dev August 2023 audit, two findings: staking calls an account a transcoder when it delegates to itself and has
/// stake, counting of votes only asked whether it delegates to itself. A fully slashed transcoder still does. It
/// voted with weight 0, and its delegators' votes were subtracted from other people's.
contract SlashedTranscoderVotesTest is GovernanceFixture {
    function setUp() public override {
        super.setUp();
        register("Verifier", VERIFIER);
        token.grantRole(keccak256("BURNER_ROLE"), address(minter));
        newTranscoder(alice, 300 ether, 0, 0);
        newTranscoder(bob, 300 ether, 0, 0);
        bond(dave, alice, 50 ether);
        nextRound();
    }

    function test_NeitherItNorItsDelegatorsHaveVotes() public {
        slash();
        assertEq(delegateOf(alice), alice, "delegates to itself");
        assertTrue(!bonding.isRegisteredTranscoder(alice), "and is no transcoder");
        assertEq(votes.getVotes(alice), 0, "no votes");
        assertEq(votes.getVotes(dave), 0, "nor its delegators");
        assertEq(votes.delegates(dave), alice, "who still delegate to it");
    }

    function test_TheTallyStaysRight() public {
        slash();
        Proposal memory proposal = oneCall(address(token), 0, "", "x");
        propose(bob, proposal);
        toVoting();
        castVote(bob, proposal.id, FOR);
        castVote(alice, proposal.id, FOR);
        castVote(dave, proposal.id, AGAINST);
        assertVotes(proposal.id, 0, 300 ether, 0, "only bob has votes");
    }

    function test_SlashedAfterTheSnapshotItStillVotesAsOfThen() public {
        Proposal memory proposal = oneCall(address(token), 0, "", "x");
        propose(bob, proposal);
        toVoting();
        slash();
        castVote(alice, proposal.id, FOR);
        castVote(dave, proposal.id, AGAINST);
        assertVotes(proposal.id, 50 ether, 300 ether, 0, "stake of the snapshot");
    }

    function test_NewStakeBringsTheVotesBack() public {
        slash();
        nextRound();
        bond(alice, alice, 10 ether);
        assertEq(votes.getVotes(alice), bonding.transcoderTotalStake(alice), "a transcoder again");
        assertEq(votes.getVotes(dave), 50 ether, "with delegators");
    }

    function slash() private {
        vm.prank(VERIFIER);
        bonding.slashTranscoder(alice, address(0), PERC, 0);
    }
}
