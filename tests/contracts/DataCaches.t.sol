// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "./support/BridgeFixture.sol";

contract DataCachesTest is BridgeFixture {
    event CacheTotalSupplyInitiated(uint256 seqNo, uint256 totalSupply);
    event CacheTotalSupplyFinalized(uint256 totalSupply);
    event L1LPTDataCacheUpdate(address _l1LPTDataCache);
    event L2LPTGatewayUpdate(address _l2LPTGateway);

    function test_SettingsBelongToTheOwner() public {
        vm.startPrank(alice);
        expectReason("Ownable: caller is not the owner");
        cache.setL1LPTDataCache(alice);
        expectReason("Ownable: caller is not the owner");
        cache.setL2LPTGateway(alice);
        vm.stopPrank();
        expectEvent(address(cache));
        emit L1LPTDataCacheUpdate(bob);
        cache.setL1LPTDataCache(bob);
        expectEvent(address(cache));
        emit L2LPTGatewayUpdate(carol);
        cache.setL2LPTGateway(carol);
        assertEq(cache.l1LPTDataCache(), bob, "cache");
        assertEq(cache.l2LPTGateway(), carol, "gateway");
        assertEq(cache.owner(), address(this), "owner");
    }

    function test_TellsTheSupplyOfL1() public {
        (bytes memory data, uint256 supply) = l1Cache.getCacheTotalSupplyData();
        assertEq(supply, l1Token.totalSupply(), "supply");
        vm.deal(alice, TICKET_COST);
        vm.prank(alice);
        expectEvent(address(l1Cache));
        emit CacheTotalSupplyInitiated(0, supply);
        l1Cache.cacheTotalSupply{ value: TICKET_COST }(GAS, GAS_PRICE, SUBMISSION);
        SimulatedBridge.Ticket memory ticket = bridge.ticket(0);
        assertEq(ticket.refundTo, alice, "who paid gets what is left");
        assertEq(keccak256(ticket.data), keccak256(data), "call");
        expectEvent(address(cache));
        emit CacheTotalSupplyFinalized(supply);
        bridge.relayToL2();
        assertEq(cache.l1TotalSupply(), supply, "told");
        assertEq(minter.getGlobalTotalSupply(), token.totalSupply() + supply, "both chains count");

        expectReason("ONLY_COUNTERPART_GATEWAY");
        cache.finalizeCacheTotalSupply(1);
        vm.prank(address(l1Cache));
        expectReason("ONLY_COUNTERPART_GATEWAY");
        cache.finalizeCacheTotalSupply(1);
    }

    function test_CountsWhatCameAndNeverLessThanNothing() public {
        expectReason("NOT_L2_LPT_GATEWAY");
        cache.increaseL2SupplyFromL1(1);
        expectReason("NOT_L2_LPT_GATEWAY");
        cache.decreaseL2SupplyFromL1(1);
        vm.startPrank(address(gateway));
        cache.increaseL2SupplyFromL1(10 ether);
        assertEq(cache.l1CirculatingSupply(), 0, "nothing told yet");
        cache.decreaseL2SupplyFromL1(4 ether);
        assertEq(cache.l2SupplyFromL1(), 6 ether, "6 left");
        vm.stopPrank();
        vm.prank(bridge.aliasOf(address(l1Cache)));
        cache.finalizeCacheTotalSupply(100 ether);
        assertEq(cache.l1CirculatingSupply(), 94 ether, "in circulation on L1");
        vm.startPrank(address(gateway));
        cache.decreaseL2SupplyFromL1(6 ether);
        assertEq(cache.l2SupplyFromL1(), 0, "all gone");
        cache.decreaseL2SupplyFromL1(1 ether);
        assertEq(cache.l2SupplyFromL1(), 0, "and more");
        cache.increaseL2SupplyFromL1(101 ether);
        assertEq(cache.l1CirculatingSupply(), 0, "more here than is known of there");
        vm.stopPrank();
    }
}
