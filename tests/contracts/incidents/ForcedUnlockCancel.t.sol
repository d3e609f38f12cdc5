// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "../support/TicketFixture.sol";

/// @dev 2022-2023: anyone could keep a sender's funds locked by funding nothing on its behalf.
contract ForcedUnlockCancelTest is TicketFixture {
    function test_OnlyTheSenderCancelsItsUnlock() public {
        fund(1 ether, 1 ether);
        vm.prank(sender);
        broker.unlock();
        uint256 withdrawRound = withdrawRoundOf(sender);
        vm.prank(bob);
        broker.fundDepositAndReserveFor(sender, 0, 0);
        assertEq(withdrawRoundOf(sender), withdrawRound, "still unlocking");
        fund(0, 0);
        assertEq(withdrawRoundOf(sender), 0, "its own funding cancels");
    }
}
