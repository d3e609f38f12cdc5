// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "./invariants/ProtocolHandler.sol";

/// @title One campaign of random moves; after each of them everything that must always hold is checked
/// @dev The numbers are those under which the rules are known to whoever wrote them down. Rules about a single move
/// (8, 11, 13 to 15, 19 to 22) are checked by the handler when it makes the move; it notes the first broken one.
contract InvariantsTest is Test {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    struct Account {
        address account;
        uint256 bonded;
        address delegate;
        uint256 delegated;
        uint256 startRound;
        uint256 lastClaimRound;
        uint256 nextLock;
        uint256 stake; // with unclaimed rewards
        uint256 votes;
        address votesDelegate;
        bool checkpointed;
        bool slashedWhole;
        uint256 fromDelegators; // their stakes
        uint256 votesOfDelegators;
        bool transcoder;
    }

    uint256 private constant PRECISE = 10**27;

    ProtocolHandler private handler;
    BondingManager private bonding;
    BondingVotes private votes;
    TicketBroker private broker;
    Minter private minter;
    LivepeerToken private token;
    RoundsManager private rounds;
    address[] private accounts;
    address[6] private proxies;
    bytes32[12] private firstSlots;

    function setUp() public {
        handler = new ProtocolHandler();
        (bonding, votes, broker, minter, token, rounds) = handler.contracts();
        accounts = handler.allAccounts();
        proxies = handler.proxies();
        firstSlots = slotsOfProxies();
    }

    /// @dev forge calls only these
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// @dev forge calls only these functions of it; what is here twice comes twice as often
    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        bytes4[23] memory list = [
            handler.doSkipRounds.selector,
            handler.doBond.selector,
            handler.doBond.selector,
            handler.doBondFor.selector,
            handler.doUnbond.selector,
            handler.doUnbond.selector,
            handler.doRebond.selector,
            handler.doWithdrawStake.selector,
            handler.doTransferBond.selector,
            handler.doTranscoder.selector,
            handler.doRewards.selector,
            handler.doRewards.selector,
            handler.doRewards.selector,
            handler.doSlash.selector,
            handler.doClaim.selector,
            handler.doCheckpoint.selector,
            handler.doFees.selector,
            handler.doFund.selector,
            handler.doLeave.selector,
            handler.doRedeem.selector,
            handler.doVote.selector,
            handler.doSettings.selector,
            handler.doPause.selector
        ];
        bytes4[] memory selectors = new bytes4[](list.length);
        for (uint256 i = 0; i < list.length; i++) selectors[i] = list[i];
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(handler), selectors);
    }

    function invariant_EverythingHolds() public view {
        string memory broken = handler.broken();
        if (bytes(broken).length > 0) revert NotTrue(broken);

        uint256 round = rounds.currentRound();
        Account[] memory all = readAccounts(round);
        vaults(all);
        delegations(all);
        pool();
        activeStake(all, round);
        issuance();
        for (uint256 i = 0; i < all.length; i++) {
            status(all[i], round);
            checkpoints(all[i], round);
        }
        votingPower(all);
        shortcuts(all[handler.calls() % all.length]);
        pastVotes();
        twins();
        bytes32[12] memory slots = slotsOfProxies();
        for (uint256 i = 0; i < 12; i++) {
            assertEq(slots[i], firstSlots[i], "23: first slots of the proxies");
        }
    }

    /// @dev 1 and 2: the vault holds all stake, bonded with rewards and locked, and all deposits, reserves and fees
    function vaults(Account[] memory all) private view {
        uint256 lpt = handler.openLocks();
        uint256 eth = 0;
        for (uint256 i = 0; i < all.length; i++) {
            lpt += all[i].stake;
            eth += bonding.pendingFees(all[i].account, 0);
        }
        for (uint256 i = 0; i < 3; i++) {
            (MixinTicketBrokerCore.Sender memory info, MReserve.ReserveInfo memory reserve) = broker.getSenderInfo(
                handler.senderAt(i)
            );
            eth += info.deposit + reserve.fundsRemaining;
        }
        assertTrue(token.balanceOf(address(minter)) >= lpt, "1: LPT in the vault");
        assertTrue(address(minter).balance >= eth, "2: ether in the vault");
    }

    /// @dev 3: what is delegated to an account covers its delegators' stakes, so that all of it can be taken out
    function delegations(Account[] memory all) private view {
        uint256 toNobody = 0;
        for (uint256 i = 0; i < all.length; i++) {
            assertTrue(all[i].delegated >= all[i].fromDelegators, "3: delegated");
            if (all[i].delegate == address(0)) toNobody += all[i].stake;
        }
        assertTrue(bonding.transcoderTotalStake(address(0)) >= toNobody, "3: delegated to nobody");
    }

    /// @dev 4 and 5: the pool is sorted, linked both ways, within its size, and adds up to the next round's stake
    function pool() private view {
        uint256 sum = 0;
        uint256 count = 0;
        uint256 last = type(uint256).max;
        address previous = address(0);
        address member = bonding.getFirstTranscoderInPool();
        while (member != address(0)) {
            uint256 node = uint256(keccak256(abi.encode(member, 11)));
            uint256 key = uint256(load(address(bonding), node));
            assertTrue(key > 0 && key <= last, "4: order");
            assertEq(key, bonding.transcoderTotalStake(member), "4: key is the stake");
            assertEq(address(uint160(uint256(load(address(bonding), node + 2)))), previous, "4: link back");
            assertTrue(bonding.isRegisteredTranscoder(member), "4: registered");
            last = key;
            previous = member;
            sum += key;
            count++;
            member = bonding.getNextTranscoderInPool(member);
        }
        assertEq(address(uint160(uint256(load(address(bonding), 8)))), previous, "4: tail");
        assertEq(count, bonding.getTranscoderPoolSize(), "4: size");
        assertTrue(count <= bonding.getTranscoderPoolMaxSize(), "4: limit");
        assertEq(sum, bonding.nextRoundTotalActiveStake(), "5: total");
    }

    /// @dev 6: within a round the active stake is what it was at its beginning
    function activeStake(Account[] memory all, uint256 round) private view {
        assertEq(bonding.currentRoundTotalActiveStake(), handler.roundTotal(), "6: total of the round");
        for (uint256 i = 0; i < all.length; i++) {
            (, , , uint256 updated, uint256 from, uint256 until, , , , ) = bonding.getTranscoder(all[i].account);
            if (round < from || round >= until) continue;
            (uint256 total, , , , ) = bonding.getTranscoderEarningsPoolForRound(
                all[i].account,
                updated < round ? updated : round
            );
            assertEq(total, handler.stakeOfRound(all[i].account), "6: stake of the round");
        }
    }

    /// @dev 7: what was minted is what the supply grew by, and not more than the round allows
    function issuance() private view {
        uint256 minted = minter.currentMintedTokens();
        assertTrue(minted <= minter.currentMintableTokens(), "7: minted");
        assertEq(
            token.totalSupply(),
            handler.supplyAtRoundStart() + minted - handler.burnedInRound(),
            "7: supply"
        );
    }

    /// @dev 9 and 10
    function status(Account memory a, uint256 round) private pure {
        assertTrue(a.lastClaimRound <= round, "9: claims end now");
        if (a.bonded == 0 && !a.slashedWhole) {
            assertEq(a.delegate, address(0), "10: unbonded without a delegate");
            assertEq(a.startRound, 0, "10: unbonded without a start round");
        }
    }

    /// @dev 9 and 18: checkpoints are in order, at most for the next round, and claims end before them
    function checkpoints(Account memory a, uint256 round) private view {
        uint256 slot = uint256(keccak256(abi.encode(a.account, 2)));
        uint256 length = uint256(load(address(votes), slot));
        if (length == 0) return;
        a.checkpointed = true;
        uint256 array = uint256(keccak256(abi.encode(slot)));
        uint256 last = uint256(load(address(votes), array + length - 1));
        if (length > 1) {
            assertTrue(uint256(load(address(votes), array + length - 2)) < last, "18: checkpoints in order");
        }
        assertTrue(last <= round + 1, "18: checkpoint of the future");
        uint256 data = uint256(keccak256(abi.encode(last, slot + 1)));
        assertTrue(uint256(load(address(votes), data + 3)) + 1 <= last, "9: claim after the checkpoint");
    }

    /// @dev 16, and what counting of votes rests on: a transcoder's votes cover those of its delegators
    function votingPower(Account[] memory all) private pure {
        for (uint256 i = 0; i < all.length; i++) {
            Account memory a = all[i];
            if (!a.checkpointed) {
                assertEq(a.votes, 0, "16: votes without a checkpoint");
                continue;
            }
            assertEq(a.votesDelegate, a.delegate, "16: delegate");
            uint256 expected = a.transcoder ? a.delegated : a.bonded > 0 && isTranscoder(all, a.delegate) ? a.stake : 0;
            assertEq(a.votes, expected, "16: votes");
            if (a.transcoder) assertTrue(a.votes >= a.votesOfDelegators, "19: votes of a transcoder");
        }
    }

    function isTranscoder(Account[] memory all, address account) private pure returns (bool) {
        for (uint256 i = 0; i < all.length; i++) {
            if (all[i].account == account) return all[i].transcoder;
        }
        return false;
    }

    /// @dev Functions that say again what the other checks read elsewhere; one account a time. 10 and 16.
    function shortcuts(Account memory a) private view {
        bool unbonded = bonding.delegatorStatus(a.account) == BondingManager.DelegatorStatus.Unbonded;
        assertTrue(unbonded == (a.bonded == 0), "10: unbonded means nothing bonded");
        assertTrue(bonding.isRegisteredTranscoder(a.account) == a.transcoder, "10: registered");
        assertEq(votes.getVotes(a.account), a.votes, "16: votes now");
        assertEq(votes.delegates(a.account), a.votesDelegate, "16: delegate now");
        assertTrue(votes.hasCheckpoint(a.account) == a.checkpointed, "16: has a checkpoint");
    }

    /// @dev 17: the past does not change; two entries a time
    function pastVotes() private view {
        uint256 count = handler.pastCount();
        for (uint256 i = 0; i < 2; i++) {
            Ledger.PastVotes memory entry = handler.pastVotes((handler.calls() * (i + 1)) % count);
            uint256 amount = entry.account == address(0)
                ? votes.getPastTotalSupply(entry.round)
                : votes.getPastVotes(entry.account, entry.round);
            assertEq(amount, entry.amount, "17: past votes");
        }
    }

    /// @dev 12: claiming every round or never comes to the same, but for a wei a claim and what that wei would have earned
    function twins() private view {
        uint256 often = bonding.pendingStake(handler.claimer(), 0);
        uint256 never = bonding.pendingStake(handler.saver(), 0);
        uint256 tolerance = (handler.claimerClaims() + 2) * (1 + never / 10 ether); // both began with 10 LPT
        assertTrue(often <= never + tolerance && never <= often + tolerance, "12: claims in between");
    }

    /// @dev Every call goes through a proxy that asks the Controller, so nothing is read twice
    function readAccounts(uint256 round) private view returns (Account[] memory all) {
        all = new Account[](accounts.length);
        (uint256[] memory nextLocks, bool[] memory slashed) = handler.notes();
        for (uint256 i = 0; i < all.length; i++) {
            Account memory a = all[i];
            a.account = accounts[i];
            (a.bonded, , a.delegate, a.delegated, a.startRound, a.lastClaimRound, a.nextLock) = bonding.getDelegator(
                a.account
            );
            assertEq(a.nextLock, nextLocks[i], "14: lock ids");
            a.slashedWhole = slashed[i];
            a.stake = bonding.pendingStake(a.account, 0);
            (a.votes, a.votesDelegate) = votes.getVotesAndDelegateAtRoundStart(a.account, round + 1);
            a.transcoder = a.delegate == a.account && a.bonded > 0;
        }
        for (uint256 i = 0; i < all.length; i++) {
            for (uint256 j = 0; j < all.length; j++) {
                if (all[j].account != all[i].delegate) continue;
                all[j].fromDelegators += all[i].stake;
                if (i != j) all[j].votesOfDelegators += all[i].votes;
                break;
            }
        }
    }

    function slotsOfProxies() private view returns (bytes32[12] memory slots) {
        for (uint256 i = 0; i < 6; i++) {
            slots[2 * i] = load(proxies[i], 0);
            slots[2 * i + 1] = load(proxies[i], 1);
        }
    }

    function load(address account, uint256 slot) private view returns (bytes32) {
        return vm.load(account, bytes32(slot));
    }
}
