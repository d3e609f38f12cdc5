// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "../support/ProtocolFixture.sol";

/// @dev August 2018: what delegators got depended on the order in which they claimed.
contract OrderOfClaimsTest is ProtocolFixture {
    address[4] private everyone;

    function setUp() public override {
        super.setUp();
        everyone = [alice, dave, erin, address(0xf4a2c)];
        newTranscoder(alice, 100 ether, 70000, 600000);
        for (uint256 i = 1; i < 4; i++) bond(everyone[i], alice, (7 * i + 13) * 1 ether);
    }

    function testFuzz_AnyOrderPaysTheSame(uint256 seed) public {
        for (uint256 round = 0; round < 3; round++) {
            nextRound();
            reward(alice);
            nextRound();
            addFees(alice, 1 ether + (seed % 1 ether));
            reward(alice);

            uint256[4] memory stakes;
            uint256[4] memory fees;
            for (uint256 i = 0; i < 4; i++) {
                stakes[i] = bonding.pendingStake(everyone[i], 0);
                fees[i] = bonding.pendingFees(everyone[i], 0);
            }
            uint256 vault = token.balanceOf(address(minter));
            uint256 total = bonding.transcoderTotalStake(alice);
            // Three of the four claim, in an order that the seed picks; the fourth has waited since the last time.
            for (uint256 i = 0; i < 3; i++) {
                vm.prank(everyone[(seed >> (8 * (3 * round + i))) % 4]);
                bonding.claimEarnings(0);
                for (uint256 j = 0; j < 4; j++) {
                    assertEq(bonding.pendingStake(everyone[j], 0), stakes[j], "stake");
                    assertEq(bonding.pendingFees(everyone[j], 0), fees[j], "fees");
                }
            }
            assertEq(token.balanceOf(address(minter)), vault, "claims move nothing");
            assertEq(bonding.transcoderTotalStake(alice), total, "nor change totals");
        }
    }
}
