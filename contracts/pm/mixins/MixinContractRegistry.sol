// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "../../ManagerProxyTarget.sol";
import "./interfaces/MContractRegistry.sol";

/// @title Looks the neighbors up in the Controller
abstract contract MixinContractRegistry is MContractRegistry, ManagerProxyTarget {
    modifier currentRoundInitialized() {
        require(roundsManager().currentRoundInitialized(), "current round is not initialized");
        _;
    }

    constructor(address _controller) Manager(_controller) {}

    function bondingManager() internal view override returns (IBondingManager) {
        return IBondingManager(controller.getContract(keccak256("BondingManager")));
    }

    function minter() internal view override returns (IMinter) {
        return IMinter(controller.getContract(keccak256("Minter")));
    }

    function roundsManager() internal view override returns (IRoundsManager) {
        return IRoundsManager(controller.getContract(keccak256("RoundsManager")));
    }
}
