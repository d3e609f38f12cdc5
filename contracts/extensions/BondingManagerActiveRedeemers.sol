// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "../bonding/BondingManager.sol";

/// @title BondingManager of the live network since 2025: only active transcoders are credited with ticket proceeds
/// @dev The stake recorded for a transcoder follows its delegations only while it is in the pool. Proceeds shared by a
/// stale record could be claimed several times over, out of other people's ether.
contract BondingManagerActiveRedeemers is BondingManager {
    constructor(address _controller) BondingManager(_controller) {}

    /// @inheritdoc BondingManager
    function _requireFeeRecipient(address _recipient) internal view virtual override {
        super._requireFeeRecipient(_recipient);
        require(isActiveTranscoder(_recipient), "transcoder must be active");
    }
}
