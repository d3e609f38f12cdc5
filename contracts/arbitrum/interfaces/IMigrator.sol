// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

/// @title What the migrators tell each other about an account
interface IMigrator {
    struct MigrateDelegatorParams {
        address l1Addr; // account on L1
        address l2Addr; // account on L2
        uint256 stake; // LPT wei of its own
        uint256 delegatedStake; // LPT wei delegated to it, its own included
        uint256 fees; // wei
        address delegate; // account it delegates to on L1
    }

    struct MigrateUnbondingLocksParams {
        address l1Addr; // account on L1
        address l2Addr; // account on L2
        uint256 total; // LPT wei in the locks
        uint256[] unbondingLockIds;
        address delegate; // account it delegates to on L1
    }

    struct MigrateSenderParams {
        address l1Addr; // account on L1
        address l2Addr; // account on L2
        uint256 deposit; // wei
        uint256 reserve; // wei
    }
}
