// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "../../contracts/AIServiceRegistry.sol";
import "../../contracts/extensions/Multicall3.sol";
import "./support/ProtocolFixture.sol";

contract ServiceRegistryTest is ProtocolFixture {
    event ServiceURIUpdate(address indexed addr, string serviceURI);

    function test_AnyonePublishesAlsoWhilePaused() public {
        controller.pause();
        vm.prank(alice);
        expectEvent(address(registry));
        emit ServiceURIUpdate(alice, "https://127.0.0.1:8935");
        registry.setServiceURI("https://127.0.0.1:8935");
        assertEq(registry.getServiceURI(alice), "https://127.0.0.1:8935", "uri");
        assertEq(registry.getServiceURI(bob), "", "nobody else's");
    }

    function test_AiRegistryWorksAloneAtTheAddressNodesKnow() public {
        // Placed there as bare code, without a controller, as a local network does it.
        AIServiceRegistry ai = AIServiceRegistry(0x04C0b249740175999E5BF5c9ac1dA92431EF34C5);
        vm.etch(address(ai), address(new AIServiceRegistry(address(controller))).code);
        vm.prank(alice);
        expectEvent(address(ai));
        emit ServiceURIUpdate(alice, "https://127.0.0.1:8936");
        ai.setServiceURI("https://127.0.0.1:8936");
        assertEq(ai.getServiceURI(alice), "https://127.0.0.1:8936", "uri");
        assertEq(registry.getServiceURI(alice), "", "the other registry knows nothing of it");
        expectReason("caller must be Controller");
        ai.setController(alice);
    }

    function test_MulticallBatchesReads() public {
        Multicall3 multicall = new Multicall3();
        Multicall3.Call3[] memory calls = new Multicall3.Call3[](2);
        calls[0] = Multicall3.Call3(address(rounds), false, abi.encodeWithSignature("currentRound()"));
        calls[1] = Multicall3.Call3(address(rounds), true, abi.encodeWithSignature("initializeRound()"));
        Multicall3.Result[] memory results = multicall.aggregate3(calls);
        assertTrue(results[0].success && !results[1].success, "outcomes");
        assertEq(abi.decode(results[0].returnData, (uint256)), 11, "round");

        calls[1].allowFailure = false;
        expectReason("Multicall3: call failed");
        multicall.aggregate3(calls);

        Multicall3.Call[] memory plain = new Multicall3.Call[](1);
        plain[0] = Multicall3.Call(address(rounds), abi.encodeWithSignature("roundLength()"));
        (uint256 number, bytes[] memory data) = multicall.aggregate(plain);
        assertEq(number, block.number, "block");
        assertEq(abi.decode(data[0], (uint256)), ROUND_LENGTH, "length");

        Multicall3.Call3Value[] memory paying = new Multicall3.Call3Value[](1);
        paying[0] = Multicall3.Call3Value(bob, false, 3, "");
        expectReason("Multicall3: value mismatch");
        multicall.aggregate3Value{ value: 4 }(paying);
        multicall.aggregate3Value{ value: 3 }(paying);
        assertEq(multicall.getEthBalance(bob), 3, "paid");
        assertEq(multicall.getChainId(), block.chainid, "chain");
    }
}
