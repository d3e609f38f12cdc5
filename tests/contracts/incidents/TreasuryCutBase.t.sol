// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "../support/ProtocolFixture.sol";

/// @dev August 2023 audit: fees in the round of a first reward took the treasury's share with the wrong percentage
/// base, underflowed, and made winning tickets unredeemable.
contract TreasuryCutBaseTest is ProtocolFixture {
    function test_FeesAfterAFirstRewardWithATreasuryCutAreCredited() public {
        bonding.setTreasuryRewardCutRate(PRECISE / 10);
        newTranscoder(alice, 100 ether, 100000, 500000);
        bond(dave, alice, 100 ether);
        nextRound();
        reward(alice);
        addFees(alice, 4 ether);

        // The reference estimates the factor before a first reward from the issuance, and counts minted tokens twice.
        uint256 stake = 200 ether;
        uint256 rewards = minter.currentMintableTokens() + minter.currentMintedTokens();
        rewards -= rewards / 10;
        uint256 toDelegators = rewards - (rewards * 100000) / PERC;
        (, , , uint256 factor, uint256 feeFactor) = bonding.getTranscoderEarningsPoolForRound(
            alice,
            rounds.currentRound()
        );
        uint256 before = (factor * ((stake * PRECISE) / (toDelegators + stake))) / PRECISE;
        assertTrue(before > 0 && before < PRECISE, "an estimate below 1");
        assertEq(feeFactor, (before * ((2 ether * PRECISE) / stake)) / PRECISE, "fee factor");
        uint256 share = (100 ether * ((feeFactor * PRECISE) / PRECISE)) / PRECISE;
        assertEq(bonding.pendingFees(dave, 0), share, "delegator");
        assertEq(bonding.pendingFees(alice, 0), 2 ether + share, "transcoder");
    }
}
