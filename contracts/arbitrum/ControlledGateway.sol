// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "@openzeppelin/contracts/access/AccessControl.sol";
import "@openzeppelin/contracts/security/Pausable.sol";

/// @title Base of both LPT gateways: the tokens, and a pause switch for sending in the hands of the admin
abstract contract ControlledGateway is AccessControl, Pausable {
    /// @notice LPT on L1
    address public immutable l1Lpt;
    /// @notice LPT on L2
    address public immutable l2Lpt;

    constructor(address _l1Lpt, address _l2Lpt) {
        l1Lpt = _l1Lpt;
        l2Lpt = _l2Lpt;
        _grantRole(DEFAULT_ADMIN_ROLE, msg.sender);
        _pause();
    }

    /// @notice Stops sending; what was sent still arrives
    function pause() external onlyRole(DEFAULT_ADMIN_ROLE) {
        _pause();
    }

    /// @notice Allows sending
    function unpause() external onlyRole(DEFAULT_ADMIN_ROLE) {
        _unpause();
    }

    /// @notice Address on L2 of a token of L1; zero for all but LPT
    /// @param l1Token Token on L1
    function calculateL2TokenAddress(address l1Token) external view returns (address) {
        return l1Token == l1Lpt ? l2Lpt : address(0);
    }
}
