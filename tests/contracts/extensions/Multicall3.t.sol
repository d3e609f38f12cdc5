// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "../../../contracts/extensions/Multicall3.sol";
import "../support/Test.sol";

contract Answering {
    function answer() external payable returns (uint256) {
        return 42 + msg.value;
    }

    function refuse() external pure {
        revert("no");
    }
}

contract Multicall3Test is Test {
    Multicall3 private multicall;
    address private target;
    bytes private asked = abi.encodeCall(Answering.answer, ());
    bytes private refused = abi.encodeCall(Answering.refuse, ());

    function setUp() public {
        multicall = new Multicall3();
        target = address(new Answering());
        vm.roll(1000);
        vm.warp(5000);
    }

    function test_AllOrNothing() public {
        (uint256 number, bytes[] memory answers) = multicall.aggregate(calls(asked));
        assertEq(number, 1000, "block");
        assertEq(abi.decode(answers[1], (uint256)), 42, "answer");
        bytes32 hash;
        Multicall3.Result[] memory results;
        (number, hash, results) = multicall.blockAndAggregate(calls(asked));
        assertEq(number, 1000, "block again");
        assertEq(hash, bytes32(0), "not known yet");
        assertTrue(results[1].success, "outcome");
        expectReason("Multicall3: call failed");
        multicall.aggregate(calls(refused));
        expectReason("Multicall3: call failed");
        multicall.blockAndAggregate(calls(refused));
        expectReason("Multicall3: call failed");
        multicall.tryAggregate(true, calls(refused));
    }

    function test_FailuresThatAreAllowedAreTold() public {
        Multicall3.Result[] memory results = multicall.tryAggregate(false, calls(refused));
        assertTrue(results[0].success && !results[1].success, "outcomes");
        assertEq(
            keccak256(results[1].returnData),
            keccak256(abi.encodeWithSignature("Error(string)", "no")),
            "the reason is passed on"
        );
        (, , results) = multicall.tryBlockAndAggregate(false, calls(refused));
        assertTrue(results[0].success && !results[1].success, "outcomes with the block");
        Multicall3.Call3[] memory entries = new Multicall3.Call3[](1);
        entries[0] = Multicall3.Call3(target, true, refused);
        assertTrue(!multicall.aggregate3(entries)[0].success, "each says so for itself");
        entries[0].allowFailure = false;
        expectReason("Multicall3: call failed");
        multicall.aggregate3(entries);
    }

    function test_PassesOnExactlyTheEtherSent() public {
        Multicall3.Call3Value[] memory entries = new Multicall3.Call3Value[](2);
        entries[0] = Multicall3.Call3Value(target, false, 1, asked);
        entries[1] = Multicall3.Call3Value(target, false, 2, asked);
        vm.deal(address(this), 10);
        Multicall3.Result[] memory results = multicall.aggregate3Value{ value: 3 }(entries);
        assertEq(abi.decode(results[0].returnData, (uint256)), 43, "first");
        assertEq(abi.decode(results[1].returnData, (uint256)), 44, "second");
        assertEq(multicall.getEthBalance(target), 3, "arrived");
        expectReason("Multicall3: value mismatch");
        multicall.aggregate3Value{ value: 4 }(entries);
        assertEq(address(multicall).balance, 0, "nothing stays");
    }

    function test_TellsAboutTheBlock() public view {
        assertEq(multicall.getBlockNumber(), 1000, "number");
        assertEq(multicall.getBlockHash(990), blockhash(990), "hash");
        assertEq(multicall.getLastBlockHash(), blockhash(999), "last hash");
        assertTrue(multicall.getLastBlockHash() != multicall.getBlockHash(990), "not the same block");
        assertEq(multicall.getCurrentBlockTimestamp(), 5000, "time");
        assertEq(multicall.getCurrentBlockCoinbase(), block.coinbase, "coinbase");
        assertEq(multicall.getCurrentBlockDifficulty(), block.prevrandao, "difficulty");
        assertEq(multicall.getCurrentBlockGasLimit(), block.gaslimit, "gas limit");
        assertEq(multicall.getBasefee(), block.basefee, "base fee");
        assertEq(multicall.getChainId(), block.chainid, "chain");
    }

    function calls(bytes memory second) private view returns (Multicall3.Call[] memory list) {
        list = new Multicall3.Call[](2);
        list[0] = Multicall3.Call(target, asked);
        list[1] = Multicall3.Call(target, second);
    }
}
