// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "@openzeppelin/contracts-upgradeable/governance/TimelockControllerUpgradeable.sol";
import "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";

/// @title Holder of the treasury's LPT and ether: makes the calls the LivepeerGovernor has queued
/// @dev Not behind a proxy; upgradeable base only because it can be initialized after its deployment.
contract Treasury is Initializable, TimelockControllerUpgradeable {
    /// @notice Sets it up, once
    /// @param minDelay Seconds between queueing and execution
    /// @param proposers Accounts that may queue and cancel
    /// @param executors Accounts that may execute
    /// @param admin Account that may grant roles until it renounces that right; zero for none
    function initialize(
        uint256 minDelay,
        address[] memory proposers,
        address[] memory executors,
        address admin
    ) external initializer {
        __TimelockController_init(minDelay, proposers, executors, admin);
    }
}
