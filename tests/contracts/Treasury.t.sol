// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "./support/GovernanceFixture.sol";

contract TreasuryTest is GovernanceFixture {
    function test_RolesAreThoseOfTheTimelock() public view {
        assertEq(treasury.DEFAULT_ADMIN_ROLE(), bytes32(0), "default");
        assertEq(treasury.TIMELOCK_ADMIN_ROLE(), keccak256("TIMELOCK_ADMIN_ROLE"), "admin");
        assertEq(treasury.PROPOSER_ROLE(), keccak256("PROPOSER_ROLE"), "proposer");
        assertEq(treasury.EXECUTOR_ROLE(), keccak256("EXECUTOR_ROLE"), "executor");
        assertEq(treasury.CANCELLER_ROLE(), keccak256("CANCELLER_ROLE"), "canceller");
        bytes32 admin = treasury.TIMELOCK_ADMIN_ROLE();
        assertEq(treasury.getRoleAdmin(admin), admin, "admin's admin");
        assertEq(treasury.getRoleAdmin(treasury.PROPOSER_ROLE()), admin, "proposer's admin");
        assertEq(treasury.getRoleAdmin(treasury.EXECUTOR_ROLE()), admin, "executor's admin");
        assertEq(treasury.getRoleAdmin(treasury.CANCELLER_ROLE()), admin, "canceller's admin");
        assertTrue(treasury.hasRole(admin, address(treasury)), "it rules itself");
        assertTrue(!treasury.hasRole(admin, address(this)), "and its deployer no more");
        assertEq(treasury.getMinDelay(), 0, "delay");
    }

    function test_InitializesOnce() public {
        expectReason("Initializable: contract is already initialized");
        treasury.initialize(0, new address[](0), new address[](0), address(this));
        Treasury fresh = new Treasury();
        address[] memory proposers = new address[](1);
        proposers[0] = alice;
        address[] memory executors = new address[](1);
        executors[0] = bob;
        fresh.initialize(3 days, proposers, executors, address(0));
        assertTrue(fresh.hasRole(fresh.PROPOSER_ROLE(), alice), "proposer");
        assertTrue(fresh.hasRole(fresh.CANCELLER_ROLE(), alice), "who may cancel too");
        assertTrue(fresh.hasRole(fresh.EXECUTOR_ROLE(), bob), "executor");
        assertTrue(!fresh.hasRole(fresh.TIMELOCK_ADMIN_ROLE(), address(this)), "no admin but itself");
        assertEq(fresh.getMinDelay(), 3 days, "delay");
    }

    function test_OnlyTheGovernorMovesIt() public {
        bytes memory data = abi.encodeCall(token.transfer, (alice, 1));
        string memory who = "0x7fa9385be102ac3eac297483dd6233d62b3e1496";
        expectReason(
            string.concat(
                "AccessControl: account ",
                who,
                " is missing role 0xb09aa5aeb3702cfd50b6b62bc4532604938f21248a27a1d5ca736082b6819cc1"
            )
        );
        treasury.schedule(address(token), 0, data, 0, 0, 0);
        expectReason(
            string.concat(
                "AccessControl: account ",
                who,
                " is missing role 0xd8aa0f3194971a2a116679f7c2090f6939c8d4e01a2a8d7e41d55e5351469e63"
            )
        );
        treasury.execute(address(token), 0, data, 0, 0);
        expectReason("TimelockController: caller must be timelock");
        treasury.updateDelay(1);
        vm.startPrank(address(governor));
        expectReason("TimelockController: operation is not ready");
        treasury.execute(address(token), 0, data, 0, 0);
        vm.stopPrank();
    }

    function test_TakesEtherAndTokens() public {
        vm.deal(address(this), 1 ether);
        (bool success, ) = address(treasury).call{ value: 1 ether }("");
        assertTrue(success && address(treasury).balance == 1 ether, "ether");
        assertEq(
            bytes32(treasury.onERC721Received(address(0), address(0), 0, "")),
            bytes32(bytes4(0x150b7a02)),
            "ERC-721"
        );
        assertEq(
            bytes32(treasury.onERC1155Received(address(0), address(0), 0, 0, "")),
            bytes32(bytes4(0xf23a6e61)),
            "ERC-1155"
        );
    }
}
