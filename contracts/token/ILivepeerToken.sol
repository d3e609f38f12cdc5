// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title Livepeer token as the protocol's contracts use it
interface ILivepeerToken is IERC20 {
    /// @notice Creates tokens
    /// @param _to Account that receives them
    /// @param _amount Amount in LPT wei
    function mint(address _to, uint256 _amount) external;

    /// @notice Destroys tokens of the caller
    /// @param _amount Amount in LPT wei
    function burn(uint256 _amount) external;
}
