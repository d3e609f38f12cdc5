// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "@openzeppelin/contracts-upgradeable/governance/GovernorUpgradeable.sol";
import "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";

import "../libraries/MathUtils.sol";
import "./IVotes.sol";

/// @title Counting of votes in which delegators override their transcoder
/// @dev A transcoder votes with all stake delegated to it. A delegator that votes takes its own part out of that,
/// before or after its transcoder's vote. This needs votes(transcoder) >= sum of votes(its delegators).
abstract contract GovernorCountingOverridable is Initializable, GovernorUpgradeable {
    error InvalidVoteType(uint8 voteType);
    error VoteAlreadyCast();

    enum VoteType {
        Against,
        For,
        Abstain
    }

    struct ProposalVoterState {
        bool hasVoted;
        VoteType support;
        uint256 deductions; // votes its delegators cast by themselves
    }

    struct ProposalTally {
        uint256 againstVotes;
        uint256 forVotes;
        uint256 abstainVotes;
        mapping(address => ProposalVoterState) voters;
    }

    mapping(uint256 => ProposalTally) private _proposalTallies;

    /// @notice Share of the for and against votes that must be for, 1 000 000 = 100 %
    uint256 public quota;

    function __GovernorCountingOverridable_init(uint256 _quota) internal onlyInitializing {
        __GovernorCountingOverridable_init_unchained(_quota);
    }

    function __GovernorCountingOverridable_init_unchained(uint256 _quota) internal onlyInitializing {
        quota = _quota;
    }

    /// @notice How votes are counted, in the words interfaces look for
    function COUNTING_MODE() public pure virtual override returns (string memory) {
        return "support=bravo&quorum=for,abstain,against";
    }

    /// @notice Whether an account voted on a proposal
    /// @param _proposalId Proposal
    /// @param _account Account
    function hasVoted(uint256 _proposalId, address _account) public view virtual override returns (bool) {
        return _proposalTallies[_proposalId].voters[_account].hasVoted;
    }

    /// @notice Votes on a proposal
    /// @param _proposalId Proposal
    function proposalVotes(uint256 _proposalId)
        public
        view
        virtual
        returns (
            uint256 againstVotes,
            uint256 forVotes,
            uint256 abstainVotes
        )
    {
        ProposalTally storage tally = _proposalTallies[_proposalId];
        return (tally.againstVotes, tally.forVotes, tally.abstainVotes);
    }

    /// @notice Where voting power and delegates are read
    function votes() public view virtual returns (IVotes);

    function _quorumReached(uint256 _proposalId) internal view virtual override returns (bool) {
        (uint256 againstVotes, uint256 forVotes, uint256 abstainVotes) = proposalVotes(_proposalId);
        return againstVotes + forVotes + abstainVotes >= quorum(proposalSnapshot(_proposalId));
    }

    function _voteSucceeded(uint256 _proposalId) internal view virtual override returns (bool) {
        (uint256 againstVotes, uint256 forVotes, ) = proposalVotes(_proposalId);
        return forVotes >= MathUtils.percOf(againstVotes + forVotes, quota);
    }

    function _countVote(
        uint256 _proposalId,
        address _account,
        uint8 _support,
        uint256 _weight,
        bytes memory // params
    ) internal virtual override {
        if (_support > uint8(VoteType.Abstain)) {
            revert InvalidVoteType(_support);
        }
        ProposalTally storage tally = _proposalTallies[_proposalId];
        ProposalVoterState storage voter = tally.voters[_account];
        if (voter.hasVoted) {
            revert VoteAlreadyCast();
        }

        VoteType support = VoteType(_support);
        voter.hasVoted = true;
        voter.support = support;

        uint256 weight = _overrideTranscoder(_proposalId, tally, voter, _account, _weight);
        if (support == VoteType.Against) {
            tally.againstVotes += weight;
        } else if (support == VoteType.For) {
            tally.forVotes += weight;
        } else {
            tally.abstainVotes += weight;
        }
    }

    /// @dev Takes a delegator's weight out of its transcoder's vote, or out of a transcoder's weight what its
    /// delegators took
    /// @return Weight to count for the account
    function _overrideTranscoder(
        uint256 _proposalId,
        ProposalTally storage _tally,
        ProposalVoterState storage _voter,
        address _account,
        uint256 _weight
    ) private returns (uint256) {
        uint256 timepoint = proposalSnapshot(_proposalId);
        address delegate = votes().delegatedAt(_account, timepoint);
        if (delegate == _account) {
            return _weight - _voter.deductions;
        }
        // A delegate that is not its own delegate is no transcoder: the weight was never part of its vote.
        if (votes().delegatedAt(delegate, timepoint) != delegate) {
            return _weight;
        }

        ProposalVoterState storage transcoder = _tally.voters[delegate];
        transcoder.deductions += _weight;
        if (transcoder.hasVoted) {
            if (transcoder.support == VoteType.Against) {
                _tally.againstVotes -= _weight;
            } else if (transcoder.support == VoteType.For) {
                _tally.forVotes -= _weight;
            } else {
                _tally.abstainVotes -= _weight;
            }
        }
        return _weight;
    }

    /// @dev Room for later variables
    uint256[48] private __gap;
}
