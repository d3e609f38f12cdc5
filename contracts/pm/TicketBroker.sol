// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "./mixins/MixinContractRegistry.sol";
import "./mixins/MixinReserve.sol";
import "./mixins/MixinTicketBrokerCore.sol";
import "./mixins/MixinTicketProcessor.sol";

/// @title Probabilistic payments: gateways fund a deposit and a reserve, orchestrators redeem winning tickets
/// @dev The order of the bases is the order of the storage slots.
contract TicketBroker is MixinContractRegistry, MixinReserve, MixinTicketBrokerCore, MixinTicketProcessor {
    constructor(address _controller) MixinContractRegistry(_controller) {}

    /// @notice Sets the rounds between an unlock request and withdrawal
    /// @param _unlockPeriod Rounds
    function setUnlockPeriod(uint256 _unlockPeriod) external onlyControllerOwner {
        _setUnlockPeriod(_unlockPeriod);
        emit ParameterUpdate("unlockPeriod");
    }

    /// @notice Sets the rounds, from its creation round on, in which a ticket can be redeemed
    /// @param _ticketValidityPeriod Rounds, not 0
    function setTicketValidityPeriod(uint256 _ticketValidityPeriod) external onlyControllerOwner {
        _setTicketValidityPeriod(_ticketValidityPeriod);
        emit ParameterUpdate("ticketValidityPeriod");
    }
}
