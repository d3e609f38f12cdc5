// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "./support/TicketFixture.sol";

contract TicketBrokerTest is TicketFixture {
    event ParameterUpdate(string param);
    event DepositFunded(address indexed sender, uint256 amount);
    event ReserveFunded(address indexed reserveHolder, uint256 amount);
    event ReserveClaimed(address indexed reserveHolder, address claimant, uint256 amount);
    event Unlock(address indexed sender, uint256 startRound, uint256 endRound);
    event UnlockCancelled(address indexed sender);
    event Withdrawal(address indexed sender, uint256 deposit, uint256 reserve);
    event WinningTicketTransfer(address indexed sender, address indexed recipient, uint256 amount);
    event WinningTicketRedeemed(
        address indexed sender,
        address indexed recipient,
        uint256 faceValue,
        uint256 winProb,
        uint256 senderNonce,
        uint256 recipientRand,
        bytes auxData
    );

    function expectRefusal(MTicketBrokerCore.Ticket memory ticket, string memory reason) private {
        bytes memory sig = sign(ticket);
        expectReason(reason);
        broker.redeemWinningTicket(ticket, sig, RAND);
    }

    function test_ParametersBelongToTheControllerOwner() public {
        vm.startPrank(alice);
        expectReason("caller must be Controller owner");
        broker.setUnlockPeriod(1);
        expectReason("caller must be Controller owner");
        broker.setTicketValidityPeriod(1);
        vm.stopPrank();
        expectReason("ticketValidityPeriod must be greater than 0");
        broker.setTicketValidityPeriod(0);
        expectEvent(address(broker));
        emit ParameterUpdate("ticketValidityPeriod");
        broker.setTicketValidityPeriod(5);
        expectEvent(address(broker));
        emit ParameterUpdate("unlockPeriod");
        broker.setUnlockPeriod(0);
    }

    function test_FundsGoToTheVaultAndEventsComeInOrder() public {
        vm.startPrank(sender);
        expectEvent(address(broker));
        emit DepositFunded(sender, 2 ether);
        broker.fundDeposit{ value: 2 ether }();
        expectEvent(address(broker));
        emit ReserveFunded(sender, 3 ether);
        broker.fundReserve{ value: 3 ether }();
        expectReason("msg.value does not equal sum of deposit amount and reserve amount");
        broker.fundDepositAndReserve{ value: 3 }(1, 1);
        broker.unlock();
        expectEvent(address(broker));
        emit UnlockCancelled(sender);
        expectEvent(address(broker));
        emit ReserveFunded(sender, 5 ether);
        expectEvent(address(broker));
        emit DepositFunded(sender, 4 ether);
        broker.fundDepositAndReserve{ value: 9 ether }(4 ether, 5 ether);
        vm.stopPrank();
        assertEq(depositOf(sender), 6 ether, "deposit");
        assertEq(reserveOf(sender), 8 ether, "reserve");
        assertEq(address(minter).balance, 14 ether, "vault");
        controller.pause();
        expectReason("system is paused");
        broker.fundDeposit{ value: 1 }();
    }

    function test_UnlocksAndWithdraws() public {
        vm.startPrank(sender);
        expectReason("sender deposit and reserve are zero");
        broker.unlock();
        expectReason("no unlock request in progress");
        broker.cancelUnlock();
        expectReason("sender deposit and reserve are zero");
        broker.withdraw();
        vm.stopPrank();
        fund(2 ether, 3 ether);
        uint256 now_ = rounds.currentRound();
        vm.startPrank(sender);
        expectReason("no unlock request in progress");
        broker.withdraw();
        expectEvent(address(broker));
        emit Unlock(sender, now_, now_ + UNLOCK_PERIOD);
        broker.unlock();
        expectReason("unlock already initiated");
        broker.unlock();
        expectReason("account is locked");
        broker.withdraw();
        expectEvent(address(broker));
        emit UnlockCancelled(sender);
        broker.cancelUnlock();
        broker.unlock();
        vm.stopPrank();
        for (uint256 i = 0; i < UNLOCK_PERIOD; i++) nextRound();
        uint256 before = sender.balance;
        MTicketBrokerCore.Ticket memory ticket = winner(1, 0);
        expectRefusal(ticket, "sender is unlocked");
        vm.prank(sender);
        expectEvent(address(broker));
        emit Withdrawal(sender, 2 ether, 3 ether);
        broker.withdraw();
        assertEq(sender.balance, before + 5 ether, "paid");
        assertTrue(broker.isUnlockInProgress(sender), "the request survives");
        vm.deal(bob, 1 ether);
        vm.prank(bob);
        broker.fundDepositAndReserveFor{ value: 1 ether }(sender, 1 ether, 0);
        expectRefusal(ticket, "sender is unlocked");
        fund(0, 0);
        redeem(ticket);
    }

    function test_RefusalsComeInOrder() public {
        fund(10 ether, 10 ether);
        MTicketBrokerCore.Ticket memory bad = winner(1 ether, 1);
        bad.recipient = address(0);
        bad.sender = address(0);
        bad.auxData = "";
        bad.recipientRandHash = 0;
        expectRefusal(bad, "ticket recipient is null address");
        bad.recipient = alice;
        expectRefusal(bad, "ticket sender is null address");
        bad.sender = sender;
        expectRefusal(bad, "invalid length for ticket auxData: must be 64 bytes");
        bad.auxData = abi.encode(rounds.currentRound() + 1, bytes32(uint256(1)));
        expectRefusal(bad, "ticket creationRound does not have a block hash");
        uint256 round = rounds.currentRound();
        bad.auxData = abi.encode(round, bytes32(uint256(1)));
        expectRefusal(bad, "ticket creationRoundBlockHash invalid for creationRound");
        bytes32 hash = rounds.blockHashForRound(round);
        bad.auxData = abi.encode(round, hash);
        expectRefusal(bad, "recipientRand does not match recipientRandHash");
        bad.recipientRandHash = keccak256(abi.encodePacked(RAND));
        bytes memory otherSig = sign(winner(2 ether, 1));
        expectReason("invalid signature over ticket hash");
        broker.redeemWinningTicket(bad, otherSig, RAND);
        bytes memory broken = sign(bad);
        broken[64] = 0x01;
        expectReason("ECDSA: invalid signature");
        broker.redeemWinningTicket(bad, broken, RAND);
        bad.winProb = 0;
        expectRefusal(bad, "ticket did not win");
        bad.winProb = type(uint256).max;

        redeem(bad);
        expectRefusal(bad, "ticket is used");
        nextRound();
        bad.senderNonce = 2;
        redeem(bad); // one round later is in time
        nextRound();
        bad.senderNonce = 3;
        expectRefusal(bad, "ticket is expired");
        toNextRound();
        expectRefusal(bad, "current round is not initialized");
        controller.pause();
        expectRefusal(bad, "system is paused");
    }

    function test_PaysFromTheDeposit() public {
        fund(10 ether, 10 ether);
        MTicketBrokerCore.Ticket memory ticket = winner(4 ether, 1);
        bytes memory sig = sign(ticket);
        vm.prank(bob); // anyone may submit
        expectEvent(address(broker));
        emit WinningTicketTransfer(sender, alice, 4 ether);
        expectEvent(address(broker));
        emit WinningTicketRedeemed(sender, alice, 4 ether, type(uint256).max, 1, RAND, ticket.auxData);
        broker.redeemWinningTicket(ticket, sig, RAND);
        assertTrue(broker.usedTickets(broker.getTicketHash(ticket)), "used");
        assertEq(depositOf(sender), 6 ether, "deposit");
        assertEq(reserveOf(sender), 10 ether, "reserve");
        assertEq(bonding.pendingFees(alice, 0), 4 ether, "fees");
        assertEq(address(minter).balance, 20 ether, "the ether stays in the vault");
    }

    function test_ClaimsTheRestFromTheReserveUpToAnEqualPart() public {
        newTranscoder(bob, 50 ether, 0, 0);
        nextRound();
        fund(1 ether, 10 ether); // two in the pool: 5 ether each
        assertEq(broker.claimableReserve(sender, alice), 5 ether, "part");
        assertEq(broker.claimableReserve(sender, carol), 0, "not active");
        MTicketBrokerCore.Ticket memory ticket = winner(4 ether, 1);
        bytes memory sig = sign(ticket);
        expectEvent(address(broker));
        emit ReserveClaimed(sender, alice, 3 ether);
        broker.redeemWinningTicket(ticket, sig, RAND);
        assertEq(depositOf(sender), 0, "deposit first");
        assertEq(broker.claimedReserve(sender, alice), 3 ether, "claimed");
        assertEq(broker.claimableReserve(sender, alice), 2 ether, "rest of the part");
        assertEq(broker.claimableReserve(sender, bob), 5 ether, "the other's part is untouched");
        assertEq(broker.getReserveInfo(sender).claimedInCurrentRound, 3 ether, "claimed in the round");

        redeem(winner(4 ether, 2));
        assertEq(bonding.pendingFees(alice, 0), 6 ether, "only the part is paid");
        // Nothing left for alice in this round: the ticket is burned without a payment.
        vm.recordLogs();
        redeem(winner(4 ether, 3));
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 1, "only the redemption is reported");
        assertEq(reserveOf(sender), 5 ether, "reserve");

        nextRound();
        assertEq(broker.claimableReserve(sender, alice), 5 ether / 2, "a new round, a new part");
        assertEq(broker.claimedReserve(sender, alice), 0, "counted per round");
    }

    function test_APoolThatAllHaveLeftHasNoParts() public {
        fund(0, 10 ether);
        uint256 stake = bonding.pendingStake(alice, 0);
        vm.prank(alice);
        bonding.unbond(stake);
        assertTrue(bonding.isActiveTranscoder(alice), "until the end of the round");
        assertEq(bonding.getTranscoderPoolSize(), 0, "pool");
        assertEq(broker.claimableReserve(sender, alice), 0, "no part, and no division by zero");
        redeem(winner(1 ether, 1));
        assertEq(reserveOf(sender), 10 ether, "reserve");
        assertEq(bonding.pendingFees(alice, 0), 0, "fees");
    }

    function test_NothingBehindTheSenderIsARefusal() public {
        expectRefusal(winner(1, 1), "sender deposit and reserve are zero");
    }

    function test_PayingAStrangerFails() public {
        fund(1 ether, 0);
        MTicketBrokerCore.Ticket memory ticket = winner(1 ether, 1);
        ticket.recipient = bob;
        expectRefusal(ticket, "transcoder must be registered");
        assertTrue(!broker.usedTickets(broker.getTicketHash(ticket)), "not used");
    }

    function test_BatchPassesOverWhatFails() public {
        fund(10 ether, 0);
        MTicketBrokerCore.Ticket[] memory tickets = new MTicketBrokerCore.Ticket[](3);
        bytes[] memory sigs = new bytes[](3);
        uint256[] memory rands = new uint256[](3);
        for (uint256 i = 0; i < 3; i++) {
            tickets[i] = winner(1 ether, i);
            sigs[i] = sign(tickets[i]);
            rands[i] = i == 1 ? RAND + 1 : RAND;
        }
        broker.batchRedeemWinningTickets(tickets, sigs, rands);
        assertEq(depositOf(sender), 8 ether, "two of three");
        assertTrue(!broker.usedTickets(broker.getTicketHash(tickets[1])), "the bad one stays open");
        expectPanic(0x32);
        broker.batchRedeemWinningTickets(tickets, new bytes[](2), rands);
    }

    function testFuzz_PaidNeverExceedsFaceValueOrFunds(
        uint96 deposit,
        uint96 reserve,
        uint96 faceValue
    ) public {
        vm.assume(uint256(deposit) + reserve > 0);
        vm.deal(sender, uint256(deposit) + reserve);
        fund(deposit, reserve);
        redeem(winner(faceValue, 1));
        uint256 paid = uint256(deposit) + reserve - depositOf(sender) - reserveOf(sender);
        uint256 available = uint256(deposit) + reserve; // alone in the pool: the whole reserve is its part
        assertEq(paid, faceValue < available ? faceValue : available, "paid");
        uint256 fees = bonding.pendingFees(alice, 0);
        assertTrue(fees <= paid && paid - fees < 10**9, "credited but for dust");
    }
}
