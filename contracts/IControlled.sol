// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

/// @title What every contract with a controller has in common
interface IControlled {
    /// @notice The contract now answers to another controller
    event SetController(address controller);

    /// @notice Changes the controller; only the present controller may call
    /// @param _controller The controller that takes over
    function setController(address _controller) external;
}
