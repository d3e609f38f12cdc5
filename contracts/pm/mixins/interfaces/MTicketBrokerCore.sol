// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

/// @title Tickets and the events around them
abstract contract MTicketBrokerCore {
    struct Ticket {
        address recipient; // who is paid when it wins
        address sender; // who pays
        uint256 faceValue; // wei paid when it wins
        uint256 winProb; // it wins when a hash is below this, out of 2^256 - 1
        uint256 senderNonce; // makes tickets of one session differ
        bytes32 recipientRandHash; // commitment to the recipient's random number
        bytes auxData; // creation round and its block hash, 64 bytes
    }

    event DepositFunded(address indexed sender, uint256 amount);
    event WinningTicketRedeemed(
        address indexed sender,
        address indexed recipient,
        uint256 faceValue,
        uint256 winProb,
        uint256 senderNonce,
        uint256 recipientRand,
        bytes auxData
    );
    event WinningTicketTransfer(address indexed sender, address indexed recipient, uint256 amount);
    event Unlock(address indexed sender, uint256 startRound, uint256 endRound);
    event UnlockCancelled(address indexed sender);
    event Withdrawal(address indexed sender, uint256 deposit, uint256 reserve);
}
