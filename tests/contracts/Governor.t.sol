// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "../../contracts/Controller.sol";
import "../../contracts/governance/Governor.sol";
import "./support/Test.sol";

/// @dev Executes an update again while that update is being executed
contract Reentrant {
    Governor private immutable governor;
    bytes private encoded;
    bytes public refusal;

    constructor(Governor _governor) {
        governor = _governor;
    }

    function remember(Governor.Update memory update) external {
        encoded = abi.encode(update);
    }

    function again() external {
        try governor.execute(abi.decode(encoded, (Governor.Update))) {} catch (bytes memory reason) {
            refusal = reason;
        }
    }
}

contract GovernorTest is Test {
    event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);
    event UpdateStaged(Governor.Update update, uint256 delay);
    event UpdateExecuted(Governor.Update update);
    event UpdateCancelled(Governor.Update update);

    Governor private governor;
    Controller private controller;
    address private stranger = address(0xbad);

    function setUp() public {
        vm.roll(1000);
        governor = new Governor();
        controller = new Controller();
        controller.transferOwnership(address(governor));
    }

    function test_BelongsToItsDeployer() public {
        vm.recordLogs();
        Governor fresh = new Governor();
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertEq(fresh.owner(), address(this), "owner");
        assertEq(logs.length, 1, "one event");
        assertEq(logs[0].topics[0], OwnershipTransferred.selector, "event");
        assertEq(logs[0].topics[2], bytes32(uint256(uint160(address(this)))), "new owner");
    }

    function test_StagesUnderTheHashOfTheWholeUpdate() public {
        Governor.Update memory update = unpausing();
        expectEvent(address(governor));
        emit UpdateStaged(update, 50);
        governor.stage(update, 50);
        assertEq(governor.updates(keccak256(abi.encode(update))), 1050, "first block");

        expectReason("update already staged");
        governor.stage(update, 10);
        update.nonce = 1;
        governor.stage(update, 0);
        assertEq(governor.updates(keccak256(abi.encode(update))), 1000, "a nonce makes another update");

        vm.prank(stranger);
        expectReason("unauthorized: msg.sender not owner");
        governor.stage(update, 0);
    }

    function test_AnyoneExecutesOnceTheDelayIsOver() public {
        Governor.Update memory update = unpausing();
        vm.startPrank(stranger);
        expectReason("update is not staged");
        governor.execute(update);
        vm.stopPrank();
        governor.stage(update, 50);

        vm.startPrank(stranger);
        vm.roll(1049);
        expectReason("delay for update not expired");
        governor.execute(update);
        vm.roll(1050);
        expectEvent(address(governor));
        emit UpdateExecuted(update);
        governor.execute(update);
        assertTrue(!controller.paused(), "it was the owner of the controller");
        expectReason("update is not staged");
        governor.execute(update);
        vm.stopPrank();
    }

    function test_FailureOfOneCallTakesAllBack() public {
        Governor.Update memory update = calls(2);
        update.target[0] = address(controller);
        update.data[0] = abi.encodeCall(controller.unpause, ());
        update.target[1] = address(governor);
        update.data[1] = abi.encodeCall(governor.transferOwnership, (address(0)));
        governor.stage(update, 0);
        // The reason is what the call returned, wrapped once more.
        expectReason(string(abi.encodeWithSignature("Error(string)", "newOwner is a null address")));
        governor.execute(update);
        assertTrue(controller.paused(), "the first call too");
        assertTrue(governor.updates(keccak256(abi.encode(update))) > 0, "it can be tried again");

        update.data[1] = abi.encodeCall(controller.unpause, ());
        update.target[1] = address(controller);
        governor.stage(update, 0);
        // The Controller refuses without a reason.
        expectReason("");
        governor.execute(update);
    }

    function test_SendsEtherAlong() public {
        Governor.Update memory update = calls(2);
        update.target[0] = address(0xaaaa);
        update.value[0] = 1 ether;
        update.target[1] = address(0xbbbb);
        update.value[1] = 2 ether;
        governor.stage(update, 0);
        vm.deal(address(this), 3 ether);
        governor.execute{ value: 3 ether }(update);
        assertEq(address(0xaaaa).balance, 1 ether, "first");
        assertEq(address(0xbbbb).balance, 2 ether, "second");
    }

    function test_ExecutionCannotReenterItself() public {
        Reentrant attacker = new Reentrant(governor);
        Governor.Update memory update = calls(1);
        update.target[0] = address(attacker);
        update.data[0] = abi.encodeCall(attacker.again, ());
        attacker.remember(update);
        governor.stage(update, 0);
        governor.execute(update);
        assertEq(
            keccak256(attacker.refusal()),
            keccak256(abi.encodeWithSignature("Error(string)", "update is not staged")),
            "not staged"
        );
    }

    function test_OwnerCancels() public {
        Governor.Update memory update = unpausing();
        expectReason("update is not staged");
        governor.cancel(update);
        governor.stage(update, 0);
        vm.prank(stranger);
        expectReason("unauthorized: msg.sender not owner");
        governor.cancel(update);
        expectEvent(address(governor));
        emit UpdateCancelled(update);
        governor.cancel(update);
        expectReason("update is not staged");
        governor.execute(update);
        governor.stage(update, 0);
    }

    function test_OwnershipPassesOnlyByAnUpdate() public {
        expectReason("unauthorized: msg.sender not Governor");
        governor.transferOwnership(stranger);
        Governor.Update memory update = calls(1);
        update.target[0] = address(governor);
        update.data[0] = abi.encodeCall(governor.transferOwnership, (stranger));
        governor.stage(update, 0);
        expectEvent(address(governor));
        emit OwnershipTransferred(address(this), stranger);
        governor.execute(update);
        assertEq(governor.owner(), stranger, "owner");
    }

    function unpausing() private view returns (Governor.Update memory update) {
        update = calls(1);
        update.target[0] = address(controller);
        update.data[0] = abi.encodeCall(controller.unpause, ());
    }

    function calls(uint256 count) private pure returns (Governor.Update memory update) {
        update.target = new address[](count);
        update.value = new uint256[](count);
        update.data = new bytes[](count);
    }
}
