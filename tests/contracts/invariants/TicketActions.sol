// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "./Ledger.sol";

/// @title Deposits, reserves and tickets of a few senders
abstract contract TicketActions is Ledger {
    uint256 internal constant SENDERS = 3;

    /// @dev What is behind a ticket before it is redeemed
    struct Funds {
        uint256 deposit;
        uint256 reserve;
        uint256 share; // of the reserve, for one claimant
        uint256 payout;
        bool redeemable;
    }

    uint256 private nonce;
    mapping(address => bool) private withdrawn; // and not funded by itself since
    mapping(address => uint256) private reserveAllowance; // wei that may be claimed in this round
    mapping(address => uint256) private reserveRound;

    function senderAt(uint256 index) public pure returns (address) {
        return vm.addr(senderKey(index));
    }

    function moveFund(
        uint256 index,
        address payer,
        uint256 deposit,
        uint256 reserve
    ) internal {
        address to = senderAt(index);
        uint256 withdrawRound = withdrawRoundOf(to);
        startReserve(to);
        (bool ok, bytes memory returned) = attempt(
            payer,
            payer,
            address(broker),
            abi.encodeCall(broker.fundDepositAndReserveFor, (to, deposit, reserve)),
            deposit + reserve
        );
        mustBe(ok, true, returned, "fund");
        reserveAllowance[to] += reserve;
        if (payer == to) withdrawn[to] = false;
        must(withdrawRoundOf(to) == (payer == to ? 0 : withdrawRound), "15: unlock cancelled by another");
    }

    function moveUnlock(uint256 index) internal {
        address account = senderAt(index);
        bool funded = depositOf(account) > 0 || reserveOf(account) > 0;
        bool unlocking = broker.isUnlockInProgress(account);
        (bool ok, bytes memory returned) = attempt(account, address(broker), abi.encodeCall(broker.unlock, ()));
        mustBe(ok, funded && !unlocking, returned, "unlock");
    }

    function moveCancelUnlock(uint256 index) internal {
        address account = senderAt(index);
        bool unlocking = broker.isUnlockInProgress(account);
        (bool ok, bytes memory returned) = attempt(account, address(broker), abi.encodeCall(broker.cancelUnlock, ()));
        mustBe(ok, unlocking, returned, "cancel unlock");
        if (ok) withdrawn[account] = false;
    }

    function moveWithdraw(uint256 index) internal {
        address account = senderAt(index);
        uint256 sum = depositOf(account) + reserveOf(account);
        uint256 withdrawRound = withdrawRoundOf(account);
        uint256 before = account.balance;
        (bool ok, bytes memory returned) = attempt(account, address(broker), abi.encodeCall(broker.withdraw, ()));
        mustBe(
            ok,
            sum > 0 && withdrawRound > 0 && rounds.currentRound() >= withdrawRound,
            returned,
            "21: withdraw"
        );
        if (!ok) return;
        must(account.balance == before + sum, "2: withdrawn amount");
        withdrawn[account] = true;
        // What others fund from now on is safe from tickets.
        moveFund(index, address(0x4e1a4), 1 ether, 0);
        moveRedeem(index, member(sum), 0.5 ether);
    }

    function moveRedeem(
        uint256 index,
        address recipient,
        uint256 faceValue
    ) internal {
        MTicketBrokerCore.Ticket memory ticket = winner(faceValue, nonce++);
        ticket.recipient = recipient;
        ticket.sender = senderAt(index);
        bytes memory data = abi.encodeCall(broker.redeemWinningTicket, (ticket, signWith(ticket, index), RAND));

        startReserve(ticket.sender);
        Funds memory before = fundsOf(ticket);
        (bool ok, bytes memory returned) = attempt(address(0x4e1a4), recipient, address(broker), data, 0);
        mustBe(ok, before.redeemable, returned, "redeem");
        if (!ok) return;
        must(!withdrawn[ticket.sender], "21: redeemed after a withdrawal");
        checkPayment(ticket, before);
        (bool again, bytes memory answer) = attempt(address(0x4e1a4), recipient, address(broker), data, 0);
        mustBe(again, false, answer, "20: paid twice");
        noteFactors(recipient);
    }

    /// @dev 20: a ticket pays what deposit and reserve allow, and no more of the reserve than a share of it
    function checkPayment(MTicketBrokerCore.Ticket memory ticket, Funds memory before) private {
        address from = ticket.sender;
        uint256 paid = before.deposit + before.reserve - depositOf(from) - reserveOf(from);
        must(paid == before.payout && paid <= ticket.faceValue, "20: payout");
        uint256 claimed = before.reserve - reserveOf(from);
        must(
            claimed == 0 || broker.claimedReserve(from, ticket.recipient) <= before.share,
            "20: more than a share of the reserve"
        );
        must(claimed <= reserveAllowance[from], "20: more than the reserve of the round");
        reserveAllowance[from] -= claimed;
    }

    function fundsOf(MTicketBrokerCore.Ticket memory ticket) private view returns (Funds memory funds) {
        address from = ticket.sender;
        funds.deposit = depositOf(from);
        funds.reserve = reserveOf(from);
        funds.share = reserveShare(from);
        (funds.payout, funds.redeemable) = expectedPayout(ticket);
        uint256 withdrawRound = withdrawRoundOf(from);
        if (withdrawRound > 0 && withdrawRound <= rounds.currentRound()) funds.redeemable = false;
        if (funds.deposit + funds.reserve == 0) funds.redeemable = false;
        bool credited = bonding.isRegisteredTranscoder(ticket.recipient) &&
            bonding.isActiveTranscoder(ticket.recipient);
        if (funds.payout > 0 && !credited) funds.redeemable = false;
    }

    function moveWithdrawFees(address account, uint256 amount) internal {
        uint256 fees = bonding.pendingFees(account, 0);
        address payable to = payable(address(0xfee5));
        uint256 before = to.balance;
        (bool ok, bytes memory returned) = attempt(
            account,
            address(bonding),
            abi.encodeCall(bonding.withdrawFees, (to, amount))
        );
        mustBe(ok, amount <= fees, returned, "withdraw fees");
        if (ok) must(to.balance == before + amount, "2: withdrawn fees");
    }

    /// @dev Wei a ticket pays, and whether that can be worked out: shares of a reserve whose pool has grown may not
    function expectedPayout(MTicketBrokerCore.Ticket memory ticket) private view returns (uint256, bool) {
        uint256 deposit = depositOf(ticket.sender);
        if (ticket.faceValue <= deposit) return (ticket.faceValue, true);
        try broker.claimableReserve(ticket.sender, ticket.recipient) returns (uint256 claimable) {
            uint256 missing = ticket.faceValue - deposit;
            return (deposit + (missing < claimable ? missing : claimable), true);
        } catch {
            return (0, false);
        }
    }

    function reserveShare(address from) private view returns (uint256) {
        MReserve.ReserveInfo memory info = broker.getReserveInfo(from);
        uint256 size = bonding.getTranscoderPoolSize();
        return size == 0 ? 0 : (info.fundsRemaining + info.claimedInCurrentRound) / size;
    }

    /// @dev At the first use in a round all of a reserve may be claimed
    function startReserve(address account) private {
        uint256 round = rounds.currentRound();
        if (reserveRound[account] == round) return;
        reserveRound[account] = round;
        reserveAllowance[account] = reserveOf(account);
    }

    function signWith(MTicketBrokerCore.Ticket memory ticket, uint256 index) private view returns (bytes memory) {
        bytes32 digest = keccak256(
            abi.encodePacked("\x19Ethereum Signed Message:\n32", broker.getTicketHash(ticket))
        );
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(senderKey(index), digest);
        return abi.encodePacked(r, s, v);
    }

    function senderKey(uint256 index) private pure returns (uint256) {
        return 0x5e4de4 + (index % SENDERS);
    }
}
