// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "./Controlled.sol";
import "./IManager.sol";

/// @title Base of the protocol's contracts registered in the Controller
contract Manager is Controlled, IManager {
    constructor(address _controller) Controlled(_controller) {}
}
