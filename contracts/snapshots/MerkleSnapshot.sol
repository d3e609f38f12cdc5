// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

import "../Manager.sol";

/// @title Roots of Merkle trees over states of other chains and former times
contract MerkleSnapshot is Manager {
    /// @notice Root of a snapshot, by its id
    mapping(bytes32 => bytes32) public snapshot;

    constructor(address _controller) Manager(_controller) {}

    /// @notice Sets the root of a snapshot
    /// @param _id keccak256 of the snapshot's name
    /// @param _root Root
    function setSnapshot(bytes32 _id, bytes32 _root) external onlyControllerOwner {
        snapshot[_id] = _root;
    }

    /// @notice Whether a leaf is part of a snapshot
    /// @param _id Id of the snapshot
    /// @param _proof Siblings from the leaf to the root, each pair hashed in ascending order
    /// @param _leaf Leaf
    function verify(
        bytes32 _id,
        bytes32[] calldata _proof,
        bytes32 _leaf
    ) external view returns (bool) {
        return MerkleProof.verify(_proof, snapshot[_id], _leaf);
    }
}
