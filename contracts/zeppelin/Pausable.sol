// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "./Ownable.sol";

/// @title Pause switch in the hands of the owner
abstract contract Pausable is Ownable {
    /// @notice Whether the switch is on
    bool public paused;

    /// @notice The switch went on
    event Pause();
    /// @notice The switch went off
    event Unpause();

    /// @notice Turns the switch on
    function pause() external onlyOwner {
        require(!paused);
        paused = true;
        emit Pause();
    }

    /// @notice Turns the switch off
    function unpause() external onlyOwner {
        require(paused);
        paused = false;
        emit Unpause();
    }
}
