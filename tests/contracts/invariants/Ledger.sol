// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "../../../contracts/extensions/BondingManagerRewardCaller.sol";
import "../support/GovernanceFixture.sol";
import "../support/TicketFixture.sol";

/// @title What the invariant campaign remembers about what it did, beside the protocol's own state
/// @dev The protocol of the live network: only active transcoders redeem, reward callers exist. A broken rule is
/// written down instead of reverting, because a revert would take the note back.
abstract contract Ledger is GovernanceFixture, TicketFixture {
    uint256 internal constant ACTORS = 24;
    uint256 internal constant POOL = 6;

    struct Delegator {
        uint256 bonded;
        uint256 fees;
        address delegate;
        uint256 delegated;
        uint256 startRound;
        uint256 lastClaimRound;
        uint256 nextLock;
    }

    struct PastVotes {
        address account; // zero for the supply
        uint256 round;
        uint256 amount;
    }

    /// @notice The first rule that was broken, empty while all hold
    string public broken;
    uint256 public calls;
    uint256 public roundsPassed;

    /// @notice Actors, a transcoder that never leaves, and two twins that only differ in how often they claim
    address[] public accounts;
    address public saver;
    address public claimer;
    uint256 public claimerClaims;

    mapping(address => bool) public slashedWhole;
    uint256 public openLocks;
    mapping(address => uint256) public nextLock;
    mapping(address => uint256[]) internal openIds;

    uint256 public roundTotal;
    mapping(address => uint256) public stakeOfRound;
    uint256 public supplyAtRoundStart;
    uint256 public burnedInRound;
    PastVotes[] internal past;

    mapping(address => uint256) private lastRewardFactor;
    mapping(address => uint256) private lastFeeFactor;

    function newBondingManager() internal virtual override returns (address) {
        return address(new BondingManagerRewardCaller(address(controller)));
    }

    function setUp() public virtual override(GovernanceFixture, TicketFixture) {
        super.setUp();
        bonding.setNumActiveTranscoders(POOL);
        register("Verifier", VERIFIER);
        token.grantRole(keccak256("BURNER_ROLE"), address(minter));
        for (uint256 i = 0; i < ACTORS; i++) {
            accounts.push(address(uint160(0xac70000 + i)));
        }
        accounts.push(alice);
        for (uint256 i = 0; i < POOL; i++) {
            newTranscoder(accounts[i], (40 + 10 * i) * 1 ether, i * 100000, PERC - i * 150000);
        }
        for (uint256 i = POOL; i < ACTORS / 2; i++) {
            bond(accounts[i], accounts[i % POOL], i * 1 ether);
        }
        saver = address(0x5afe);
        claimer = address(0xc1a1);
        accounts.push(saver);
        accounts.push(claimer);
        bond(saver, alice, 10 ether);
        bond(claimer, alice, 10 ether);
    }

    function allAccounts() external view returns (address[] memory) {
        return accounts;
    }

    /// @notice Next lock id of each account, and whether slashing took all it had
    function notes() external view returns (uint256[] memory nextLocks, bool[] memory slashed) {
        nextLocks = new uint256[](accounts.length);
        slashed = new bool[](accounts.length);
        for (uint256 i = 0; i < accounts.length; i++) {
            nextLocks[i] = nextLock[accounts[i]];
            slashed[i] = slashedWhole[accounts[i]];
        }
    }

    function pastCount() external view returns (uint256) {
        return past.length;
    }

    function pastVotes(uint256 index) external view returns (PastVotes memory) {
        return past[index];
    }

    /// @dev An account that moves by itself. forge likes small and special numbers, hence the hash.
    function actor(uint256 seed) internal view returns (address) {
        return accounts[mixed(seed) % ACTORS];
    }

    /// @dev An account to delegate to: often a transcoder, now and then nobody
    function someDelegate(uint256 seed) internal view returns (address) {
        uint256 kind = mixed(seed) % 16;
        if (kind == 0) return address(0);
        return kind < 8 ? member(seed) : accounts[(mixed(seed) >> 8) % (ACTORS + 1)];
    }

    /// @dev A transcoder in the pool of the next round
    function member(uint256 seed) internal view returns (address found) {
        found = bonding.getFirstTranscoderInPool();
        for (uint256 i = (mixed(seed) >> 16) % POOL; i > 0; i--) {
            address next = bonding.getNextTranscoderInPool(found);
            if (next == address(0)) break;
            found = next;
        }
    }

    /// @dev A registered transcoder that is not active, if there is one
    function outsider(uint256 seed) internal view returns (address account) {
        for (uint256 i = 0; i < ACTORS; i++) {
            account = accounts[(mixed(seed) % ACTORS + i) % ACTORS];
            if (bonding.isRegisteredTranscoder(account) && !bonding.isActiveTranscoder(account)) return account;
        }
    }

    function mixed(uint256 seed) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed)));
    }

    /// @dev Notes a broken rule; the first one counts
    function must(bool holds, string memory rule) internal {
        if (!holds && bytes(broken).length == 0) broken = rule;
    }

    /// @dev Notes a call that failed or succeeded against the rules, with its reason
    function mustBe(
        bool ok,
        bool expected,
        bytes memory returned,
        string memory what
    ) internal {
        if (ok == expected) return;
        must(false, string.concat(what, ok ? " should have been refused" : " was refused: ", ok ? "" : reason(returned)));
    }

    function read(address account) internal view returns (Delegator memory d) {
        (d.bonded, d.fees, d.delegate, d.delegated, d.startRound, d.lastClaimRound, d.nextLock) = bonding.getDelegator(
            account
        );
    }

    function lastReward(address transcoder) internal view returns (uint256 round) {
        (round, , , , , , , , , ) = bonding.getTranscoder(transcoder);
    }

    /// @dev Whether a transcoder is active in a round, and its stake in it as a reward call would read it
    function activeStake(address transcoder, uint256 round) internal view returns (bool active, uint256 total) {
        (, , , uint256 updated, uint256 from, uint256 until, , , , ) = bonding.getTranscoder(transcoder);
        active = from <= round && round < until;
        if (!active) return (false, 0);
        (total, , , , ) = bonding.getTranscoderEarningsPoolForRound(transcoder, updated < round ? updated : round);
    }

    /// @dev 8: factors never fall
    function noteFactors(address transcoder) internal {
        (uint256 rewardRound, , , , , , , , , uint256 feeRound) = bonding.getTranscoder(transcoder);
        if (rewardRound > 0) {
            (, , , uint256 factor, ) = bonding.getTranscoderEarningsPoolForRound(transcoder, rewardRound);
            must(factor >= PRECISE && factor >= lastRewardFactor[transcoder], "8: reward factor fell");
            lastRewardFactor[transcoder] = factor;
        }
        if (feeRound > 0) {
            (, , , , uint256 factor) = bonding.getTranscoderEarningsPoolForRound(transcoder, feeRound);
            must(factor >= lastFeeFactor[transcoder], "8: fee factor fell");
            lastFeeFactor[transcoder] = factor;
        }
    }

    /// @dev Calls as an account; a stranger to the call must not notice
    function attempt(
        address account,
        address target,
        bytes memory data
    ) internal returns (bool, bytes memory) {
        return attempt(account, account, target, data, 0);
    }

    /// @dev Calls as an account with effect on another; 15: it must be no disadvantage to that one
    function attempt(
        address account,
        address other,
        address target,
        bytes memory data,
        uint256 value
    ) internal returns (bool ok, bytes memory returned) {
        address bystander = accounts[(7 * calls + 3) % accounts.length];
        bytes32 before = position(bystander);
        Delegator memory d = read(other);
        bool waiting = d.bonded > 0 &&
            bonding.isActiveTranscoder(d.delegate) &&
            lastReward(d.delegate) != rounds.currentRound();

        vm.deal(account, account.balance + value);
        vm.prank(account);
        (ok, returned) = target.call{ value: value }(data);

        if (bystander != account && bystander != other) {
            must(position(bystander) == before, "15: somebody else was touched");
        }
        if (other != account) {
            Delegator memory next = read(other);
            must(d.bonded == 0 || next.delegate == d.delegate, "15: delegate changed by another");
            // An account that lost all its stake by slashing still is its own delegate; stake makes it a transcoder.
            bool made = d.bonded == 0 && next.bonded > 0 && next.delegate == other;
            must(!made || d.delegate == other, "15: made a transcoder by another");
            must(!waiting || next.lastClaimRound == d.lastClaimRound, "15: claim forced before the reward");
            must(next.bonded >= d.bonded, "15: stake taken by another");
        }
    }

    /// @dev Everything of an account that only it may change; what others delegate to it is theirs
    function position(address account) private view returns (bytes32) {
        Delegator memory d = read(account);
        d.delegated = 0;
        return keccak256(abi.encode(d, token.balanceOf(account)));
    }

    function reason(bytes memory returned) private pure returns (string memory) {
        if (returned.length < 68) return "without a reason";
        bytes memory text = new bytes(returned.length - 4);
        for (uint256 i = 0; i < text.length; i++) text[i] = returned[i + 4];
        return bytes4(returned) == bytes4(0x08c379a0) ? abi.decode(text, (string)) : "panic or custom error";
    }
}
