// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

/// @title Owner of the Controller: runs what its own owner staged, after a delay (LIP-25)
contract Governor {
    /// @notice Calls to be made together
    /// @dev `nonce` tells two updates with the same calls apart
    struct Update {
        address[] target;
        uint256[] value;
        bytes[] data;
        uint256 nonce;
    }

    /// @notice Account that stages and cancels
    address public owner;

    /// @notice First block in which a staged update, by its hash, can be executed; 0 when it is not staged
    mapping(bytes32 => uint256) public updates;

    event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);
    event UpdateStaged(Update update, uint256 delay);
    event UpdateExecuted(Update update);
    event UpdateCancelled(Update update);

    modifier onlyThis() {
        require(msg.sender == address(this), "unauthorized: msg.sender not Governor");
        _;
    }

    modifier onlyOwner() {
        require(msg.sender == owner, "unauthorized: msg.sender not owner");
        _;
    }

    constructor() {
        owner = msg.sender;
        emit OwnershipTransferred(address(0), msg.sender);
    }

    /// @notice Passes ownership on; only by an executed update
    /// @param newOwner Next owner, not the zero address
    function transferOwnership(address newOwner) external onlyThis {
        require(newOwner != address(0), "newOwner is a null address");
        emit OwnershipTransferred(owner, newOwner);
        owner = newOwner;
    }

    /// @notice Announces an update
    /// @param _update Update
    /// @param _delay Blocks until it can be executed
    function stage(Update memory _update, uint256 _delay) external onlyOwner {
        bytes32 updateHash = _hash(_update);
        require(updates[updateHash] == 0, "update already staged");
        updates[updateHash] = block.number + _delay;
        emit UpdateStaged(_update, _delay);
    }

    /// @notice Makes the calls of an update whose delay is over; anyone may do so
    /// @param _update Update
    function execute(Update memory _update) external payable {
        bytes32 updateHash = _hash(_update);
        uint256 executableFrom = updates[updateHash];
        require(executableFrom > 0, "update is not staged");
        require(block.number >= executableFrom, "delay for update not expired");

        // Before the calls, so that they cannot execute it again.
        delete updates[updateHash];
        for (uint256 i = 0; i < _update.target.length; i++) {
            (bool success, bytes memory returned) = _update.target[i].call{ value: _update.value[i] }(
                _update.data[i]
            );
            require(success, string(returned));
        }
        emit UpdateExecuted(_update);
    }

    /// @notice Takes an announced update back
    /// @param _update Update
    function cancel(Update memory _update) external onlyOwner {
        bytes32 updateHash = _hash(_update);
        require(updates[updateHash] > 0, "update is not staged");
        delete updates[updateHash];
        emit UpdateCancelled(_update);
    }

    function _hash(Update memory _update) private pure returns (bytes32) {
        return keccak256(abi.encode(_update));
    }
}
