// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "./IControlled.sol";

/// @title What every contract of the protocol under the Controller has in common
interface IManager is IControlled {
    /// @notice A parameter changed; `param` is its name
    event ParameterUpdate(string param);
}
