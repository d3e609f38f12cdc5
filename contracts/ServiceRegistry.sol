// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "./ManagerProxyTarget.sol";

/// @title Where orchestrators publish the address they serve at
contract ServiceRegistry is ManagerProxyTarget {
    struct Record {
        string serviceURI;
    }

    mapping(address => Record) private records;

    /// @notice An account published a service URI
    event ServiceURIUpdate(address indexed addr, string serviceURI);

    constructor(address _controller) Manager(_controller) {}

    /// @notice Publishes the caller's service URI; works while the protocol is paused
    /// @param _serviceURI URI
    function setServiceURI(string calldata _serviceURI) external {
        records[msg.sender].serviceURI = _serviceURI;
        emit ServiceURIUpdate(msg.sender, _serviceURI);
    }

    /// @notice Service URI of an account, empty when there is none
    /// @param _addr Account
    function getServiceURI(address _addr) external view returns (string memory) {
        return records[_addr].serviceURI;
    }
}
