// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "../../contracts/Controller.sol";
import "../../contracts/ManagerProxy.sol";
import "./support/Test.sol";

contract Target is ManagerProxyTarget {
    uint256 public value;

    constructor(address _controller) Manager(_controller) {}

    function setValue(uint256 _value) external onlyControllerOwner {
        value = _value;
    }

    function whilePaused() external whenSystemPaused {
        value = 1;
    }

    function whileNotPaused() external whenSystemNotPaused {
        value = 2;
    }

    function fail() external pure {
        revert("from the target");
    }

    receive() external payable {
        value = msg.value;
    }
}

contract ControllerTest is Test {
    event SetContractInfo(bytes32 id, address contractAddress, bytes20 gitCommitHash);
    event SetController(address controller);
    event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);
    event Pause();
    event Unpause();

    bytes32 private constant ID = keccak256("Thing");
    bytes32 private constant TARGET_ID = keccak256("ThingTarget");
    address private constant STRANGER = address(0x51);

    Controller private controller;
    ManagerProxy private proxy;
    Target private thing;

    function setUp() public {
        controller = new Controller();
        Target target = new Target(address(controller));
        controller.setContractInfo(TARGET_ID, address(target), bytes20(0));
        proxy = new ManagerProxy(address(controller), TARGET_ID);
        controller.setContractInfo(ID, address(proxy), bytes20(0));
        thing = Target(payable(address(proxy)));
    }

    function test_StartsPausedInTheHandsOfItsDeployer() public {
        assertTrue(controller.paused(), "paused");
        assertEq(controller.owner(), address(this), "owner");
        bytes32 slot0 = vm.load(address(controller), bytes32(0));
        assertEq(uint256(slot0), (1 << 160) | uint160(address(this)), "owner and paused share slot 0");
    }

    function test_RegistersWithCommitAndOverwritesWithZero() public {
        expectEvent(address(controller));
        emit SetContractInfo(ID, address(1), bytes20(uint160(2)));
        controller.setContractInfo(ID, address(1), bytes20(uint160(2)));
        (address found, bytes20 commit) = controller.getContractInfo(ID);
        assertEq(found, address(1), "address");
        assertEq(uint160(commit), 2, "commit");
        controller.setContractInfo(ID, address(0), bytes20(0));
        assertEq(controller.getContract(ID), address(0), "unregistered");
    }

    function test_RefusesStrangersWithoutAReason() public {
        vm.startPrank(STRANGER);
        expectNoReason();
        controller.setContractInfo(ID, address(1), bytes20(0));
        expectNoReason();
        controller.updateController(ID, address(1));
        expectNoReason();
        controller.unpause();
        expectNoReason();
        controller.pause();
        expectNoReason();
        controller.transferOwnership(STRANGER);
    }

    function test_PausesAndUnpausesOnlyWhenThatChangesSomething() public {
        expectNoReason();
        controller.pause();
        expectEvent(address(controller));
        emit Unpause();
        controller.unpause();
        expectNoReason();
        controller.unpause();
        expectEvent(address(controller));
        emit Pause();
        controller.pause();
    }

    function test_PassesOwnershipOnButNotToNobody() public {
        expectNoReason();
        controller.transferOwnership(address(0));
        expectEvent(address(controller));
        emit OwnershipTransferred(address(this), STRANGER);
        controller.transferOwnership(STRANGER);
        assertEq(controller.owner(), STRANGER, "owner");
    }

    function test_GuardsSpeak() public {
        expectReason("system is paused");
        thing.whileNotPaused();
        thing.whilePaused();
        controller.unpause();
        expectReason("system is not paused");
        thing.whilePaused();
        thing.whileNotPaused();
        vm.prank(STRANGER);
        expectReason("caller must be Controller owner");
        thing.setValue(1);
        expectReason("caller must be Controller");
        thing.setController(address(1));
    }

    function test_MovesAProxyToAnotherController() public {
        Controller next = new Controller();
        expectEvent(address(proxy));
        emit SetController(address(next));
        controller.updateController(ID, address(next));
        assertEq(address(proxy.controller()), address(next), "controller");
    }

    function test_ProxyRunsTheRegisteredTargetOnItsOwnStorage() public {
        thing.setValue(7);
        assertEq(thing.value(), 7, "value");
        assertEq(uint256(vm.load(address(proxy), bytes32(uint256(2)))), 7, "own state begins at slot 2");
        assertEq(vm.load(address(proxy), bytes32(uint256(1))), TARGET_ID, "target id in slot 1");
        assertEq(uint256(vm.load(address(proxy), bytes32(0))), uint160(address(controller)), "controller in slot 0");

        // Registering another target is an upgrade; state stays.
        controller.setContractInfo(TARGET_ID, address(new Target(address(controller))), bytes20(0));
        assertEq(thing.value(), 7, "value after the upgrade");
    }

    function test_ProxyPassesReasonsAndEtherOn() public {
        expectReason("from the target");
        thing.fail();
        (bool sent, ) = address(proxy).call{ value: 5 }("");
        assertTrue(sent, "plain transfer");
        assertEq(thing.value(), 5, "value");
        assertEq(address(proxy).balance, 5, "balance");
    }

    function test_ProxyWithoutATargetRefuses() public {
        controller.setContractInfo(TARGET_ID, address(0), bytes20(0));
        expectReason("target contract must be registered");
        thing.value();
    }
}
