// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "../../contracts/polling/Poll.sol";
import { PollCreator } from "../../contracts/polling/PollCreator.sol";
import "./support/ProtocolFixture.sol";

contract PollsTest is ProtocolFixture {
    event PollCreated(address indexed poll, bytes proposal, uint256 endBlock, uint256 quorum, uint256 quota);
    event Vote(address indexed voter, uint256 choiceID);

    PollCreator private creator;
    bytes private constant PROPOSAL = "QmSomethingToVoteOn";

    function setUp() public override {
        super.setUp();
        creator = new PollCreator(address(bonding));
    }

    function test_ConstantsAreThoseOfLip16() public view {
        assertEq(creator.QUORUM(), 333300, "quorum");
        assertEq(creator.QUOTA(), 500000, "quota");
        assertEq(creator.POLL_PERIOD(), 57600, "period");
        assertEq(creator.POLL_CREATION_COST(), 100 ether, "threshold");
        assertEq(address(creator.bondingManager()), address(bonding), "bonding manager");
    }

    function test_StakeholdersMakePolls() public {
        newTranscoder(alice, 60 ether, 0, 0);
        bond(dave, alice, 99 ether);
        vm.prank(dave);
        expectReason("PollCreator#createPoll: INSUFFICIENT_STAKE");
        creator.createPoll(PROPOSAL);

        vm.recordLogs();
        vm.prank(alice); // 60 of its own, 159 delegated
        creator.createPoll(PROPOSAL);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 1, "one event");
        assertEq(logs[0].topics[0], PollCreated.selector, "event");
        Poll poll = Poll(address(uint160(uint256(logs[0].topics[1]))));
        (bytes memory proposal, uint256 endBlock, uint256 quorum, uint256 quota) = abi.decode(
            logs[0].data,
            (bytes, uint256, uint256, uint256)
        );
        assertEq(keccak256(proposal), keccak256(PROPOSAL), "proposal");
        assertEq(endBlock, block.number + 57600, "end");
        assertEq(quorum, 333300, "quorum");
        assertEq(quota, 500000, "quota");
        assertEq(poll.endBlock(), endBlock, "end in the poll");

        bond(dave, alice, 1 ether);
        vm.prank(dave);
        creator.createPoll(PROPOSAL); // exactly 100 of its own
        assertEq(token.balanceOf(dave), 0, "nothing was taken beyond the stake");
        assertEq(bonding.pendingStake(dave, 0), 100 ether, "and the stake stays");
    }

    function test_RewardsCountTowardTheThreshold() public {
        newTranscoder(alice, 50 ether, 0, 0);
        bond(dave, alice, 100 ether - 1);
        nextRound();
        vm.prank(dave);
        expectReason("PollCreator#createPoll: INSUFFICIENT_STAKE");
        creator.createPoll(PROPOSAL);
        reward(alice);
        vm.prank(dave);
        creator.createPoll(PROPOSAL);
    }

    function test_VotesAreOnlyRecordedUntilTheEndBlock() public {
        Poll poll = new Poll(block.number + 10);
        expectEvent(address(poll));
        emit Vote(alice, 0);
        vm.prank(alice);
        poll.vote(0);
        expectEvent(address(poll));
        emit Vote(alice, 1);
        vm.prank(alice);
        poll.vote(1); // changes its mind
        expectReason("poll is active");
        poll.destroy();

        vm.roll(block.number + 10);
        poll.vote(7); // choices are not checked
        expectReason("poll is active");
        poll.destroy();
        vm.roll(block.number + 1);
        expectReason("poll is over");
        poll.vote(0);
    }

    function test_DestroyingAPollSendsItsEtherToTheCaller() public {
        Poll poll = new Poll(block.number);
        vm.roll(block.number + 1);
        vm.deal(address(poll), 1 ether);
        vm.prank(carol);
        poll.destroy();
        assertEq(carol.balance, 1 ether, "ether");
    }
}
