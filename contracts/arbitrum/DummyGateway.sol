// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

/// @title Token gateway of a chain that has no L1 behind it
contract DummyGateway {
    /// @notice Token's address on the other side
    /// @param _token Token
    /// @return The token itself
    function calculateL2TokenAddress(address _token) external pure returns (address) {
        return _token;
    }

    /// @notice Gateway on the other side
    /// @return This contract
    function counterpartGateway() external view returns (address) {
        return address(this);
    }
}
