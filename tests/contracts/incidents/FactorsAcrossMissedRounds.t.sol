// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "../support/ProtocolFixture.sol";

/// @dev January and March 2021: stake moved in rounds without a reward call started from factors that were not written
/// yet. Random histories of two transcoders and four delegators are compared with plain pro-rata sharing.
contract FactorsAcrossMissedRoundsTest is ProtocolFixture {
    uint256 private constant ROUNDS = 14;
    uint256 private constant DUST = 100000; // wei that rounding may take in one history

    address[4] private delegators = [address(0xd1), address(0xd2), address(0xd3), address(0xd4)];

    // The model: stake with everything earned, and the round from which rewards are earned.
    mapping(address => uint256) private stake;
    mapping(address => uint256) private lastClaim;
    mapping(address => address) private delegate;
    // A transcoder's own unclaimed rewards earn in any case.
    mapping(address => uint256) private unclaimed;
    uint256 private fees;

    function setUp() public override {
        super.setUp();
        open(alice, alice, 100 ether);
        open(bob, bob, 80 ether);
        vm.prank(alice);
        bonding.transcoder(150000, 700000);
        vm.prank(bob);
        bonding.transcoder(0, PERC);
        for (uint256 i = 0; i < 4; i++) open(delegators[i], i % 2 == 0 ? alice : bob, (5 + 3 * i) * 1 ether);
        nextRound();
    }

    function testFuzz_NobodyGetsMoreOrLessThanItsShare(uint256 seed) public {
        for (uint256 round = 0; round < ROUNDS; round++) {
            for (uint256 step = 0; step < 4; step++) {
                seed = uint256(keccak256(abi.encodePacked(seed)));
                act(seed);
            }
            nextRound();
        }
        compare(alice);
        compare(bob);
        uint256 owed = bonding.pendingFees(alice, 0) + bonding.pendingFees(bob, 0);
        for (uint256 i = 0; i < 4; i++) {
            compare(delegators[i]);
            owed += bonding.pendingFees(delegators[i], 0);
        }
        assertTrue(owed <= fees, "more fees than came in");
    }

    function act(uint256 seed) private {
        address transcoder = (seed >> 8) % 2 == 0 ? alice : bob;
        address account = delegators[(seed >> 16) % 4];
        uint256 kind = seed % 8;
        if (kind < 2) doReward(transcoder);
        else if (kind == 2) doFees(transcoder, (seed >> 32) % 3 ether);
        else if (kind == 3) doClaim((seed >> 24) % 4 == 0 ? transcoder : account);
        else if (kind == 4) doMove(account, transcoder);
        else if (kind == 5) doRebond(account, transcoder);
        else if (kind == 6) doAdd(account, (seed >> 32) % 10 ether);
    }

    function doReward(address transcoder) private {
        if (lastRewardRound(transcoder) == rounds.currentRound()) return;
        (, uint256 rewardCut, , , , , , , , ) = bonding.getTranscoder(transcoder);
        uint256 before = bonding.transcoderTotalStake(transcoder);
        reward(transcoder);
        uint256 amount = bonding.transcoderTotalStake(transcoder) - before;
        (uint256 total, , , , ) = bonding.getTranscoderEarningsPoolForRound(transcoder, rounds.currentRound());
        uint256 commission = (amount * rewardCut) / PERC;
        uint256 shared = amount - commission;

        unclaimed[transcoder] += (shared * unclaimed[transcoder]) / total + commission;
        earn(transcoder, transcoder, shared, total);
        for (uint256 i = 0; i < 4; i++) earn(delegators[i], transcoder, shared, total);
    }

    function earn(
        address account,
        address transcoder,
        uint256 shared,
        uint256 total
    ) private {
        if (delegate[account] != transcoder || lastClaim[account] >= rounds.currentRound()) return;
        stake[account] += (shared * stake[account]) / total;
    }

    function doFees(address transcoder, uint256 amount) private {
        addFees(transcoder, amount);
        fees += amount;
    }

    function doClaim(address account) private {
        vm.prank(account);
        bonding.claimEarnings(0);
        settle(account);
    }

    function doMove(address account, address to) private {
        if (delegate[account] == to) return;
        vm.prank(account);
        bonding.bond(0, to);
        settle(account);
        delegate[account] = to;
    }

    function doRebond(address account, address to) private {
        if (uint256(bonding.delegatorStatus(account)) != 1) return;
        uint256 all = bonding.pendingStake(account, 0);
        vm.startPrank(account);
        bonding.unbond(all);
        (, , , , , , uint256 next) = bonding.getDelegator(account);
        bonding.rebondFromUnbonded(to, next - 1);
        vm.stopPrank();
        settle(account);
        delegate[account] = to;
    }

    function doAdd(address account, uint256 amount) private {
        if (amount == 0) return;
        give(account, amount);
        vm.prank(account);
        bonding.bond(amount, delegate[account]);
        settle(account);
        stake[account] += amount;
    }

    function settle(address account) private {
        lastClaim[account] = rounds.currentRound();
        stake[account] += unclaimed[account];
        unclaimed[account] = 0;
    }

    function open(
        address account,
        address to,
        uint256 amount
    ) private {
        bond(account, to, amount);
        stake[account] = amount;
        delegate[account] = to;
        lastClaim[account] = rounds.currentRound();
    }

    function compare(address account) private view {
        uint256 got = bonding.pendingStake(account, 0);
        uint256 expected = stake[account] + unclaimed[account];
        if (got > expected + DUST || expected > got + DUST) revert NotEqual("stake", got, expected);
    }
}
