// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "./ServiceRegistry.sol";

/// @title Where orchestrators with AI capabilities publish the address they serve them at
/// @dev Stands alone: not behind a proxy and not in the Controller. Nodes have its address built in,
/// 0x04C0b249740175999E5BF5c9ac1dA92431EF34C5.
contract AIServiceRegistry is ServiceRegistry {
    constructor(address _controller) ServiceRegistry(_controller) {}
}
