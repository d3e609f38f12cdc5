// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "../../../contracts/polling/Poll.sol";
import { PollCreator } from "../../../contracts/polling/PollCreator.sol";
import "../support/ProtocolFixture.sol";

/// @title A poll from its creation to the count that an indexer makes of its events
contract PollVoteTest is ProtocolFixture {
    event Vote(address indexed voter, uint256 choiceID);

    function test_LastVotesWeighedByStakeDecide() public {
        newTranscoder(alice, 150 ether, 0, 0);
        newTranscoder(bob, 100 ether, 0, 0);
        bond(dave, alice, 80 ether);
        nextRound();
        PollCreator creator = new PollCreator(address(bonding));
        vm.recordLogs();
        vm.prank(alice);
        creator.createPoll("QmNewRules");
        Poll poll = Poll(address(uint160(uint256(vm.getRecordedLogs()[0].topics[1]))));

        vm.recordLogs();
        vm.prank(alice);
        poll.vote(1);
        vm.prank(bob);
        poll.vote(1);
        vm.prank(dave);
        poll.vote(0); // against its transcoder
        vm.prank(alice);
        poll.vote(0);
        vm.prank(carol);
        poll.vote(1); // without stake
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 5, "each vote is an event");
        vm.roll(poll.endBlock() + 1);
        expectReason("poll is over");
        poll.vote(0);

        // As of the end: each voter's last choice; a delegator's stake is taken out of its transcoder's.
        uint256[2] memory result;
        address[4] memory voters = [alice, bob, dave, carol];
        for (uint256 i = 0; i < 4; i++) {
            uint256 weight = bonding.isRegisteredTranscoder(voters[i])
                ? bonding.transcoderTotalStake(voters[i])
                : bonding.pendingStake(voters[i], 0);
            if (voters[i] == alice) weight -= bonding.pendingStake(dave, 0);
            result[lastChoice(logs, voters[i])] += weight;
        }
        assertEq(result[0], 230 ether, "yes");
        assertEq(result[1], 100 ether, "no");
        uint256 cast = result[0] + result[1];
        assertTrue(cast * PERC >= bonding.getTotalBonded() * creator.QUORUM(), "quorum");
        assertTrue(result[0] * PERC >= cast * creator.QUOTA(), "passed");

        vm.prank(erin);
        poll.destroy();
    }

    function lastChoice(Vm.Log[] memory logs, address voter) private pure returns (uint256 choice) {
        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].topics[0] != Vote.selector) continue;
            if (address(uint160(uint256(logs[i].topics[1]))) != voter) continue;
            choice = abi.decode(logs[i].data, (uint256));
        }
    }
}
