// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "./RoundsManager.sol";

/// @title RoundsManager whose block number and block hash are set by hand; for tests and recorded histories
contract AdjustableRoundsManager is RoundsManager {
    /// @notice Block number in force
    uint256 public num;
    /// @notice Block hash in force
    bytes32 public hash;

    constructor(address _controller) RoundsManager(_controller) {}

    /// @notice Sets the block number
    /// @param _num Block number
    function setBlockNum(uint256 _num) external {
        num = _num;
    }

    /// @notice Sets the block hash
    /// @param _hash Block hash
    function setBlockHash(bytes32 _hash) external {
        hash = _hash;
    }

    /// @notice Moves the block number forward
    /// @param _blocks Number of blocks
    function mineBlocks(uint256 _blocks) external {
        num += _blocks;
    }

    /// @inheritdoc RoundsManager
    function blockNum() public view override returns (uint256) {
        return num;
    }

    /// @inheritdoc RoundsManager
    function blockHash(uint256 _block) public view override returns (bytes32) {
        require(_block >= num - 256);
        return hash;
    }
}
