// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "../support/ProtocolFixture.sol";

/// @dev August 2022: the receiver's earnings were worked out on a stake that already held the transferred amount, so
/// delegations added up to more than the transcoder's total and could not all be taken out.
contract TransferBondFreezesStakeTest is ProtocolFixture {
    function test_EverythingCanBeTakenOutAfterATransfer() public {
        newTranscoder(alice, 100 ether, 0, 0);
        bond(dave, alice, 50 ether);
        bond(erin, alice, 50 ether);
        for (uint256 i = 0; i < 4; i++) {
            nextRound();
            reward(alice);
        }
        vm.prank(dave);
        bonding.transferBond(erin, 20 ether, address(0), address(0), address(0), address(0));
        nextRound();
        reward(alice);
        unbondAll(dave);
        unbondAll(erin);
        unbondAll(alice);
        assertTrue(bonding.transcoderTotalStake(alice) < 1000, "only dust is left");
    }

    function test_TransferMakesNobodyATranscoder() public {
        newTranscoder(alice, 100 ether, 0, 0);
        bond(dave, erin, 10 ether);
        nextRound();
        vm.prank(dave);
        expectReason("INVALID_DELEGATOR");
        bonding.transferBond(erin, 1 ether, address(0), address(0), address(0), address(0));
    }

    function unbondAll(address account) private {
        uint256 stake = bonding.pendingStake(account, 0);
        vm.prank(account);
        bonding.unbond(stake);
    }
}
