// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "../IController.sol";

/// @title Vault of the protocol's LPT and ether, and issuer of new LPT
interface IMinter {
    /// @notice A round's issuance was set
    event SetCurrentRewardTokens(uint256 currentMintableTokens, uint256 currentInflation);

    /// @notice Mints the share `_fracNum / _fracDenom` of the round's issuance into the vault
    /// @param _fracNum Numerator
    /// @param _fracDenom Denominator
    /// @return Minted amount in LPT wei
    function createReward(uint256 _fracNum, uint256 _fracDenom) external returns (uint256);

    /// @notice Sends LPT from the vault
    /// @param _to Receiver
    /// @param _amount Amount in LPT wei
    function trustedTransferTokens(address _to, uint256 _amount) external;

    /// @notice Destroys LPT of the vault
    /// @param _amount Amount in LPT wei
    function trustedBurnTokens(uint256 _amount) external;

    /// @notice Sends ether from the vault
    /// @param _to Receiver
    /// @param _amount Amount in wei
    function trustedWithdrawETH(address payable _to, uint256 _amount) external;

    /// @notice Puts ether into the vault
    /// @return Always true
    function depositETH() external payable returns (bool);

    /// @notice Adjusts inflation and opens a round's issuance
    function setCurrentRewardTokens() external;

    /// @notice LPT wei that may be minted in this round
    function currentMintableTokens() external view returns (uint256);

    /// @notice LPT wei minted in this round
    function currentMintedTokens() external view returns (uint256);

    /// @notice Controller this vault belongs to
    function getController() external view returns (IController);
}
