// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "../ManagerProxyTarget.sol";
import "../libraries/MathUtils.sol";
import "../libraries/PreciseMathUtils.sol";
import "../libraries/SortedDoublyLL.sol";
import "../rounds/IRoundsManager.sol";
import "../token/ILivepeerToken.sol";
import "../token/IMinter.sol";
import "./IBondingManager.sol";
import "./IBondingVotes.sol";
import "./libraries/EarningsPool.sol";
import "./libraries/EarningsPoolLIP36.sol";

/// @title Stake of the protocol: bonding, the pool of active transcoders, rewards and fees
/// @dev One piece because every path moves the same totals. Functions that change a position in the pool take hints
/// (the neighbors the caller expects); zero hints are always right, only dearer.
contract BondingManager is ManagerProxyTarget, IBondingManager {
    using SortedDoublyLL for SortedDoublyLL.Data;
    using EarningsPool for EarningsPool.Data;
    using EarningsPoolLIP36 for EarningsPool.Data;

    enum TranscoderStatus {
        NotRegistered,
        Registered
    }

    enum DelegatorStatus {
        Pending,
        Bonded,
        Unbonded
    }

    struct Transcoder {
        uint256 lastRewardRound;
        uint256 rewardCut;
        uint256 feeShare;
        mapping(uint256 => EarningsPool.Data) earningsPoolPerRound;
        uint256 lastActiveStakeUpdateRound;
        uint256 activationRound;
        uint256 deactivationRound;
        uint256 activeCumulativeRewards; // own rewards that are part of the active stake
        uint256 cumulativeRewards; // own rewards not claimed yet
        uint256 cumulativeFees; // own fees not claimed yet
        uint256 lastFeeRound;
    }

    struct UnbondingLock {
        uint256 amount;
        uint256 withdrawRound;
    }

    struct Delegator {
        uint256 bondedAmount;
        uint256 fees;
        address delegateAddress;
        uint256 delegatedAmount;
        uint256 startRound;
        uint256 lastClaimRound;
        uint256 nextUnbondingLockId;
        mapping(uint256 => UnbondingLock) unbondingLocks;
    }

    uint256 private constant MAX_FUTURE_ROUND = type(uint256).max;

    /// @notice Rounds between unbonding and withdrawal
    uint64 public override unbondingPeriod;

    mapping(address => Delegator) private delegators;
    mapping(address => Transcoder) private transcoders;

    /// @notice LPT wei of the current round's active stake
    uint256 public currentRoundTotalActiveStake;
    /// @notice LPT wei of the next round's active stake
    uint256 public override nextRoundTotalActiveStake;

    SortedDoublyLL.Data private transcoderPool;

    /// @notice Share of rewards that goes to the treasury in this round (10^27 = 100 %)
    uint256 public treasuryRewardCutRate;
    /// @notice Share of rewards that goes to the treasury from the next round on (10^27 = 100 %)
    uint256 public nextRoundTreasuryRewardCutRate;
    /// @notice LPT wei in the treasury at which its share of rewards ends; 0 means no ceiling
    uint256 public treasuryBalanceCeiling;

    modifier onlyTicketBroker() {
        require(msg.sender == _registered(keccak256("TicketBroker")), "caller must be TicketBroker");
        _;
    }

    modifier onlyRoundsManager() {
        require(msg.sender == _registered(keccak256("RoundsManager")), "caller must be RoundsManager");
        _;
    }

    modifier onlyVerifier() {
        require(msg.sender == _registered(keccak256("Verifier")), "caller must be Verifier");
        _;
    }

    modifier currentRoundInitialized() {
        _requireRoundInitialized();
        _;
    }

    /// @dev Brings an account's earnings up to date before the body runs
    modifier autoClaimEarnings(address _delegator) {
        _autoClaimEarnings(_delegator);
        _;
    }

    /// @dev Records an account's bonding state after the body ran
    modifier autoCheckpoint(address _account) {
        _;
        _checkpointBondingState(_account, _currentRound());
    }

    constructor(address _controller) Manager(_controller) {}

    /// @notice Sets the rounds between unbonding and withdrawal; existing locks keep theirs
    /// @param _unbondingPeriod Rounds
    function setUnbondingPeriod(uint64 _unbondingPeriod) external onlyControllerOwner {
        unbondingPeriod = _unbondingPeriod;
        emit ParameterUpdate("unbondingPeriod");
    }

    /// @notice Sets the treasury's share of rewards from the next round on
    /// @param _cutRate Share, 10^27 = 100 %
    function setTreasuryRewardCutRate(uint256 _cutRate) external onlyControllerOwner {
        _setTreasuryRewardCutRate(_cutRate);
    }

    /// @notice Sets the treasury balance at which its share of rewards ends
    /// @param _ceiling LPT wei, 0 for no ceiling
    function setTreasuryBalanceCeiling(uint256 _ceiling) external onlyControllerOwner {
        treasuryBalanceCeiling = _ceiling;
        emit ParameterUpdate("treasuryBalanceCeiling");
    }

    /// @notice Raises the number of active transcoders
    /// @param _numActiveTranscoders New number, larger than the present one
    function setNumActiveTranscoders(uint256 _numActiveTranscoders) external onlyControllerOwner {
        transcoderPool.setMaxSize(_numActiveTranscoders);
        emit ParameterUpdate("numActiveTranscoders");
    }

    /// @notice Sets the caller's shares and lets it join the pool if its stake suffices
    /// @param _rewardCut Share of rewards the transcoder keeps (1 000 000 = 100 %)
    /// @param _feeShare Share of fees the delegators get (1 000 000 = 100 %)
    function transcoder(uint256 _rewardCut, uint256 _feeShare) external {
        transcoderWithHint(_rewardCut, _feeShare, address(0), address(0));
    }

    /// @notice Bonds LPT of the caller toward an account
    /// @param _amount LPT wei; 0 moves the existing stake to another delegate
    /// @param _to Delegate
    function bond(uint256 _amount, address _to) external {
        bondWithHint(_amount, _to, address(0), address(0), address(0), address(0));
    }

    /// @notice Starts to take stake out
    /// @param _amount LPT wei
    function unbond(uint256 _amount) external {
        unbondWithHint(_amount, address(0), address(0));
    }

    /// @notice Puts unbonding stake back while bonded
    /// @param _unbondingLockId Lock of the caller
    function rebond(uint256 _unbondingLockId) external {
        rebondWithHint(_unbondingLockId, address(0), address(0));
    }

    /// @notice Puts unbonding stake back while unbonded
    /// @param _to Delegate
    /// @param _unbondingLockId Lock of the caller
    function rebondFromUnbonded(address _to, uint256 _unbondingLockId) external {
        rebondFromUnbondedWithHint(_to, _unbondingLockId, address(0), address(0));
    }

    /// @notice Mints the caller's reward of the current round
    function reward() external {
        rewardWithHint(address(0), address(0));
    }

    /// @notice Records an account's bonding state in BondingVotes; anyone may call, also while paused
    /// @param _account Account
    function checkpointBondingState(address _account) external {
        _checkpointBondingState(_account, _currentRound());
    }

    /// @notice Pays out stake whose waiting time is over
    /// @param _unbondingLockId Lock of the caller
    function withdrawStake(uint256 _unbondingLockId) external whenSystemNotPaused currentRoundInitialized {
        UnbondingLock storage lock = delegators[msg.sender].unbondingLocks[_unbondingLockId];
        require(isValidUnbondingLock(msg.sender, _unbondingLockId), "invalid unbonding lock ID");
        require(
            lock.withdrawRound <= _currentRound(),
            "withdraw round must be before or equal to the current round"
        );

        uint256 amount = lock.amount;
        uint256 withdrawRound = lock.withdrawRound;
        delete delegators[msg.sender].unbondingLocks[_unbondingLockId];

        _minter().trustedTransferTokens(msg.sender, amount);
        emit WithdrawStake(msg.sender, _unbondingLockId, amount, withdrawRound);
    }

    /// @notice Pays out fees of the caller
    /// @param _recipient Receiver
    /// @param _amount Amount in wei
    function withdrawFees(address payable _recipient, uint256 _amount)
        external
        whenSystemNotPaused
        currentRoundInitialized
        autoClaimEarnings(msg.sender)
        autoCheckpoint(msg.sender)
    {
        require(_recipient != address(0), "invalid recipient");
        uint256 fees = delegators[msg.sender].fees;
        require(fees >= _amount, "insufficient fees to withdraw");
        delegators[msg.sender].fees = fees - _amount;

        _minter().trustedWithdrawETH(_recipient, _amount);
        emit WithdrawFees(msg.sender, _recipient, _amount);
    }

    /// @notice Brings the caller's earnings up to date
    /// @param _endRound Not used: earnings are claimed up to the current round
    function claimEarnings(uint256 _endRound)
        external
        whenSystemNotPaused
        currentRoundInitialized
        autoClaimEarnings(msg.sender)
        autoCheckpoint(msg.sender)
    {
        // Kept in the signature for callers of the old form, which named a round.
        _endRound;
    }

    /// @inheritdoc IBondingManager
    function setCurrentRoundTotalActiveStake() external override onlyRoundsManager {
        currentRoundTotalActiveStake = nextRoundTotalActiveStake;

        if (nextRoundTreasuryRewardCutRate != treasuryRewardCutRate) {
            treasuryRewardCutRate = nextRoundTreasuryRewardCutRate;
            emit ParameterUpdate("treasuryRewardCutRate");
        }

        _bondingVotes().checkpointTotalActiveStake(currentRoundTotalActiveStake, _currentRound());
    }

    /// @inheritdoc IBondingManager
    function updateTranscoderWithFees(
        address _transcoder,
        uint256 _fees,
        uint256 _round
    ) external override whenSystemNotPaused onlyTicketBroker {
        // The ticket's round does not matter: a late redemption counts where the stake now is.
        _round;
        _requireFeeRecipient(_transcoder);

        uint256 currentRound = _currentRound();
        Transcoder storage t = transcoders[_transcoder];
        uint256 lastRewardRound = t.lastRewardRound;
        uint256 activeCumulativeRewards = t.activeCumulativeRewards;

        EarningsPool.Data storage earningsPool = t.earningsPoolPerRound[currentRound];
        EarningsPool.Data memory prevEarningsPool = _latestCumulativeFactors(t, currentRound - 1);

        if (currentRound > lastRewardRound) {
            _openEarningsPool(t, earningsPool, currentRound);
            // Without a reward call in this round all own rewards are part of the active stake.
            activeCumulativeRewards = t.cumulativeRewards;
        }

        uint256 totalStake = earningsPool.totalStake;
        if (prevEarningsPool.cumulativeRewardFactor == 0 && lastRewardRound == currentRound) {
            // First reward ever was called in this very round: the factor before it has to be worked out.
            uint256 rewards = PreciseMathUtils.percOf(
                _minter().currentMintableTokens() + _minter().currentMintedTokens(),
                totalStake,
                currentRoundTotalActiveStake
            );
            rewards -= PreciseMathUtils.percOf(rewards, treasuryRewardCutRate);
            uint256 delegatorRewards = rewards - MathUtils.percOf(rewards, earningsPool.transcoderRewardCut);
            prevEarningsPool.cumulativeRewardFactor = PreciseMathUtils.percOf(
                earningsPool.cumulativeRewardFactor,
                totalStake,
                delegatorRewards + totalStake
            );
        }

        uint256 delegatorsFees = MathUtils.percOf(_fees, earningsPool.transcoderFeeShare);
        uint256 commission = _fees - delegatorsFees;
        // The transcoder's own rewards earn fees like stake does.
        uint256 ownFees = PreciseMathUtils.percOf(delegatorsFees, activeCumulativeRewards, totalStake);
        t.cumulativeFees += ownFees + commission;
        earningsPool.updateCumulativeFeeFactor(prevEarningsPool, delegatorsFees);
        t.lastFeeRound = currentRound;
    }

    /// @inheritdoc IBondingManager
    function slashTranscoder(
        address _transcoder,
        address _finder,
        uint256 _slashAmount,
        uint256 _finderFee
    )
        external
        override
        whenSystemNotPaused
        onlyVerifier
        autoClaimEarnings(_transcoder)
        autoCheckpoint(_transcoder)
    {
        Delegator storage del = delegators[_transcoder];
        if (del.bondedAmount == 0) {
            emit TranscoderSlashed(_transcoder, _finder, 0, 0);
            return;
        }

        uint256 penalty = MathUtils.percOf(del.bondedAmount, _slashAmount);
        if (transcoderPool.contains(_transcoder)) {
            _resignTranscoder(_transcoder, _currentRound());
        }

        del.bondedAmount -= penalty;
        if (delegatorStatus(_transcoder) == DelegatorStatus.Bonded) {
            delegators[del.delegateAddress].delegatedAmount -= penalty;
        }

        uint256 finderReward = 0;
        if (_finder != address(0)) {
            finderReward = MathUtils.percOf(penalty, _finderFee);
            _minter().trustedTransferTokens(_finder, finderReward);
        }
        _minter().trustedBurnTokens(penalty - finderReward);
        emit TranscoderSlashed(_transcoder, _finder, penalty, finderReward);
    }

    /// @notice Hands stake of the caller to another account without the unbonding wait
    /// @param _delegator Receiver
    /// @param _amount LPT wei
    /// @param _oldDelegateNewPosPrev Hint for the caller's delegate
    /// @param _oldDelegateNewPosNext Hint for the caller's delegate
    /// @param _newDelegateNewPosPrev Hint for the receiver's delegate
    /// @param _newDelegateNewPosNext Hint for the receiver's delegate
    function transferBond(
        address _delegator,
        uint256 _amount,
        address _oldDelegateNewPosPrev,
        address _oldDelegateNewPosNext,
        address _newDelegateNewPosPrev,
        address _newDelegateNewPosNext
    ) external whenSystemNotPaused currentRoundInitialized {
        _authorizeClaim(_delegator);
        _autoClaimEarnings(msg.sender);

        address oldDelegate = delegators[msg.sender].delegateAddress;
        unbondWithHint(_amount, _oldDelegateNewPosPrev, _oldDelegateNewPosNext);

        uint256 newLockId = _moveNewestLock(_delegator, _amount);

        // The receiver's earnings must be settled before its stake grows.
        _autoClaimEarnings(_delegator);

        Delegator storage receiver = delegators[_delegator];
        if (receiver.delegateAddress == address(0) && receiver.bondedAmount == 0) {
            // A transfer must not make the receiver a transcoder, nor credit nobody.
            require(oldDelegate != _delegator, "INVALID_DELEGATOR");
            require(_delegator != address(0), "INVALID_DELEGATOR");
            receiver.delegateAddress = oldDelegate;
        }
        if (_isUnbonded(receiver)) {
            receiver.startRound = _currentRound() + 1;
        }

        _processRebond(_delegator, newLockId, _newDelegateNewPosPrev, _newDelegateNewPosNext);
    }

    /// @notice Like `transcoder`, with a hint
    /// @param _rewardCut Share of rewards the transcoder keeps (1 000 000 = 100 %)
    /// @param _feeShare Share of fees the delegators get (1 000 000 = 100 %)
    /// @param _newPosPrev Hint: transcoder before the caller
    /// @param _newPosNext Hint: transcoder after the caller
    function transcoderWithHint(
        uint256 _rewardCut,
        uint256 _feeShare,
        address _newPosPrev,
        address _newPosNext
    ) public whenSystemNotPaused currentRoundInitialized {
        require(!_roundsManager().currentRoundLocked(), "can't update transcoder params, current round is locked");
        require(MathUtils.validPerc(_rewardCut), "invalid rewardCut percentage");
        require(MathUtils.validPerc(_feeShare), "invalid feeShare percentage");
        require(isRegisteredTranscoder(msg.sender), "transcoder must be registered");

        Transcoder storage t = transcoders[msg.sender];
        uint256 currentRound = _currentRound();
        require(
            !_isActiveAt(t, currentRound) || t.lastRewardRound == currentRound,
            "caller can't be active or must have already called reward for the current round"
        );

        t.rewardCut = _rewardCut;
        t.feeShare = _feeShare;
        if (!transcoderPool.contains(msg.sender)) {
            _tryToJoinActiveSet(
                msg.sender,
                delegators[msg.sender].delegatedAmount,
                currentRound + 1,
                _newPosPrev,
                _newPosNext
            );
        }
        emit TranscoderUpdate(msg.sender, _rewardCut, _feeShare);
    }

    /// @notice Bonds LPT of the caller for an account
    /// @dev A third party may add to a stake but not choose its delegate, unless the account has none yet.
    /// @param _amount LPT wei
    /// @param _owner Account whose stake grows
    /// @param _to Delegate
    /// @param _oldDelegateNewPosPrev Hint for the old delegate
    /// @param _oldDelegateNewPosNext Hint for the old delegate
    /// @param _currDelegateNewPosPrev Hint for the new delegate
    /// @param _currDelegateNewPosNext Hint for the new delegate
    function bondForWithHint(
        uint256 _amount,
        address _owner,
        address _to,
        address _oldDelegateNewPosPrev,
        address _oldDelegateNewPosNext,
        address _currDelegateNewPosPrev,
        address _currDelegateNewPosNext
    ) public whenSystemNotPaused currentRoundInitialized {
        _authorizeClaim(_owner);
        _autoClaimEarnings(_owner);
        _authorizeBond(_owner, _to);

        Delegator storage del = delegators[_owner];
        uint256 currentRound = _currentRound();
        uint256 delegationAmount = _amount;
        address currentDelegate = del.delegateAddress;

        if (_isUnbonded(del)) {
            del.startRound = currentRound + 1;
        } else if (currentDelegate != _to && del.bondedAmount > 0) {
            require(
                !isRegisteredTranscoder(_owner),
                "registered transcoders can't delegate towards other addresses"
            );
            del.startRound = currentRound + 1;
            delegationAmount += del.bondedAmount;

            _decreaseTotalStake(
                currentDelegate,
                del.bondedAmount,
                currentRound,
                _oldDelegateNewPosPrev,
                _oldDelegateNewPosNext
            );
            _checkpointBondingState(currentDelegate, currentRound);
        }

        _ensureCumulativeFactors(transcoders[_to], currentRound);

        require(delegationAmount > 0, "delegation amount must be greater than 0");
        del.delegateAddress = _to;
        del.bondedAmount += _amount;
        _increaseTotalStake(
            _to,
            delegationAmount,
            currentRound,
            _currDelegateNewPosPrev,
            _currDelegateNewPosNext
        );
        if (_to != _owner) {
            _checkpointBondingState(_to, currentRound);
        }

        if (_amount > 0) {
            _livepeerToken().transferFrom(msg.sender, address(_minter()), _amount);
        }

        emit Bond(_to, currentDelegate, _owner, _amount, del.bondedAmount);
        _checkpointBondingState(_owner, currentRound);
    }

    /// @notice Like `bond`, with hints
    /// @param _amount LPT wei; 0 moves the existing stake to another delegate
    /// @param _to Delegate
    /// @param _oldDelegateNewPosPrev Hint for the old delegate
    /// @param _oldDelegateNewPosNext Hint for the old delegate
    /// @param _currDelegateNewPosPrev Hint for the new delegate
    /// @param _currDelegateNewPosNext Hint for the new delegate
    function bondWithHint(
        uint256 _amount,
        address _to,
        address _oldDelegateNewPosPrev,
        address _oldDelegateNewPosNext,
        address _currDelegateNewPosPrev,
        address _currDelegateNewPosNext
    ) public {
        bondForWithHint(
            _amount,
            msg.sender,
            _to,
            _oldDelegateNewPosPrev,
            _oldDelegateNewPosNext,
            _currDelegateNewPosPrev,
            _currDelegateNewPosNext
        );
    }

    /// @notice Like `unbond`, with a hint
    /// @param _amount LPT wei
    /// @param _newPosPrev Hint: transcoder before the caller's delegate
    /// @param _newPosNext Hint: transcoder after the caller's delegate
    function unbondWithHint(
        uint256 _amount,
        address _newPosPrev,
        address _newPosNext
    )
        public
        whenSystemNotPaused
        currentRoundInitialized
        autoClaimEarnings(msg.sender)
    {
        Delegator storage del = delegators[msg.sender];
        uint256 currentRound = _currentRound();
        require(!_isUnbonded(del) && del.startRound <= currentRound, "caller must be bonded");
        require(_amount > 0, "unbond amount must be greater than 0");
        require(_amount <= del.bondedAmount, "amount is greater than bonded amount");

        address currentDelegate = del.delegateAddress;
        uint256 withdrawRound = currentRound + unbondingPeriod;
        uint256 lockId = del.nextUnbondingLockId;
        del.unbondingLocks[lockId] = UnbondingLock({ amount: _amount, withdrawRound: withdrawRound });
        del.nextUnbondingLockId = lockId + 1;
        del.bondedAmount -= _amount;

        if (del.bondedAmount == 0) {
            del.delegateAddress = address(0);
            del.startRound = 0;
            if (transcoderPool.contains(msg.sender)) {
                _resignTranscoder(msg.sender, currentRound);
            }
        }

        _decreaseTotalStake(currentDelegate, _amount, currentRound, _newPosPrev, _newPosNext);
        if (currentDelegate != msg.sender) {
            _checkpointBondingState(currentDelegate, currentRound);
        }

        emit Unbond(currentDelegate, msg.sender, lockId, _amount, withdrawRound);
        _checkpointBondingState(msg.sender, currentRound);
    }

    /// @notice Like `rebond`, with a hint
    /// @param _unbondingLockId Lock of the caller
    /// @param _newPosPrev Hint: transcoder before the caller's delegate
    /// @param _newPosNext Hint: transcoder after the caller's delegate
    function rebondWithHint(
        uint256 _unbondingLockId,
        address _newPosPrev,
        address _newPosNext
    ) public whenSystemNotPaused currentRoundInitialized autoClaimEarnings(msg.sender) {
        require(!_isUnbonded(delegators[msg.sender]), "caller must be bonded");
        _processRebond(msg.sender, _unbondingLockId, _newPosPrev, _newPosNext);
    }

    /// @notice Like `rebondFromUnbonded`, with a hint
    /// @param _to Delegate
    /// @param _unbondingLockId Lock of the caller
    /// @param _newPosPrev Hint: transcoder before the delegate
    /// @param _newPosNext Hint: transcoder after the delegate
    function rebondFromUnbondedWithHint(
        address _to,
        uint256 _unbondingLockId,
        address _newPosPrev,
        address _newPosNext
    ) public whenSystemNotPaused currentRoundInitialized autoClaimEarnings(msg.sender) {
        require(_isUnbonded(delegators[msg.sender]), "caller must be unbonded");

        uint256 currentRound = _currentRound();
        _ensureCumulativeFactors(transcoders[_to], currentRound);
        delegators[msg.sender].startRound = currentRound + 1;
        delegators[msg.sender].delegateAddress = _to;
        _processRebond(msg.sender, _unbondingLockId, _newPosPrev, _newPosNext);
    }

    /// @notice Like `reward`, with a hint
    /// @param _newPosPrev Hint: transcoder before the caller
    /// @param _newPosNext Hint: transcoder after the caller
    function rewardWithHint(address _newPosPrev, address _newPosNext)
        public
        whenSystemNotPaused
        currentRoundInitialized
    {
        _rewardWithHint(msg.sender, _newPosPrev, _newPosNext);
    }

    /// @notice Stake of a delegator with its unclaimed rewards
    /// @param _delegator Account
    /// @param _endRound Not used: rewards count up to the current round
    /// @return LPT wei
    function pendingStake(address _delegator, uint256 _endRound) public view returns (uint256) {
        _endRound;
        (uint256 stake, ) = _pendingStakeAndFees(_delegator, _currentRound());
        return stake;
    }

    /// @notice Fees of a delegator with its unclaimed fees
    /// @param _delegator Account
    /// @param _endRound Not used: fees count up to the current round
    /// @return Amount in wei
    function pendingFees(address _delegator, uint256 _endRound) public view returns (uint256) {
        _endRound;
        (, uint256 fees) = _pendingStakeAndFees(_delegator, _currentRound());
        return fees;
    }

    /// @inheritdoc IBondingManager
    function transcoderTotalStake(address _transcoder) public view override returns (uint256) {
        return delegators[_transcoder].delegatedAmount;
    }

    /// @notice Whether an account is a registered transcoder
    /// @param _transcoder Account
    function transcoderStatus(address _transcoder) public view returns (TranscoderStatus) {
        return isRegisteredTranscoder(_transcoder) ? TranscoderStatus.Registered : TranscoderStatus.NotRegistered;
    }

    /// @notice Status of a delegator
    /// @param _delegator Account
    function delegatorStatus(address _delegator) public view returns (DelegatorStatus) {
        Delegator storage del = delegators[_delegator];
        if (_isUnbonded(del)) {
            return DelegatorStatus.Unbonded;
        }
        return del.startRound > _currentRound() ? DelegatorStatus.Pending : DelegatorStatus.Bonded;
    }

    /// @notice Record of a transcoder
    /// @param _transcoder Account
    /// @return lastRewardRound Round of the last reward call
    /// @return rewardCut Share of rewards the transcoder keeps (1 000 000 = 100 %)
    /// @return feeShare Share of fees the delegators get (1 000 000 = 100 %)
    /// @return lastActiveStakeUpdateRound Round for which the active stake was last written
    /// @return activationRound Round from which it is active
    /// @return deactivationRound Round from which it is not active
    /// @return activeCumulativeRewards Own unclaimed LPT wei that are part of the active stake
    /// @return cumulativeRewards Own unclaimed LPT wei
    /// @return cumulativeFees Own unclaimed wei
    /// @return lastFeeRound Round of the last fees
    function getTranscoder(address _transcoder)
        public
        view
        returns (
            uint256 lastRewardRound,
            uint256 rewardCut,
            uint256 feeShare,
            uint256 lastActiveStakeUpdateRound,
            uint256 activationRound,
            uint256 deactivationRound,
            uint256 activeCumulativeRewards,
            uint256 cumulativeRewards,
            uint256 cumulativeFees,
            uint256 lastFeeRound
        )
    {
        Transcoder storage t = transcoders[_transcoder];
        lastRewardRound = t.lastRewardRound;
        rewardCut = t.rewardCut;
        feeShare = t.feeShare;
        lastActiveStakeUpdateRound = t.lastActiveStakeUpdateRound;
        activationRound = t.activationRound;
        deactivationRound = t.deactivationRound;
        activeCumulativeRewards = t.activeCumulativeRewards;
        cumulativeRewards = t.cumulativeRewards;
        cumulativeFees = t.cumulativeFees;
        lastFeeRound = t.lastFeeRound;
    }

    /// @inheritdoc IBondingManager
    function getTranscoderEarningsPoolForRound(address _transcoder, uint256 _round)
        public
        view
        override
        returns (
            uint256 totalStake,
            uint256 transcoderRewardCut,
            uint256 transcoderFeeShare,
            uint256 cumulativeRewardFactor,
            uint256 cumulativeFeeFactor
        )
    {
        EarningsPool.Data storage earningsPool = transcoders[_transcoder].earningsPoolPerRound[_round];
        totalStake = earningsPool.totalStake;
        transcoderRewardCut = earningsPool.transcoderRewardCut;
        transcoderFeeShare = earningsPool.transcoderFeeShare;
        cumulativeRewardFactor = earningsPool.cumulativeRewardFactor;
        cumulativeFeeFactor = earningsPool.cumulativeFeeFactor;
    }

    /// @notice Record of a delegator as of its last claim
    /// @param _delegator Account
    /// @return bondedAmount Own stake in LPT wei
    /// @return fees Claimed fees in wei
    /// @return delegateAddress Delegate
    /// @return delegatedAmount LPT wei delegated to this account
    /// @return startRound Round from which the present delegation holds
    /// @return lastClaimRound Round up to which earnings are claimed
    /// @return nextUnbondingLockId Id the next lock gets
    function getDelegator(address _delegator)
        public
        view
        returns (
            uint256 bondedAmount,
            uint256 fees,
            address delegateAddress,
            uint256 delegatedAmount,
            uint256 startRound,
            uint256 lastClaimRound,
            uint256 nextUnbondingLockId
        )
    {
        Delegator storage del = delegators[_delegator];
        bondedAmount = del.bondedAmount;
        fees = del.fees;
        delegateAddress = del.delegateAddress;
        delegatedAmount = del.delegatedAmount;
        startRound = del.startRound;
        lastClaimRound = del.lastClaimRound;
        nextUnbondingLockId = del.nextUnbondingLockId;
    }

    /// @notice A lock of unbonding stake
    /// @param _delegator Account
    /// @param _unbondingLockId Lock
    /// @return amount LPT wei
    /// @return withdrawRound Round from which it can be withdrawn, 0 when there is no such lock
    function getDelegatorUnbondingLock(address _delegator, uint256 _unbondingLockId)
        public
        view
        returns (uint256 amount, uint256 withdrawRound)
    {
        UnbondingLock storage lock = delegators[_delegator].unbondingLocks[_unbondingLockId];
        return (lock.amount, lock.withdrawRound);
    }

    /// @notice Number of transcoders the pool can hold
    function getTranscoderPoolMaxSize() public view returns (uint256) {
        return transcoderPool.getMaxSize();
    }

    /// @inheritdoc IBondingManager
    function getTranscoderPoolSize() public view override returns (uint256) {
        return transcoderPool.getSize();
    }

    /// @notice Transcoder with the largest stake in the pool
    function getFirstTranscoderInPool() public view returns (address) {
        return transcoderPool.getFirst();
    }

    /// @notice Transcoder after a transcoder in the pool
    /// @param _transcoder Account
    function getNextTranscoderInPool(address _transcoder) public view returns (address) {
        return transcoderPool.getNext(_transcoder);
    }

    /// @inheritdoc IBondingManager
    function getTotalBonded() public view override returns (uint256) {
        return currentRoundTotalActiveStake;
    }

    /// @inheritdoc IBondingManager
    function isActiveTranscoder(address _transcoder) public view override returns (bool) {
        return _isActiveAt(transcoders[_transcoder], _currentRound());
    }

    /// @notice Whether an account is bonded to itself
    /// @param _transcoder Account
    function isRegisteredTranscoder(address _transcoder) public view returns (bool) {
        Delegator storage del = delegators[_transcoder];
        return del.delegateAddress == _transcoder && del.bondedAmount > 0;
    }

    /// @notice Whether a lock exists
    /// @param _delegator Account
    /// @param _unbondingLockId Lock
    function isValidUnbondingLock(address _delegator, uint256 _unbondingLockId) public view returns (bool) {
        return delegators[_delegator].unbondingLocks[_unbondingLockId].withdrawRound > 0;
    }

    function _isUnbonded(Delegator storage _delegator) private view returns (bool) {
        return _delegator.bondedAmount == 0;
    }

    function _isActiveAt(Transcoder storage _transcoder, uint256 _round) private view returns (bool) {
        return _transcoder.activationRound <= _round && _round < _transcoder.deactivationRound;
    }

    /// @dev Mints a transcoder's reward of the current round; the round and the pause are the caller's to check
    function _rewardWithHint(
        address _transcoder,
        address _newPosPrev,
        address _newPosNext
    ) internal {
        uint256 currentRound = _currentRound();
        Transcoder storage t = transcoders[_transcoder];
        require(_isActiveAt(t, currentRound), "caller must be an active transcoder");
        require(
            t.lastRewardRound != currentRound,
            "caller has already called reward for the current round"
        );

        EarningsPool.Data storage earningsPool = t.earningsPoolPerRound[currentRound];
        _openEarningsPool(t, earningsPool, currentRound);

        // The ceiling ends the treasury's share with the next round; this one's rate still holds.
        if (treasuryBalanceCeiling > 0) {
            uint256 treasuryBalance = _livepeerToken().balanceOf(_registered(keccak256("Treasury")));
            if (treasuryBalance >= treasuryBalanceCeiling && nextRoundTreasuryRewardCutRate > 0) {
                _setTreasuryRewardCutRate(0);
            }
        }

        uint256 rewards = _minter().createReward(earningsPool.totalStake, currentRoundTotalActiveStake);
        uint256 treasuryRewards = PreciseMathUtils.percOf(rewards, treasuryRewardCutRate);
        if (treasuryRewards > 0) {
            address treasury = _registered(keccak256("Treasury"));
            _minter().trustedTransferTokens(treasury, treasuryRewards);
            emit TreasuryReward(_transcoder, treasury, treasuryRewards);
        }
        rewards -= treasuryRewards;

        _addRewards(t, earningsPool, rewards);
        _increaseTotalStake(_transcoder, rewards, currentRound, _newPosPrev, _newPosNext);

        t.lastRewardRound = currentRound;
        emit Reward(_transcoder, rewards);
        _checkpointBondingState(_transcoder, currentRound);
    }

    /// @dev Reverts unless ticket proceeds can be credited to an account
    function _requireFeeRecipient(address _recipient) internal view virtual {
        require(isRegisteredTranscoder(_recipient), "transcoder must be registered");
    }

    /// @dev Keeps third parties from claiming for an account before its transcoder called reward in this round,
    /// which would cost the account that round's reward
    function _authorizeClaim(address _delegatorOwner) private view {
        if (
            msg.sender == _delegatorOwner ||
            msg.sender == _registered(keccak256("L2Migrator")) ||
            _isUnbonded(delegators[_delegatorOwner])
        ) {
            return;
        }

        Delegator storage del = delegators[_delegatorOwner];
        if (!isActiveTranscoder(del.delegateAddress)) {
            return;
        }
        uint256 currentRound = _currentRound();
        require(
            transcoders[del.delegateAddress].lastRewardRound == currentRound || del.lastClaimRound == currentRound,
            "ILLEGAL_CLAIM_EARNINGS"
        );
    }

    /// @dev Keeps third parties from choosing or changing an account's delegate
    function _authorizeBond(address _owner, address _to) private view {
        if (msg.sender == _owner || msg.sender == _registered(keccak256("L2Migrator"))) {
            return;
        }
        require(_owner != address(0), "INVALID_DELEGATOR");
        if (_isUnbonded(delegators[_owner])) {
            require(_to != _owner, "INVALID_DELEGATE");
        } else {
            require(delegators[_owner].delegateAddress == _to, "INVALID_DELEGATE_CHANGE");
        }
    }

    function _autoClaimEarnings(address _delegator) private {
        uint256 currentRound = _currentRound();
        uint256 lastClaimRound = delegators[_delegator].lastClaimRound;
        if (lastClaimRound < currentRound) {
            _updateDelegatorWithEarnings(_delegator, currentRound, lastClaimRound);
        }
    }

    function _updateDelegatorWithEarnings(
        address _delegator,
        uint256 _endRound,
        uint256 _lastClaimRound
    ) private {
        Delegator storage del = delegators[_delegator];
        address delegateAddress = del.delegateAddress;
        uint256 bondedAmount = del.bondedAmount;
        uint256 fees = del.fees;

        if (delegateAddress != address(0)) {
            (bondedAmount, fees) = _pendingStakeAndFees(_delegator, _endRound);

            Transcoder storage t = transcoders[delegateAddress];
            // The next claim starts from this round's factors.
            _ensureCumulativeFactors(t, _endRound);
            if (delegateAddress == _delegator) {
                t.cumulativeFees = 0;
                t.cumulativeRewards = 0;
            }
        }

        emit EarningsClaimed(
            delegateAddress,
            _delegator,
            bondedAmount - del.bondedAmount,
            fees - del.fees,
            _lastClaimRound + 1,
            _endRound
        );

        del.lastClaimRound = _endRound;
        del.bondedAmount = bondedAmount;
        del.fees = fees;
    }

    function _pendingStakeAndFees(address _delegator, uint256 _endRound)
        private
        view
        returns (uint256 stake, uint256 fees)
    {
        Delegator storage del = delegators[_delegator];
        Transcoder storage t = transcoders[del.delegateAddress];
        stake = del.bondedAmount;
        fees = del.fees;

        uint256 startRound = del.lastClaimRound + 1;
        if (startRound <= _endRound) {
            EarningsPool.Data memory startPool = _cumulativeFactors(t, startRound - 1);
            EarningsPool.Data memory endPool = _latestCumulativeFactors(t, _endRound);
            fees = EarningsPoolLIP36.delegatorCumulativeFees(startPool, endPool, stake, fees);
            stake = EarningsPoolLIP36.delegatorCumulativeStake(startPool, endPool, stake);
        }

        if (del.delegateAddress == _delegator) {
            stake += t.cumulativeRewards;
            fees += t.cumulativeFees;
        }
    }

    /// @dev Factors of a round as they are stored
    function _cumulativeFactors(Transcoder storage _transcoder, uint256 _round)
        private
        view
        returns (EarningsPool.Data memory pool)
    {
        EarningsPool.Data storage earningsPool = _transcoder.earningsPoolPerRound[_round];
        pool.cumulativeRewardFactor = earningsPool.cumulativeRewardFactor;
        pool.cumulativeFeeFactor = earningsPool.cumulativeFeeFactor;
    }

    /// @dev Factors of a round, or the last ones before it
    function _latestCumulativeFactors(Transcoder storage _transcoder, uint256 _round)
        private
        view
        returns (EarningsPool.Data memory pool)
    {
        pool = _cumulativeFactors(_transcoder, _round);
        uint256 lastRewardRound = _transcoder.lastRewardRound;
        if (pool.cumulativeRewardFactor == 0 && lastRewardRound < _round) {
            pool.cumulativeRewardFactor = _transcoder.earningsPoolPerRound[lastRewardRound].cumulativeRewardFactor;
        }
        uint256 lastFeeRound = _transcoder.lastFeeRound;
        if (pool.cumulativeFeeFactor == 0 && lastFeeRound < _round) {
            pool.cumulativeFeeFactor = _transcoder.earningsPoolPerRound[lastFeeRound].cumulativeFeeFactor;
        }
    }

    /// @dev Writes the factors of a round when there was neither a reward nor a fee in it yet
    function _ensureCumulativeFactors(Transcoder storage _transcoder, uint256 _round) private {
        EarningsPool.Data storage earningsPool = _transcoder.earningsPoolPerRound[_round];
        uint256 lastRewardRound = _transcoder.lastRewardRound;
        if (earningsPool.cumulativeRewardFactor == 0 && lastRewardRound < _round) {
            earningsPool.cumulativeRewardFactor = _transcoder
                .earningsPoolPerRound[lastRewardRound]
                .cumulativeRewardFactor;
        }
        uint256 lastFeeRound = _transcoder.lastFeeRound;
        if (earningsPool.cumulativeFeeFactor == 0 && lastFeeRound < _round) {
            earningsPool.cumulativeFeeFactor = _transcoder.earningsPoolPerRound[lastFeeRound].cumulativeFeeFactor;
        }
    }

    /// @dev Fixes the shares and the active stake of a transcoder for the current round
    function _openEarningsPool(
        Transcoder storage _transcoder,
        EarningsPool.Data storage _earningsPool,
        uint256 _round
    ) private {
        _earningsPool.setCommission(_transcoder.rewardCut, _transcoder.feeShare);
        uint256 lastUpdateRound = _transcoder.lastActiveStakeUpdateRound;
        if (lastUpdateRound < _round) {
            _earningsPool.setStake(_transcoder.earningsPoolPerRound[lastUpdateRound].totalStake);
        }
    }

    function _addRewards(
        Transcoder storage _transcoder,
        EarningsPool.Data storage _earningsPool,
        uint256 _rewards
    ) private {
        EarningsPool.Data memory prevEarningsPool = _cumulativeFactors(_transcoder, _transcoder.lastRewardRound);

        uint256 ownRewards = _transcoder.cumulativeRewards;
        _transcoder.activeCumulativeRewards = ownRewards;

        uint256 commission = MathUtils.percOf(_rewards, _earningsPool.transcoderRewardCut);
        uint256 delegatorsRewards = _rewards - commission;
        // Own rewards that were not claimed yet earn like stake does.
        uint256 onOwnRewards = PreciseMathUtils.percOf(delegatorsRewards, ownRewards, _earningsPool.totalStake);
        _transcoder.cumulativeRewards = ownRewards + onOwnRewards + commission;
        _earningsPool.updateCumulativeRewardFactor(prevEarningsPool, delegatorsRewards);
    }

    function _setTreasuryRewardCutRate(uint256 _cutRate) private {
        require(PreciseMathUtils.validPerc(_cutRate), "_cutRate is invalid precise percentage");
        nextRoundTreasuryRewardCutRate = _cutRate;
        emit ParameterUpdate("nextRoundTreasuryRewardCutRate");
    }

    function _increaseTotalStake(
        address _delegate,
        uint256 _amount,
        uint256 _round,
        address _newPosPrev,
        address _newPosNext
    ) private {
        uint256 currStake = delegators[_delegate].delegatedAmount;
        uint256 newStake = currStake + _amount;

        if (isRegisteredTranscoder(_delegate)) {
            if (transcoderPool.contains(_delegate)) {
                transcoderPool.updateKey(_delegate, newStake, _newPosPrev, _newPosNext);
                nextRoundTotalActiveStake += _amount;
                _writeActiveStake(_delegate, _round, currStake, newStake);
            } else {
                _tryToJoinActiveSet(_delegate, newStake, _round + 1, _newPosPrev, _newPosNext);
            }
        }

        delegators[_delegate].delegatedAmount = newStake;
    }

    function _decreaseTotalStake(
        address _delegate,
        uint256 _amount,
        uint256 _round,
        address _newPosPrev,
        address _newPosNext
    ) private {
        uint256 currStake = delegators[_delegate].delegatedAmount;
        uint256 newStake = currStake - _amount;

        if (transcoderPool.contains(_delegate)) {
            transcoderPool.updateKey(_delegate, newStake, _newPosPrev, _newPosNext);
            nextRoundTotalActiveStake -= _amount;
            _writeActiveStake(_delegate, _round, currStake, newStake);
        }

        delegators[_delegate].delegatedAmount = newStake;
    }

    /// @dev Keeps the present stake for the current round, once, and notes the new one for the next
    function _writeActiveStake(
        address _transcoder,
        uint256 _round,
        uint256 _currStake,
        uint256 _newStake
    ) private {
        Transcoder storage t = transcoders[_transcoder];
        uint256 nextRound = _round + 1;
        if (t.lastActiveStakeUpdateRound < _round) {
            t.earningsPoolPerRound[_round].setStake(_currStake);
        }
        t.earningsPoolPerRound[nextRound].setStake(_newStake);
        t.lastActiveStakeUpdateRound = nextRound;
    }

    /// @dev Puts a transcoder into the pool of the next round, if need be in place of the last one
    function _tryToJoinActiveSet(
        address _transcoder,
        uint256 _totalStake,
        uint256 _activationRound,
        address _newPosPrev,
        address _newPosNext
    ) private {
        uint256 pooledStake = nextRoundTotalActiveStake;

        if (transcoderPool.isFull()) {
            address last = transcoderPool.getLast();
            uint256 lastStake = transcoderTotalStake(last);
            if (_totalStake <= lastStake) {
                return;
            }

            transcoderPool.remove(last);
            transcoders[last].deactivationRound = _activationRound;
            pooledStake -= lastStake;
            emit TranscoderDeactivated(last, _activationRound);
        }

        transcoderPool.insert(_transcoder, _totalStake, _newPosPrev, _newPosNext);
        nextRoundTotalActiveStake = pooledStake + _totalStake;

        Transcoder storage t = transcoders[_transcoder];
        t.lastActiveStakeUpdateRound = _activationRound;
        t.activationRound = _activationRound;
        t.deactivationRound = MAX_FUTURE_ROUND;
        t.earningsPoolPerRound[_activationRound].setStake(_totalStake);
        emit TranscoderActivated(_transcoder, _activationRound);
    }

    /// @dev Takes a transcoder out of the pool; it stays active until the end of the round
    function _resignTranscoder(address _transcoder, uint256 _round) private {
        uint256 deactivationRound = _round + 1;
        transcoderPool.remove(_transcoder);
        nextRoundTotalActiveStake -= transcoderTotalStake(_transcoder);
        transcoders[_transcoder].deactivationRound = deactivationRound;
        emit TranscoderDeactivated(_transcoder, deactivationRound);
    }

    /// @dev Moves the caller's newest lock, made just before, to another account
    function _moveNewestLock(address _delegator, uint256 _amount) private returns (uint256 newLockId) {
        Delegator storage sender = delegators[msg.sender];
        Delegator storage receiver = delegators[_delegator];

        uint256 oldLockId = sender.nextUnbondingLockId - 1;
        uint256 withdrawRound = sender.unbondingLocks[oldLockId].withdrawRound;
        delete sender.unbondingLocks[oldLockId];

        newLockId = receiver.nextUnbondingLockId;
        receiver.unbondingLocks[newLockId] = UnbondingLock({ amount: _amount, withdrawRound: withdrawRound });
        receiver.nextUnbondingLockId = newLockId + 1;

        emit TransferBond(msg.sender, _delegator, oldLockId, newLockId, _amount);
    }

    function _processRebond(
        address _delegator,
        uint256 _unbondingLockId,
        address _newPosPrev,
        address _newPosNext
    ) private {
        require(isValidUnbondingLock(_delegator, _unbondingLockId), "invalid unbonding lock ID");

        Delegator storage del = delegators[_delegator];
        uint256 amount = del.unbondingLocks[_unbondingLockId].amount;
        del.bondedAmount += amount;
        delete del.unbondingLocks[_unbondingLockId];

        address delegateAddress = del.delegateAddress;
        uint256 currentRound = _currentRound();
        _increaseTotalStake(delegateAddress, amount, currentRound, _newPosPrev, _newPosNext);
        if (delegateAddress != _delegator) {
            _checkpointBondingState(delegateAddress, currentRound);
        }

        emit Rebond(delegateAddress, _delegator, _unbondingLockId, amount);
        _checkpointBondingState(_delegator, currentRound);
    }

    function _checkpointBondingState(address _account, uint256 _round) private {
        Delegator storage del = delegators[_account];
        _bondingVotes().checkpointBondingState(
            _account,
            _round + 1,
            del.bondedAmount,
            del.delegateAddress,
            del.delegatedAmount,
            del.lastClaimRound,
            transcoders[_account].lastRewardRound
        );
    }

    function _requireRoundInitialized() private view {
        require(_roundsManager().currentRoundInitialized(), "current round is not initialized");
    }

    function _livepeerToken() private view returns (ILivepeerToken) {
        return ILivepeerToken(_registered(keccak256("LivepeerToken")));
    }

    function _minter() private view returns (IMinter) {
        return IMinter(_registered(keccak256("Minter")));
    }

    function _roundsManager() private view returns (IRoundsManager) {
        return IRoundsManager(_registered(keccak256("RoundsManager")));
    }

    /// @dev Asking costs a call through two contracts: functions that need it more than once pass it on
    function _currentRound() private view returns (uint256) {
        return _roundsManager().currentRound();
    }

    function _bondingVotes() private view returns (IBondingVotes) {
        return IBondingVotes(_registered(keccak256("BondingVotes")));
    }

    function _registered(bytes32 _id) private view returns (address) {
        return controller.getContract(_id);
    }
}
