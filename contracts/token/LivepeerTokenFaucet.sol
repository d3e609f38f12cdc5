// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "../zeppelin/Ownable.sol";
import "./ILivepeerToken.sol";

/// @title Faucet that hands out test tokens, once per waiting time and account
contract LivepeerTokenFaucet is Ownable {
    /// @notice Token handed out
    ILivepeerToken public token;
    /// @notice Amount per request in LPT wei
    uint256 public requestAmount;
    /// @notice Hours between two requests of one account
    uint256 public requestWait;
    /// @notice Earliest time (seconds) of an account's next request
    mapping(address => uint256) public nextValidRequest;
    /// @notice Accounts that need not wait
    mapping(address => bool) public isWhitelisted;

    /// @notice Tokens were handed out
    event Request(address indexed to, uint256 amount);

    /// @param _token Token handed out
    /// @param _requestAmount Amount per request in LPT wei
    /// @param _requestWait Hours between two requests of one account
    constructor(
        address _token,
        uint256 _requestAmount,
        uint256 _requestWait
    ) {
        token = ILivepeerToken(_token);
        requestAmount = _requestAmount;
        requestWait = _requestWait;
    }

    /// @notice Lets an account request without waiting
    /// @param _addr Account
    function addToWhitelist(address _addr) external onlyOwner {
        isWhitelisted[_addr] = true;
    }

    /// @notice Takes the right to request without waiting away
    /// @param _addr Account
    function removeFromWhitelist(address _addr) external onlyOwner {
        isWhitelisted[_addr] = false;
    }

    /// @notice Sends the caller one request's worth of tokens
    function request() external {
        if (!isWhitelisted[msg.sender]) {
            require(block.timestamp >= nextValidRequest[msg.sender]);
            nextValidRequest[msg.sender] = block.timestamp + requestWait * 1 hours;
        }
        token.transfer(msg.sender, requestAmount);
        emit Request(msg.sender, requestAmount);
    }
}
