// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "../../contracts/rounds/AdjustableRoundsManager.sol";
import "./support/ProtocolFixture.sol";

contract RoundsManagerTest is ProtocolFixture {
    event NewRound(uint256 indexed round, bytes32 blockHash);
    event ParameterUpdate(string param);

    function test_CountsRoundsFromTheFirstSetting() public view {
        assertEq(rounds.currentRound(), 11, "ten rounds before, one since");
        assertEq(rounds.currentRoundStartBlock(), 11 * ROUND_LENGTH, "start");
        assertEq(rounds.blockNum(), block.number, "plain block number");
    }

    function test_LengthChangesWithoutAJump() public {
        vm.roll(block.number + 17);
        uint256 start = rounds.currentRoundStartBlock();
        expectEvent(address(rounds));
        emit ParameterUpdate("roundLength");
        rounds.setRoundLength(20);
        assertEq(rounds.currentRound(), 11, "same round");
        assertEq(rounds.currentRoundStartBlock(), start, "same start");
        assertEq(rounds.lastRoundLengthUpdateRound(), 11, "anchor round");
        vm.roll(start + 20);
        assertEq(rounds.currentRound(), 12, "new length holds");
        expectReason("round length cannot be 0");
        rounds.setRoundLength(0);
        vm.prank(alice);
        expectReason("caller must be Controller owner");
        rounds.setRoundLength(1);
    }

    function test_UnsetLengthPanics() public {
        RoundsManager fresh = new RoundsManager(address(controller));
        expectPanic(0x12);
        fresh.currentRound();
    }

    function test_LocksItsLastTenth() public {
        uint256 start = rounds.currentRoundStartBlock();
        vm.roll(start + 44);
        assertTrue(!rounds.currentRoundLocked(), "open");
        vm.roll(start + 45);
        assertTrue(rounds.currentRoundLocked(), "locked");
        expectReason("round lock amount must be a valid percentage");
        rounds.setRoundLockAmount(PERC + 1);
        expectEvent(address(rounds));
        emit ParameterUpdate("roundLockAmount");
        rounds.setRoundLockAmount(0);
        assertTrue(!rounds.currentRoundLocked(), "never locked");
    }

    function test_InitializesOncePerRound() public {
        expectReason("round already initialized");
        rounds.initializeRound();
        toNextRound();
        assertTrue(!rounds.currentRoundInitialized(), "not yet");
        bytes32 expected = blockhash(block.number - 1);
        assertTrue(expected != bytes32(0), "there is a hash");
        vm.prank(alice);
        expectEvent(address(rounds));
        emit NewRound(12, expected);
        rounds.initializeRound();
        assertTrue(rounds.currentRoundInitialized(), "now");
        assertEq(rounds.blockHashForRound(12), expected, "kept");
        vm.roll(block.number + 3 * ROUND_LENGTH);
        assertEq(rounds.blockHashForRound(12), expected, "kept for ever");
        rounds.initializeRound();
        assertEq(rounds.blockHashForRound(14), bytes32(0), "a round nobody initialized has none");
    }

    function test_PauseStopsInitialization() public {
        toNextRound();
        controller.pause();
        expectReason("system is paused");
        rounds.initializeRound();
    }

    function test_YoungChainIsInRoundZeroAndInitialized() public {
        vm.roll(3);
        RoundsManager fresh = new RoundsManager(address(controller));
        fresh.setRoundLength(50);
        assertEq(fresh.currentRound(), 0, "round");
        assertTrue(fresh.currentRoundInitialized(), "counts as initialized");
        expectReason("round already initialized");
        fresh.initializeRound();
    }

    function test_BlockHashesReachBack256Blocks() public {
        uint256 now_ = block.number;
        expectReason("can only retrieve past block hashes");
        rounds.blockHash(now_);
        expectReason("can only retrieve hashes for last 256 blocks");
        rounds.blockHash(now_ - 257);
        assertEq(rounds.blockHash(now_ - 256), blockhash(now_ - 256), "oldest");
    }

    function test_TheAdjustableOneCountsBlocksByHand() public {
        AdjustableRoundsManager byHand = new AdjustableRoundsManager(address(controller));
        byHand.setBlockNum(ROUND_LENGTH * 20);
        byHand.setRoundLength(ROUND_LENGTH);
        assertEq(byHand.currentRound(), 20, "set");
        byHand.mineBlocks(ROUND_LENGTH + 1);
        assertEq(byHand.currentRound(), 21, "mined");
        assertEq(byHand.blockNum(), ROUND_LENGTH * 21 + 1, "block");
        byHand.setBlockHash(bytes32(uint256(7)));
        assertEq(byHand.blockHash(ROUND_LENGTH * 21), bytes32(uint256(7)), "hash of any recent block");
        expectNoReason();
        byHand.blockHash(ROUND_LENGTH * 21 - 256);
    }

    function test_LipRoundIsSetOnce() public {
        rounds.setLIPUpgradeRound(36, 0);
        rounds.setLIPUpgradeRound(36, 5);
        expectReason("LIP upgrade round already set");
        rounds.setLIPUpgradeRound(36, 6);
        assertEq(rounds.lipUpgradeRound(36), 5, "round");
        vm.prank(alice);
        expectReason("caller must be Controller owner");
        rounds.setLIPUpgradeRound(1, 1);
    }
}
