// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

/// @title Many calls in one: the interface that chain clients expect at 0xcA11bde05977b3631167028862bE2a173976CA11
contract Multicall3 {
    struct Call {
        address target;
        bytes callData;
    }

    struct Call3 {
        address target;
        bool allowFailure;
        bytes callData;
    }

    struct Call3Value {
        address target;
        bool allowFailure;
        uint256 value;
        bytes callData;
    }

    struct Result {
        bool success;
        bytes returnData;
    }

    /// @notice Makes calls that must all succeed
    /// @param calls Calls
    /// @return blockNumber Block the calls ran in
    /// @return returnData Answers in the order of the calls
    function aggregate(Call[] calldata calls)
        public
        payable
        returns (uint256 blockNumber, bytes[] memory returnData)
    {
        blockNumber = block.number;
        returnData = new bytes[](calls.length);
        for (uint256 i = 0; i < calls.length; i++) {
            returnData[i] = _call(calls[i].target, 0, calls[i].callData, false).returnData;
        }
    }

    /// @notice Makes calls that may fail
    /// @param requireSuccess Whether a failure fails the whole
    /// @param calls Calls
    /// @return returnData Outcomes in the order of the calls
    function tryAggregate(bool requireSuccess, Call[] calldata calls)
        public
        payable
        returns (Result[] memory returnData)
    {
        returnData = new Result[](calls.length);
        for (uint256 i = 0; i < calls.length; i++) {
            returnData[i] = _call(calls[i].target, 0, calls[i].callData, !requireSuccess);
        }
    }

    /// @notice Like `tryAggregate`, and tells the block
    /// @param requireSuccess Whether a failure fails the whole
    /// @param calls Calls
    /// @return blockNumber Block the calls ran in
    /// @return blockHash Hash of that block, zero because it is not known yet
    /// @return returnData Outcomes in the order of the calls
    function tryBlockAndAggregate(bool requireSuccess, Call[] calldata calls)
        public
        payable
        returns (
            uint256 blockNumber,
            bytes32 blockHash,
            Result[] memory returnData
        )
    {
        blockNumber = block.number;
        blockHash = blockhash(block.number);
        returnData = tryAggregate(requireSuccess, calls);
    }

    /// @notice Like `tryBlockAndAggregate`, with calls that must all succeed
    /// @param calls Calls
    /// @return blockNumber Block the calls ran in
    /// @return blockHash Hash of that block, zero because it is not known yet
    /// @return returnData Outcomes in the order of the calls
    function blockAndAggregate(Call[] calldata calls)
        public
        payable
        returns (
            uint256 blockNumber,
            bytes32 blockHash,
            Result[] memory returnData
        )
    {
        return tryBlockAndAggregate(true, calls);
    }

    /// @notice Makes calls that may fail if they say so
    /// @param calls Calls
    /// @return returnData Outcomes in the order of the calls
    function aggregate3(Call3[] calldata calls) public payable returns (Result[] memory returnData) {
        returnData = new Result[](calls.length);
        for (uint256 i = 0; i < calls.length; i++) {
            returnData[i] = _call(calls[i].target, 0, calls[i].callData, calls[i].allowFailure);
        }
    }

    /// @notice Like `aggregate3`, and sends ether along; the sum must be exactly what was sent here
    /// @param calls Calls
    /// @return returnData Outcomes in the order of the calls
    function aggregate3Value(Call3Value[] calldata calls) public payable returns (Result[] memory returnData) {
        returnData = new Result[](calls.length);
        uint256 sum = 0;
        for (uint256 i = 0; i < calls.length; i++) {
            Call3Value calldata entry = calls[i];
            sum += entry.value;
            returnData[i] = _call(entry.target, entry.value, entry.callData, entry.allowFailure);
        }
        require(msg.value == sum, "Multicall3: value mismatch");
    }

    /// @notice Hash of one of the last 256 blocks
    /// @param blockNumber Block number
    function getBlockHash(uint256 blockNumber) public view returns (bytes32 blockHash) {
        blockHash = blockhash(blockNumber);
    }

    /// @notice Number of the present block
    function getBlockNumber() public view returns (uint256 blockNumber) {
        blockNumber = block.number;
    }

    /// @notice Receiver of the present block's fees
    function getCurrentBlockCoinbase() public view returns (address coinbase) {
        coinbase = block.coinbase;
    }

    /// @notice Difficulty, on today's chains the beacon chain's random value
    function getCurrentBlockDifficulty() public view returns (uint256 difficulty) {
        difficulty = block.prevrandao;
    }

    /// @notice Gas limit of the present block
    function getCurrentBlockGasLimit() public view returns (uint256 gaslimit) {
        gaslimit = block.gaslimit;
    }

    /// @notice Time of the present block in seconds
    function getCurrentBlockTimestamp() public view returns (uint256 timestamp) {
        timestamp = block.timestamp;
    }

    /// @notice Ether of an account
    /// @param addr Account
    function getEthBalance(address addr) public view returns (uint256 balance) {
        balance = addr.balance;
    }

    /// @notice Hash of the block before the present one
    function getLastBlockHash() public view returns (bytes32 blockHash) {
        blockHash = blockhash(block.number - 1);
    }

    /// @notice Base fee of the present block in wei per gas
    function getBasefee() public view returns (uint256 basefee) {
        basefee = block.basefee;
    }

    /// @notice Id of this chain
    function getChainId() public view returns (uint256 chainid) {
        chainid = block.chainid;
    }

    function _call(
        address _target,
        uint256 _value,
        bytes calldata _callData,
        bool _allowFailure
    ) private returns (Result memory result) {
        (result.success, result.returnData) = _target.call{ value: _value }(_callData);
        require(result.success || _allowFailure, "Multicall3: call failed");
    }
}
