// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

/// @title What the Minter asks about LPT on the other chain
interface IL2LPTDataCache {
    /// @notice LPT wei in circulation on L1
    function l1CirculatingSupply() external view returns (uint256);
}
