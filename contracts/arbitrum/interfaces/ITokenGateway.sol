// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

/// @title Calls of one LPT gateway on the other, and of the migrator on the gateway of L1
interface ITokenGateway {
    /// @notice Sends tokens to the other chain
    function outboundTransfer(
        address _token,
        address _to,
        uint256 _amount,
        uint256 _maxGas,
        uint256 _gasPriceBid,
        bytes calldata _data
    ) external payable returns (bytes memory);

    /// @notice Hands out tokens that were sent on the other chain
    function finalizeInboundTransfer(
        address _token,
        address _from,
        address _to,
        uint256 _amount,
        bytes calldata _data
    ) external;
}
