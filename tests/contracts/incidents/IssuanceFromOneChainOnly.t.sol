// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "../support/ProtocolFixture.sol";

/// @dev Says how much LPT is in circulation on L1
contract SupplyOfL1 {
    uint256 public l1CirculatingSupply;

    constructor(uint256 supply) {
        l1CirculatingSupply = supply;
    }
}

/// @dev February 2022: after the move to L2 rewards were a share of the supply there only, and too low.
contract IssuanceFromOneChainOnlyTest is ProtocolFixture {
    function testFuzz_IssuanceIsAShareOfTheSupplyOfBothChains(uint256 onL1) public {
        onL1 = bound(onL1, 0, 30000000 ether);
        register("L2LPTDataCache", address(new SupplyOfL1(onL1)));
        nextRound();
        uint256 supply = token.totalSupply() + onL1;
        assertEq(minter.getGlobalTotalSupply(), supply, "supply");
        assertEq(minter.currentMintableTokens(), (supply * minter.inflation()) / 1000000000, "issuance");
    }

    function test_BondedShareIsOfBothChainsToo() public {
        newTranscoder(alice, 600000 ether, 0, 0); // 60 % of what is here
        uint256 inflation = minter.inflation();
        nextRound();
        assertEq(minter.inflation(), inflation - 500, "above the target");
        register("L2LPTDataCache", address(new SupplyOfL1(1000000 ether)));
        nextRound();
        assertEq(minter.inflation(), inflation, "30 % of everything, below the target");
    }
}
