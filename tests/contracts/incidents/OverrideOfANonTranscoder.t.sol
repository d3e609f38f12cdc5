// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "../support/GovernanceFixture.sol";

/// @dev Voting power and delegates written down by hand
contract WrittenVotes {
    mapping(address => uint256) public power;
    mapping(address => address) public delegate;
    uint48 public clock;

    constructor(uint48 _clock) {
        clock = _clock;
    }

    function set(
        address account,
        uint256 _power,
        address _delegate
    ) external {
        power[account] = _power;
        delegate[account] = _delegate;
    }

    function pass(uint48 count) external {
        clock += count;
    }

    function getPastVotes(address account, uint256) external view returns (uint256) {
        return power[account];
    }

    function getPastTotalSupply(uint256) external pure returns (uint256) {
        return 1000 ether;
    }

    function delegatedAt(address account, uint256) external view returns (address) {
        return delegate[account];
    }
}

/// @dev August 2023 audit: somebody who delegated to an account that is no transcoder could take its weight out of
/// that account's vote, although it had never been part of it, and so make other people's votes vanish.
contract OverrideOfANonTranscoderTest is GovernanceFixture {
    function test_OnlyATranscodersVoteIsOverridden() public {
        WrittenVotes written = new WrittenVotes(uint48(rounds.currentRound()));
        register("BondingVotes", address(written));
        governor.bumpGovernorVotesTokenAddress();
        written.set(alice, 300 ether, alice);
        written.set(carol, 40 ether, alice); // delegates to alice and is no transcoder
        written.set(dave, 40 ether, carol); // delegates to carol
        Proposal memory proposal = oneCall(address(token), 0, "", "x");
        propose(alice, proposal);
        written.pass(2);

        castVote(carol, proposal.id, AGAINST);
        castVote(dave, proposal.id, FOR);
        assertVotes(proposal.id, 40 ether, 40 ether, 0, "both count");
        castVote(alice, proposal.id, ABSTAIN);
        assertVotes(proposal.id, 40 ether, 40 ether, 260 ether, "only carol was part of alice's vote");
    }

    function test_WithRealStakeSuchADelegatorHasNoVotesAtAll() public {
        newTranscoder(alice, 300 ether, 0, 0);
        bond(carol, alice, 40 ether);
        bond(dave, carol, 40 ether);
        nextRound();
        Proposal memory proposal = oneCall(address(token), 0, "", "x");
        propose(alice, proposal);
        toVoting();
        castVote(carol, proposal.id, AGAINST);
        castVote(dave, proposal.id, FOR);
        assertVotes(proposal.id, 40 ether, 0, 0, "carol's stays");
    }
}
