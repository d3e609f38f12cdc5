// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "../../../contracts/extensions/BondingManagerActiveRedeemers.sol";
import "../support/TicketFixture.sol";

/// @dev October 2024 and August 2025: a transcoder outside the pool was credited with fees by a stake on record that
/// no longer was its own, and could take out many times what came in. The public source, here BondingManager, has
/// that; the live network, here BondingManagerActiveRedeemers, credits active transcoders only.
abstract contract FeesOfInactiveTranscodersFixture is TicketFixture {
    address internal attacker = address(0xa77ac4e2);
    address internal helper = address(0x4e19e2);

    /// @dev alice, bob and carol fill the pool
    function setUp() public virtual override {
        super.setUp();
        newTranscoder(bob, 90 ether, 0, 0);
        newTranscoder(carol, 80 ether, 0, 0);
        bond(alice, alice, 100 ether);
        nextRound();
        fund(50 ether, 0);
    }

    function ticketFor(address recipient, uint256 nonce) internal view returns (MTicketBrokerCore.Ticket memory ticket) {
        ticket = winner(1000, nonce);
        ticket.recipient = recipient;
    }

    /// @dev October 2024: rewards of the last active round are not in the stake on record
    function leaveWithUncountedRewards() internal {
        bond(attacker, attacker, 85 ether); // in place of carol
        vm.prank(attacker);
        bonding.transcoder(PERC, PERC); // keeps all rewards, gives delegators all fees
        nextRound();
        vm.prank(attacker);
        bonding.unbond(85 ether - 1); // the last with one wei
        newTranscoder(helper, 81 ether, 0, 0); // puts it out of the pool
        reward(attacker);
        nextRound();
        assertTrue(!bonding.isActiveTranscoder(attacker), "not active");
        assertTrue(bonding.isRegisteredTranscoder(attacker), "but registered");
    }

    /// @dev August 2025: stake that comes while it is out of the pool is not on record
    function leaveAndGrow() internal {
        bond(attacker, attacker, 85 ether);
        vm.prank(attacker);
        bonding.transcoder(PERC, PERC);
        nextRound();
        vm.prank(attacker);
        bonding.unbond(85 ether - 1);
        nextRound();
        newTranscoder(helper, 81 ether, 0, 0);
        nextRound();
        bond(attacker, attacker, 10 ether); // not enough for the pool
        nextRound();
        assertTrue(!bonding.isActiveTranscoder(attacker), "not active");
    }
}

contract FeesOfInactiveTranscodersTest is FeesOfInactiveTranscodersFixture {
    function newBondingManager() internal override returns (address) {
        return address(new BondingManagerActiveRedeemers(address(controller)));
    }

    function test_UncountedRewardsEarnNoFees() public {
        leaveWithUncountedRewards();
        refused();
    }

    function test_StakeOutsideThePoolEarnsNoFees() public {
        leaveAndGrow();
        refused();
    }

    function test_BackInThePoolItIsPaidExactlyWhatCameIn() public {
        leaveAndGrow();
        bond(attacker, attacker, 200 ether);
        refused(); // active from the next round on
        nextRound();
        redeem(ticketFor(attacker, 2));
        assertTrue(bonding.pendingFees(attacker, 0) <= 1000, "no more than came in");
        assertTrue(bonding.pendingFees(attacker, 0) >= 998, "nor less but for dust");
    }

    function test_StrangersAreNoRecipientsEither() public {
        MTicketBrokerCore.Ticket memory ticket = ticketFor(erin, 1);
        bytes memory sig = sign(ticket);
        expectReason("transcoder must be registered");
        broker.redeemWinningTicket(ticket, sig, RAND);
    }

    function refused() private {
        MTicketBrokerCore.Ticket memory ticket = ticketFor(attacker, 1);
        bytes memory sig = sign(ticket);
        expectReason("transcoder must be active");
        broker.redeemWinningTicket(ticket, sig, RAND);
        assertEq(bonding.pendingFees(attacker, 0), 0, "no fees");
        assertTrue(!broker.usedTickets(broker.getTicketHash(ticket)), "the ticket is not used up");
    }
}

/// @dev What the public source does: the reason for the other contract, and the proof that these tests can fail.
contract FeesOfInactiveTranscodersInThePublicSourceTest is FeesOfInactiveTranscodersFixture {
    function test_UncountedRewardsEarnFeesManyTimesOver() public {
        leaveWithUncountedRewards();
        redeem(ticketFor(attacker, 1));
        assertTrue(bonding.pendingFees(attacker, 0) > 1000000, "of 1000 wei");
    }

    function test_StakeOutsideThePoolEarnsFeesManyTimesOver() public {
        leaveAndGrow();
        redeem(ticketFor(attacker, 1));
        assertTrue(bonding.pendingFees(attacker, 0) > 1000000, "of 1000 wei");
    }
}
