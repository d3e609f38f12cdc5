// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

/// @title Single owner whose refusals carry no reason
abstract contract Ownable {
    /// @notice Account with the owner's rights
    address public owner;

    /// @notice Ownership is passing to another account
    event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);

    modifier onlyOwner() {
        require(msg.sender == owner);
        _;
    }

    constructor() {
        owner = msg.sender;
    }

    /// @notice Passes ownership on
    /// @param newOwner Next owner, not the zero address
    function transferOwnership(address newOwner) external onlyOwner {
        require(newOwner != address(0));
        emit OwnershipTransferred(owner, newOwner);
        owner = newOwner;
    }
}
