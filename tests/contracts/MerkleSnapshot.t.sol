// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "../../contracts/snapshots/MerkleSnapshot.sol";
import "./support/ProtocolFixture.sol";

contract MerkleSnapshotTest is ProtocolFixture {
    bytes32 private constant ID = keccak256("LIP-73");

    MerkleSnapshot private snapshots;

    function setUp() public override {
        super.setUp();
        snapshots = new MerkleSnapshot(address(controller));
    }

    function test_RootsBelongToTheControllerOwner() public {
        vm.prank(alice);
        expectReason("caller must be Controller owner");
        snapshots.setSnapshot(ID, bytes32(uint256(1)));
        vm.recordLogs();
        snapshots.setSnapshot(ID, bytes32(uint256(1)));
        assertEq(vm.getRecordedLogs().length, 0, "without an event");
        assertEq(snapshots.snapshot(ID), bytes32(uint256(1)), "root");
        snapshots.setSnapshot(ID, bytes32(uint256(2)));
        assertEq(snapshots.snapshot(ID), bytes32(uint256(2)), "new root");
    }

    function test_ProvesMembersAndNobodyElse() public {
        bytes32[4] memory leaves;
        for (uint256 i = 0; i < 4; i++) leaves[i] = keccak256(abi.encodePacked("leaf", i));
        bytes32 left = pair(leaves[0], leaves[1]);
        bytes32 right = pair(leaves[2], leaves[3]);
        snapshots.setSnapshot(ID, pair(left, right));

        for (uint256 i = 0; i < 4; i++) {
            bytes32[] memory proof = new bytes32[](2);
            proof[0] = leaves[i ^ 1];
            proof[1] = i < 2 ? right : left;
            assertTrue(snapshots.verify(ID, proof, leaves[i]), "a member");
            assertTrue(!snapshots.verify(ID, proof, keccak256("other")), "not a member");
            assertTrue(!snapshots.verify(keccak256("LIP-52"), proof, leaves[i]), "of another snapshot");
            proof[0] = proof[1];
            assertTrue(!snapshots.verify(ID, proof, leaves[i]), "wrong proof");
        }
    }

    function test_OneLeafIsItsOwnRoot() public {
        bytes32 leaf = keccak256("alone");
        snapshots.setSnapshot(ID, leaf);
        assertTrue(snapshots.verify(ID, new bytes32[](0), leaf), "empty proof");
        bytes32[] memory twin = new bytes32[](1);
        twin[0] = leaf;
        snapshots.setSnapshot(ID, keccak256(abi.encodePacked(leaf, leaf)));
        assertTrue(snapshots.verify(ID, twin, leaf), "two equal leaves");
    }

    function pair(bytes32 a, bytes32 b) private pure returns (bytes32) {
        return a < b ? keccak256(abi.encodePacked(a, b)) : keccak256(abi.encodePacked(b, a));
    }
}
