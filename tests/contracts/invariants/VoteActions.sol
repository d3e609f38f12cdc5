// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "./Ledger.sol";

/// @title Proposals and votes on them
abstract contract VoteActions is Ledger {
    uint256 private current;
    uint256 private made;
    address[] private voters;
    mapping(uint256 => mapping(address => uint8)) private supportOf;

    function movePropose(address account) internal {
        if (current != 0 && governor.state(current) <= IGovernorUpgradeable.ProposalState.Active) return;
        Proposal memory proposal = oneCall(address(token), 0, "", string(abi.encodePacked("proposal ", ++made)));
        bool expected = votes.getPastVotes(account, rounds.currentRound() - 1) >= 100 ether;
        (bool ok, bytes memory returned) = attempt(
            account,
            address(governor),
            abi.encodeCall(
                governor.propose,
                (proposal.targets, proposal.values, proposal.calldatas, proposal.description)
            )
        );
        mustBe(ok, expected, returned, "propose");
        if (!ok) return;
        current = proposal.id;
        delete voters;
    }

    function moveVote(address account, uint8 support) internal {
        if (current == 0) return;
        bool expected = governor.state(current) == IGovernorUpgradeable.ProposalState.Active &&
            !governor.hasVoted(current, account);
        (bool ok, bytes memory returned) = attempt(
            account,
            address(governor),
            abi.encodeCall(governor.castVote, (current, support))
        );
        mustBe(ok, expected, returned, "vote");
        if (!ok) return;
        voters.push(account);
        supportOf[current][account] = support;
        checkTally();
    }

    /// @dev 19: every bucket is the sum over its voters, less what delegators took out of their transcoder's vote
    function checkTally() private {
        uint256 snapshot = governor.proposalSnapshot(current);
        uint256[3] memory expected;
        for (uint256 i = 0; i < voters.length; i++) {
            expected[supportOf[current][voters[i]]] += votes.getPastVotes(voters[i], snapshot);
        }
        for (uint256 i = 0; i < voters.length; i++) {
            address delegate = votes.delegatedAt(voters[i], snapshot);
            if (delegate == voters[i] || !governor.hasVoted(current, delegate)) continue;
            if (votes.delegatedAt(delegate, snapshot) != delegate) continue;
            expected[supportOf[current][delegate]] -= votes.getPastVotes(voters[i], snapshot);
        }
        (uint256 againstVotes, uint256 forVotes, uint256 abstainVotes) = governor.proposalVotes(current);
        must(
            againstVotes == expected[0] && forVotes == expected[1] && abstainVotes == expected[2],
            "19: tally differs from its voters"
        );
    }
}
