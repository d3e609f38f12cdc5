// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "../support/TicketFixture.sol";

/// @dev What audits found and what stays as it is, because other programs rely on it.
contract AcceptedFindingsTest is TicketFixture {
    function test_ThePoolOnlyGrows() public {
        uint256 size = bonding.getTranscoderPoolMaxSize();
        expectReason("new max size must be greater than old max size");
        bonding.setNumActiveTranscoders(size - 1);
        expectReason("new max size must be greater than old max size");
        bonding.setNumActiveTranscoders(size);
    }

    function test_ActivationRoundStaysAfterAnEviction() public {
        newTranscoder(bob, 50 ether, 0, 0);
        newTranscoder(carol, 40 ether, 0, 0);
        (, , , , uint256 activation, , , , , ) = bonding.getTranscoder(carol);
        nextRound();
        newTranscoder(dave, 60 ether, 0, 0); // in place of carol
        (, , , , uint256 after_, uint256 deactivation, , , , ) = bonding.getTranscoder(carol);
        assertEq(after_, activation, "activation");
        assertEq(deactivation, rounds.currentRound() + 1, "only the other end changes");
    }

    function test_VotesCanExceedTheSupplyOfVotes() public {
        newTranscoder(bob, 50 ether, 0, 0);
        newTranscoder(carol, 40 ether, 0, 0);
        newTranscoder(dave, 30 ether, 0, 0); // not in the pool of three
        uint256 sum = votes.getVotes(alice) + votes.getVotes(bob) + votes.getVotes(carol) + votes.getVotes(dave);
        assertEq(sum, votes.totalSupply() + 30 ether, "votes of the inactive one too");
    }

    function test_DelegationsOutliveTheirTranscodersStake() public {
        bond(erin, alice, 70 ether);
        nextRound();
        vm.prank(alice);
        bonding.unbond(100 ether);
        assertEq(bonding.transcoderTotalStake(alice), 70 ether, "still delegated");
        nextRound();
        bond(alice, alice, 1 ether);
        assertEq(bonding.getFirstTranscoderInPool(), alice, "back with all of it");
        assertEq(bonding.nextRoundTotalActiveStake(), 71 ether, "active");
    }

    function test_ABatchTellsNoReasons() public {
        fund(10 ether, 0);
        MTicketBrokerCore.Ticket[] memory tickets = new MTicketBrokerCore.Ticket[](2);
        bytes[] memory sigs = new bytes[](2);
        uint256[] memory rands = new uint256[](2);
        tickets[0] = winner(1 ether, 1);
        tickets[1] = winner(1 ether, 2);
        sigs[0] = sign(tickets[1]); // of the other ticket
        sigs[1] = sign(tickets[1]);
        rands[0] = RAND;
        rands[1] = RAND;
        broker.batchRedeemWinningTickets(tickets, sigs, rands);
        assertEq(bonding.pendingFees(alice, 0), 1 ether, "only the good one");
    }
}
