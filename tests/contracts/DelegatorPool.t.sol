// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "../../contracts/arbitrum/L2/DelegatorPool.sol";
import "./support/ProtocolFixture.sol";

contract DelegatorPoolTest is ProtocolFixture {
    event Claimed(address indexed _delegator, uint256 _stake, uint256 _fees);
    event DelegatorPoolInitialized(
        address indexed _bondingManager,
        address indexed _migrator,
        uint256 _initialStake
    );

    DelegatorPool private pool;

    /// @dev 90 LPT of delegators beside 10 of the transcoder; this contract is the migrator
    function setUp() public override {
        super.setUp();
        newTranscoder(alice, 10 ether, 0, PERC);
        pool = new DelegatorPool();
        bond(address(pool), alice, 90 ether);
        pool.initialize(address(bonding));
        nextRound();
    }

    function test_InitializesOnceWithItsStake() public {
        assertEq(pool.initialStake(), 90 ether, "stake");
        assertEq(pool.claimedInitialStake(), 0, "claimed");
        expectReason("Initializable: contract is already initialized");
        pool.initialize(address(bonding));
        DelegatorPool fresh = new DelegatorPool();
        vm.prank(bob);
        expectEvent(address(fresh));
        emit DelegatorPoolInitialized(address(bonding), bob, 0);
        fresh.initialize(address(bonding));
    }

    function test_OnlyItsMigratorClaimsAndNotMoreThanThereIs() public {
        vm.prank(bob);
        expectReason("POOL:NOT_MIGRATOR");
        pool.claim(bob, 1);
        expectReason("POOL:INVALID_CLAIM");
        pool.claim(bob, 90 ether + 1);
        pool.claim(bob, 60 ether);
        expectReason("POOL:INVALID_CLAIM");
        pool.claim(carol, 30 ether + 1);
        pool.claim(carol, 30 ether);
        assertEq(bondedAmount(address(pool)), 0, "all claimed");
    }

    function test_EarningsAreSharedByInitialStake() public {
        reward(alice);
        addFees(alice, 10 ether);
        nextRound();
        uint256 stake = bonding.pendingStake(address(pool), 0);
        uint256 fees = bonding.pendingFees(address(pool), 0);
        assertTrue(stake > 90 ether && fees > 0, "earned");
        reward(alice); // so that nobody loses this round's reward by a claim
        stake = bonding.pendingStake(address(pool), 0);
        expectEvent(address(pool));
        emit Claimed(bob, stake / 3, fees / 3);
        pool.claim(bob, 30 ether);
        assertEq(bondedAmount(bob), stake / 3, "a third of the stake");
        assertEq(bob.balance, fees / 3, "a third of the fees");
        assertEq(pool.claimedInitialStake(), 30 ether, "of the initial stake");

        nextRound();
        reward(alice);
        stake = bonding.pendingStake(address(pool), 0);
        pool.claim(carol, 30 ether);
        assertEq(bondedAmount(carol), stake / 2, "half of what is left, grown meanwhile");
        pool.claim(dave, 30 ether);
        assertEq(bondedAmount(address(pool)), 0, "the last takes the rest");
        assertTrue(bonding.pendingFees(address(pool), 0) == 0, "of the fees too");
    }
}
