// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

/// @title What every contract under the Controller has in common
interface IManager {
    /// @notice The contract now answers to another controller
    event SetController(address controller);
    /// @notice A parameter changed; `param` is its name
    event ParameterUpdate(string param);

    /// @notice Changes the controller; only the present controller may call
    /// @param _controller The controller that takes over
    function setController(address _controller) external;
}
