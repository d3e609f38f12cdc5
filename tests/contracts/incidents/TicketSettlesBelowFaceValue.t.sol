// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "../support/TicketFixture.sol";

/// @dev Open since 2026 and accepted: a winning ticket is used up even when deposit and reserve pay less than its face
/// value, or nothing. Whoever redeems has to look first. These tests hold what can be seen before.
contract TicketSettlesBelowFaceValueTest is TicketFixture {
    function test_AGiftOfOneWeiMakesATicketWorthOneWei() public {
        MTicketBrokerCore.Ticket memory ticket = winner(1 ether, 1);
        bytes memory sig = sign(ticket);
        expectReason("sender deposit and reserve are zero"); // safe: the ticket can wait
        broker.redeemWinningTicket(ticket, sig, RAND);
        vm.deal(erin, 1);
        vm.prank(erin);
        broker.fundDepositAndReserveFor{ value: 1 }(sender, 1, 0);
        assertEq(depositOf(sender) + broker.claimableReserve(sender, alice), 1, "what can be seen before");
        redeem(ticket);
        assertEq(bonding.pendingFees(alice, 0), 1, "paid");
        assertTrue(broker.usedTickets(broker.getTicketHash(ticket)), "and gone");
    }

    function test_AnExhaustedShareOfTheReservePaysNothing() public {
        fund(0, 3 ether);
        newTranscoder(bob, 50 ether, 0, 0);
        redeem(winner(3 ether, 1)); // half of the reserve: the pool has two
        assertEq(bonding.pendingFees(alice, 0), 1.5 ether, "its share");
        assertEq(broker.claimableReserve(sender, alice), 0, "exhausted");
        assertEq(reserveOf(sender), 1.5 ether, "with money left");
        MTicketBrokerCore.Ticket memory ticket = winner(1 ether, 2);
        redeem(ticket);
        assertEq(bonding.pendingFees(alice, 0), 1.5 ether, "nothing paid");
        assertTrue(broker.usedTickets(broker.getTicketHash(ticket)), "and gone");
    }
}
