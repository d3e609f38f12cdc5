// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "../../../bonding/IBondingManager.sol";
import "../../../rounds/IRoundsManager.sol";
import "../../../token/IMinter.sol";

/// @title Neighbors the ticket broker needs
abstract contract MContractRegistry {
    function bondingManager() internal view virtual returns (IBondingManager);

    function minter() internal view virtual returns (IMinter);

    function roundsManager() internal view virtual returns (IRoundsManager);
}
