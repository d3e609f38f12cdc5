// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "./IMigrator.sol";

/// @title Calls of the L1Migrator on the L2Migrator
interface IL2Migrator is IMigrator {
    /// @notice Bonds the stake of an account of L1
    function finalizeMigrateDelegator(MigrateDelegatorParams calldata _params) external;

    /// @notice Bonds the unbonding stake of an account of L1
    function finalizeMigrateUnbondingLocks(MigrateUnbondingLocksParams calldata _params) external;

    /// @notice Funds the deposit and reserve of a sender of L1
    function finalizeMigrateSender(MigrateSenderParams calldata _params) external;
}
