// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "../../../contracts/arbitrum/interfaces/IArbSys.sol";
import "../../../contracts/arbitrum/interfaces/IBridge.sol";
import "../../../contracts/arbitrum/interfaces/IInbox.sol";
import "../../../contracts/arbitrum/interfaces/IOutbox.sol";
import "./Test.sol";

/// @title System contract of L2, to be placed at address 100; keeps messages until the bridge fetches them
contract SimulatedArbSys is IArbSys {
    struct Message {
        address sender;
        address destination;
        bytes data;
    }

    Message[] private messages;

    function sendTxToL1(address destination, bytes calldata data) external payable override returns (uint256) {
        messages.push(Message(msg.sender, destination, data));
        return messages.length - 1;
    }

    function message(uint256 id) external view returns (Message memory) {
        return messages[id];
    }
}

/// @title Both ways of Arbitrum's bridge on one chain: inbox, bridge and outbox of L1 in one
/// @dev What is sent waits until the test relays it, as on the real bridge.
contract SimulatedBridge is Test, IInbox, IBridge, IOutbox {
    struct Ticket {
        address sender;
        address destAddr;
        uint256 callValue;
        uint256 maxSubmissionCost;
        address refundTo;
        address beneficiary;
        uint256 maxGas;
        uint256 gasPriceBid;
        uint256 paid;
        bytes data;
    }

    SimulatedArbSys private constant ARB_SYS = SimulatedArbSys(address(100));

    Ticket[] private tickets;
    address public override l2ToL1Sender;

    constructor() {
        vm.etch(address(ARB_SYS), type(SimulatedArbSys).runtimeCode);
    }

    function createRetryableTicket(
        address destAddr,
        uint256 arbTxCallValue,
        uint256 maxSubmissionCost,
        address submissionRefundAddress,
        address valueRefundAddress,
        uint256 maxGas,
        uint256 gasPriceBid,
        bytes calldata data
    ) external payable override returns (uint256) {
        require(
            msg.value >= arbTxCallValue + maxSubmissionCost + maxGas * gasPriceBid,
            "the ticket is not paid for"
        );
        Ticket storage added = tickets.push();
        added.sender = msg.sender;
        added.destAddr = destAddr;
        added.callValue = arbTxCallValue;
        added.maxSubmissionCost = maxSubmissionCost;
        added.refundTo = submissionRefundAddress;
        added.beneficiary = valueRefundAddress;
        added.maxGas = maxGas;
        added.gasPriceBid = gasPriceBid;
        added.paid = msg.value;
        added.data = data;
        return tickets.length - 1;
    }

    function bridge() external view override returns (address) {
        return address(this);
    }

    function activeOutbox() external view override returns (address) {
        return address(this);
    }

    function ticketCount() external view returns (uint256) {
        return tickets.length;
    }

    function ticket(uint256 seqNo) external view returns (Ticket memory) {
        return tickets[seqNo];
    }

    /// @dev Makes the call of the newest ticket on L2; fails as that call fails
    function relayToL2() external {
        Ticket memory newest = tickets[tickets.length - 1];
        address caller = aliasOf(newest.sender);
        vm.deal(caller, caller.balance + newest.callValue); // the ether that stays in the bridge
        vm.prank(caller);
        (bool success, bytes memory returned) = newest.destAddr.call{ value: newest.callValue }(newest.data);
        if (!success) rethrow(returned);
    }

    /// @dev Makes the call of a message on L1
    function relayToL1(uint256 id) external {
        SimulatedArbSys.Message memory sent = ARB_SYS.message(id);
        l2ToL1Sender = sent.sender;
        (bool success, bytes memory returned) = sent.destination.call(sent.data);
        l2ToL1Sender = address(0);
        if (!success) rethrow(returned);
    }

    function aliasOf(address l1Contract) public pure returns (address) {
        unchecked {
            return address(uint160(l1Contract) + uint160(0x1111000000000000000000000000000000001111));
        }
    }

    function rethrow(bytes memory returned) private pure {
        assembly {
            revert(add(returned, 32), mload(returned))
        }
    }
}
