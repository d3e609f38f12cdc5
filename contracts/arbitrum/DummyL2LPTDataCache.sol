// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

/// @title Supply cache of a chain that has no L1 behind it
contract DummyL2LPTDataCache {
    /// @notice LPT wei in circulation on L1
    /// @return Always 0
    function l1CirculatingSupply() external pure returns (uint256) {
        return 0;
    }
}
