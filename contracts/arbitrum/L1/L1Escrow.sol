// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "@openzeppelin/contracts/access/AccessControl.sol";
import "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title Holds on L1 the LPT that is on L2
contract L1Escrow is AccessControl {
    /// @notice An account may spend tokens held here
    event Approve(address indexed _token, address indexed _spender, uint256 _value);

    constructor() {
        _grantRole(DEFAULT_ADMIN_ROLE, msg.sender);
    }

    /// @notice Lets an account spend tokens held here
    /// @param _token Token
    /// @param _spender Account
    /// @param _value Amount
    function approve(
        address _token,
        address _spender,
        uint256 _value
    ) external onlyRole(DEFAULT_ADMIN_ROLE) {
        IERC20(_token).approve(_spender, _value);
        emit Approve(_token, _spender, _value);
    }
}
