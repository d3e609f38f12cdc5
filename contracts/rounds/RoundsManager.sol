// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "../ManagerProxyTarget.sol";
import "../bonding/IBondingManager.sol";
import "../libraries/MathUtils.sol";
import "../token/IMinter.sol";
import "./IRoundsManager.sol";

/// @title Clock of the protocol: rounds of a fixed number of blocks, each initialized by a transaction
contract RoundsManager is ManagerProxyTarget, IRoundsManager {
    /// @notice Blocks per round
    uint256 public roundLength;
    /// @notice Share of a round, at its end, in which transcoder parameters are locked (1 000 000 = 100 %)
    uint256 public roundLockAmount;
    /// @notice Last round that was initialized
    uint256 public lastInitializedRound;
    /// @notice Round in which the round length last changed
    uint256 public lastRoundLengthUpdateRound;
    /// @notice First block of the round in which the round length last changed
    uint256 public lastRoundLengthUpdateStartBlock;

    mapping(uint256 => bytes32) internal _blockHashForRound;

    /// @inheritdoc IRoundsManager
    mapping(uint256 => uint256) public override lipUpgradeRound;

    constructor(address _controller) Manager(_controller) {}

    /// @notice Sets the number of blocks per round, from the current round's first block on
    /// @param _roundLength Blocks
    function setRoundLength(uint256 _roundLength) external onlyControllerOwner {
        require(_roundLength > 0, "round length cannot be 0");

        // The round counter must not jump: the anchor is taken with the length that was valid until now. Before
        // the first setting there is none, so the new one serves.
        if (roundLength == 0) {
            roundLength = _roundLength;
            lastRoundLengthUpdateRound = currentRound();
            lastRoundLengthUpdateStartBlock = currentRoundStartBlock();
        } else {
            lastRoundLengthUpdateRound = currentRound();
            lastRoundLengthUpdateStartBlock = currentRoundStartBlock();
            roundLength = _roundLength;
        }
        emit ParameterUpdate("roundLength");
    }

    /// @notice Sets the locked share of a round
    /// @param _roundLockAmount Share, 1 000 000 = 100 %
    function setRoundLockAmount(uint256 _roundLockAmount) external onlyControllerOwner {
        require(MathUtils.validPerc(_roundLockAmount), "round lock amount must be a valid percentage");
        roundLockAmount = _roundLockAmount;
        emit ParameterUpdate("roundLockAmount");
    }

    /// @inheritdoc IRoundsManager
    function initializeRound() external override whenSystemNotPaused {
        uint256 round = currentRound();
        require(lastInitializedRound < round, "round already initialized");

        lastInitializedRound = round;
        bytes32 roundBlockHash = blockHash(blockNum() - 1);
        _blockHashForRound[round] = roundBlockHash;

        // Order matters: the Minter reads the bonded total that the first call sets.
        _bondingManager().setCurrentRoundTotalActiveStake();
        _minter().setCurrentRewardTokens();

        emit NewRound(round, roundBlockHash);
    }

    /// @notice Records the round in which a LIP takes effect; can be done once per LIP
    /// @param _lip Number of the LIP
    /// @param _round Round
    function setLIPUpgradeRound(uint256 _lip, uint256 _round) external onlyControllerOwner {
        require(lipUpgradeRound[_lip] == 0, "LIP upgrade round already set");
        lipUpgradeRound[_lip] = _round;
    }

    /// @inheritdoc IRoundsManager
    function blockHashForRound(uint256 _round) external view override returns (bytes32) {
        return _blockHashForRound[_round];
    }

    /// @inheritdoc IRoundsManager
    function blockNum() public view virtual override returns (uint256) {
        return block.number;
    }

    /// @inheritdoc IRoundsManager
    function blockHash(uint256 _block) public view virtual override returns (bytes32) {
        uint256 current = blockNum();
        require(_block < current, "can only retrieve past block hashes");
        require(current < 256 || _block >= current - 256, "can only retrieve hashes for last 256 blocks");
        return blockhash(_block);
    }

    /// @inheritdoc IRoundsManager
    function currentRound() public view override returns (uint256) {
        return lastRoundLengthUpdateRound + _roundsSinceUpdate();
    }

    /// @inheritdoc IRoundsManager
    function currentRoundStartBlock() public view override returns (uint256) {
        return lastRoundLengthUpdateStartBlock + _roundsSinceUpdate() * roundLength;
    }

    /// @inheritdoc IRoundsManager
    function currentRoundInitialized() public view override returns (bool) {
        return lastInitializedRound == currentRound();
    }

    /// @inheritdoc IRoundsManager
    function currentRoundLocked() public view override returns (bool) {
        uint256 lockedBlocks = MathUtils.percOf(roundLength, roundLockAmount);
        return blockNum() - currentRoundStartBlock() >= roundLength - lockedBlocks;
    }

    function _roundsSinceUpdate() private view returns (uint256) {
        return (blockNum() - lastRoundLengthUpdateStartBlock) / roundLength;
    }

    function _bondingManager() private view returns (IBondingManager) {
        return IBondingManager(controller.getContract(keccak256("BondingManager")));
    }

    function _minter() private view returns (IMinter) {
        return IMinter(controller.getContract(keccak256("Minter")));
    }
}
