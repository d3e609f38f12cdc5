// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "./Manager.sol";

/// @title First two storage slots shared by a ManagerProxy and the contract it delegates to
abstract contract ManagerProxyTarget is Manager {
    /// @notice Controller id under which the implementation is registered
    bytes32 public targetContractId;
}
