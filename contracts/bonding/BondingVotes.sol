// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "@openzeppelin/contracts/utils/Arrays.sol";
import "@openzeppelin/contracts/utils/math/SafeCast.sol";

import "../ManagerProxyTarget.sol";
import "../rounds/IRoundsManager.sol";
import "./IBondingManager.sol";
import "./IBondingVotes.sol";
import "./libraries/EarningsPool.sol";
import "./libraries/EarningsPoolLIP36.sol";
import "./libraries/SortedArrays.sol";

/// @title History of bonded stake by round, read as voting power
/// @dev States are recorded for the start of the next round, so the "end of round r" that voters ask about is the
/// start of round r + 1.
contract BondingVotes is ManagerProxyTarget, IBondingVotes {
    using Arrays for uint256[];
    using SortedArrays for uint256[];

    struct BondingCheckpoint {
        uint256 bondedAmount;
        address delegateAddress;
        uint256 delegatedAmount;
        uint256 lastClaimRound;
        uint256 lastRewardRound;
    }

    struct BondingCheckpointsByRound {
        uint256[] startRounds;
        mapping(uint256 => BondingCheckpoint) data;
    }

    struct TotalActiveStakeByRound {
        uint256[] rounds;
        mapping(uint256 => uint256) data;
    }

    mapping(address => BondingCheckpointsByRound) private bondingCheckpoints;
    TotalActiveStakeByRound private totalStakeCheckpoints;

    modifier onlyBondingManager() {
        address required = address(_bondingManager());
        if (msg.sender != required) {
            revert InvalidCaller(msg.sender, required);
        }
        _;
    }

    modifier onlyPastRounds(uint256 _round) {
        uint256 current = clock();
        if (_round >= current) {
            revert FutureLookup(_round, current == 0 ? 0 : current - 1);
        }
        _;
    }

    constructor(address _controller) Manager(_controller) {}

    /// @notice Name of the voting unit
    function name() external pure override returns (string memory) {
        return "Livepeer Voting Power";
    }

    /// @notice Symbol of the voting unit
    function symbol() external pure override returns (string memory) {
        return "vLPT";
    }

    /// @notice Decimals of the voting unit
    function decimals() external pure override returns (uint8) {
        return 18;
    }

    /// @notice Time of the voting power: the current round
    function clock() public view override returns (uint48) {
        return SafeCast.toUint48(_roundsManager().currentRound());
    }

    /// @notice Says that time is counted in rounds
    function CLOCK_MODE() external pure override returns (string memory) {
        return "mode=livepeer_round";
    }

    /// @notice Voting power of an account as of now
    /// @param _account Account
    function getVotes(address _account) external view override returns (uint256) {
        (uint256 votes, ) = getVotesAndDelegateAtRoundStart(_account, uint256(clock()) + 1);
        return votes;
    }

    /// @notice Voting power of an account at the end of a past round
    /// @param _account Account
    /// @param _round Round
    function getPastVotes(address _account, uint256 _round)
        external
        view
        override
        onlyPastRounds(_round)
        returns (uint256)
    {
        (uint256 votes, ) = getVotesAndDelegateAtRoundStart(_account, _round + 1);
        return votes;
    }

    /// @notice Active stake as of now
    function totalSupply() external view override returns (uint256) {
        return getTotalActiveStakeAt(uint256(clock()) + 1);
    }

    /// @notice Active stake at the end of a past round
    /// @param _round Round
    function getPastTotalSupply(uint256 _round) external view override onlyPastRounds(_round) returns (uint256) {
        return getTotalActiveStakeAt(_round + 1);
    }

    /// @notice Delegate of an account as of now
    /// @param _account Account
    function delegates(address _account) external view override returns (address) {
        (, address delegateAddress) = getVotesAndDelegateAtRoundStart(_account, uint256(clock()) + 1);
        return delegateAddress;
    }

    /// @notice Delegate of an account at the end of a past round
    /// @param _account Account
    /// @param _round Round
    function delegatedAt(address _account, uint256 _round)
        external
        view
        override
        onlyPastRounds(_round)
        returns (address)
    {
        (, address delegateAddress) = getVotesAndDelegateAtRoundStart(_account, _round + 1);
        return delegateAddress;
    }

    /// @notice Not available: stake moves through the BondingManager
    function delegate(address) external pure override {
        revert MustCallBondingManager("bond");
    }

    /// @notice Not available: stake moves through the BondingManager
    function delegateBySig(
        address,
        uint256,
        uint256,
        uint8,
        bytes32,
        bytes32
    ) external pure override {
        revert MustCallBondingManager("bondFor");
    }

    /// @inheritdoc IBondingVotes
    function checkpointBondingState(
        address _account,
        uint256 _startRound,
        uint256 _bondedAmount,
        address _delegateAddress,
        uint256 _delegatedAmount,
        uint256 _lastClaimRound,
        uint256 _lastRewardRound
    ) external virtual override onlyBondingManager {
        uint256 nextRound = uint256(clock()) + 1;
        if (_startRound != nextRound) {
            revert InvalidStartRound(_startRound, nextRound);
        }
        if (_lastClaimRound >= _startRound) {
            revert FutureLastClaimRound(_lastClaimRound, _startRound - 1);
        }

        BondingCheckpointsByRound storage checkpoints = bondingCheckpoints[_account];
        BondingCheckpoint memory previous;
        uint256 previousRound = _lastStartRound(checkpoints, _startRound);
        if (previousRound > 0) {
            previous = checkpoints.data[previousRound];
        }
        BondingCheckpoint memory current = BondingCheckpoint({
            bondedAmount: _bondedAmount,
            delegateAddress: _delegateAddress,
            delegatedAmount: _delegatedAmount,
            lastClaimRound: _lastClaimRound,
            lastRewardRound: _lastRewardRound
        });

        checkpoints.data[_startRound] = current;
        checkpoints.startRounds.pushSorted(_startRound);

        _emitChanges(_account, previous, current);
    }

    /// @inheritdoc IBondingVotes
    function checkpointTotalActiveStake(uint256 _totalStake, uint256 _round)
        external
        virtual
        override
        onlyBondingManager
    {
        uint256 current = clock();
        if (_round != current) {
            revert InvalidTotalStakeCheckpointRound(_round, current);
        }

        totalStakeCheckpoints.data[_round] = _totalStake;
        totalStakeCheckpoints.rounds.pushSorted(_round);
    }

    /// @inheritdoc IBondingVotes
    function hasCheckpoint(address _account) external view override returns (bool) {
        return bondingCheckpoints[_account].startRounds.length > 0;
    }

    /// @inheritdoc IBondingVotes
    function getTotalActiveStakeAt(uint256 _round) public view virtual override returns (uint256) {
        _requireKnownRound(_round);

        uint256 exact = totalStakeCheckpoints.data[_round];
        if (exact > 0) {
            return exact;
        }

        // A round nobody initialized has no entry. The stake that was active in it is the one recorded when the
        // next round was initialized; after the last entry it is what the BondingManager holds for the next round.
        uint256[] storage rounds = totalStakeCheckpoints.rounds;
        uint256 upper = rounds.findUpperBound(_round);
        if (upper == 0) {
            return 0;
        }
        if (upper < rounds.length) {
            return totalStakeCheckpoints.data[rounds[upper]];
        }
        return _bondingManager().nextRoundTotalActiveStake();
    }

    /// @inheritdoc IBondingVotes
    function getVotesAndDelegateAtRoundStart(address _account, uint256 _round)
        public
        view
        virtual
        override
        returns (uint256 votes, address delegateAddress)
    {
        _requireKnownRound(_round);
        BondingCheckpointsByRound storage checkpoints = bondingCheckpoints[_account];
        uint256 startRound = _lastStartRound(checkpoints, _round);
        if (startRound == 0) {
            return (0, address(0));
        }
        BondingCheckpoint storage bond = checkpoints.data[startRound];
        delegateAddress = bond.delegateAddress;

        if (bond.bondedAmount == 0) {
            votes = 0;
        } else if (delegateAddress == _account) {
            votes = bond.delegatedAmount;
        } else {
            votes = _delegatorVotes(bond, _round);
        }
    }

    /// @dev Stake of a delegator with the rewards of its transcoder up to a round
    function _delegatorVotes(BondingCheckpoint storage _bond, uint256 _round) private view returns (uint256) {
        address delegateAddress = _bond.delegateAddress;
        BondingCheckpointsByRound storage checkpoints = bondingCheckpoints[delegateAddress];
        BondingCheckpoint storage transcoder = checkpoints.data[_lastStartRound(checkpoints, _round)];
        uint256 lastRewardRound = transcoder.lastRewardRound;
        EarningsPool.Data memory endPool;
        if (lastRewardRound > 0) {
            endPool = _earningsPool(delegateAddress, lastRewardRound);
            if (endPool.cumulativeRewardFactor == 0) {
                revert MissingEarningsPool(delegateAddress, lastRewardRound);
            }
        }

        if (!_isTranscoder(delegateAddress, transcoder.delegateAddress, transcoder.bondedAmount)) {
            return 0;
        }
        uint256 lastClaimRound = _bond.lastClaimRound;
        if (lastRewardRound < lastClaimRound) {
            return _bond.bondedAmount;
        }
        EarningsPool.Data memory startPool = _earningsPool(delegateAddress, lastClaimRound);
        return EarningsPoolLIP36.delegatorCumulativeStake(startPool, endPool, _bond.bondedAmount);
    }

    function _emitChanges(
        address _account,
        BondingCheckpoint memory _previous,
        BondingCheckpoint memory _current
    ) private {
        if (_previous.delegateAddress != _current.delegateAddress) {
            emit DelegateChanged(_account, _previous.delegateAddress, _current.delegateAddress);
        }

        uint256 previousVotes = _transcoderVotes(_account, _previous);
        uint256 currentVotes = _transcoderVotes(_account, _current);
        if (previousVotes != currentVotes) {
            emit DelegateVotesChanged(_account, previousVotes, currentVotes);
        }

        if (
            _previous.bondedAmount != _current.bondedAmount || _previous.lastClaimRound != _current.lastClaimRound
        ) {
            emit DelegatorBondedAmountChanged(
                _account,
                _previous.bondedAmount,
                _previous.lastClaimRound,
                _current.bondedAmount,
                _current.lastClaimRound
            );
        }
    }

    /// @dev Start round of the state that holds at the start of a round; 0, for which nothing is ever recorded, when
    /// there is none by then
    function _lastStartRound(BondingCheckpointsByRound storage _checkpoints, uint256 _round)
        private
        view
        returns (uint256)
    {
        if (_checkpoints.data[_round].bondedAmount > 0) {
            return _round;
        }
        uint256 index = _checkpoints.startRounds.findLowerBound(_round);
        return index == _checkpoints.startRounds.length ? 0 : _checkpoints.startRounds[index];
    }

    function _transcoderVotes(address _account, BondingCheckpoint memory _bond) private pure returns (uint256) {
        return _isTranscoder(_account, _bond.delegateAddress, _bond.bondedAmount) ? _bond.delegatedAmount : 0;
    }

    /// @dev A slashed account may still point at itself with nothing bonded: it is no transcoder
    function _isTranscoder(
        address _account,
        address _delegateAddress,
        uint256 _bondedAmount
    ) private pure returns (bool) {
        return _delegateAddress == _account && _bondedAmount > 0;
    }

    function _earningsPool(address _transcoder, uint256 _round) private view returns (EarningsPool.Data memory pool) {
        (
            pool.totalStake,
            pool.transcoderRewardCut,
            pool.transcoderFeeShare,
            pool.cumulativeRewardFactor,
            pool.cumulativeFeeFactor
        ) = _bondingManager().getTranscoderEarningsPoolForRound(_transcoder, _round);
    }

    function _requireKnownRound(uint256 _round) private view {
        uint256 nextRound = uint256(clock()) + 1;
        if (_round > nextRound) {
            revert FutureLookup(_round, nextRound);
        }
    }

    function _bondingManager() private view returns (IBondingManager) {
        return IBondingManager(controller.getContract(keccak256("BondingManager")));
    }

    function _roundsManager() private view returns (IRoundsManager) {
        return IRoundsManager(controller.getContract(keccak256("RoundsManager")));
    }
}
