// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "./Ledger.sol";

/// @title Moves of stake, each with what the rules say about whether it may succeed
abstract contract StakeActions is Ledger {
    /// @dev An account as it will be once its earnings are claimed, which every move of its own does first
    struct Settled {
        uint256 stake;
        address delegate;
        bool bonded; // neither unbonded nor waiting for its start round
        bool transcoder;
    }

    function moveBond(
        address account,
        address to,
        uint256 amount
    ) internal {
        Settled memory s = settled(account);
        bool expected = s.stake == 0 || s.delegate == to ? amount > 0 : !s.transcoder;
        give(account, amount);
        (bool ok, bytes memory returned) = attempt(
            account,
            address(bonding),
            abi.encodeCall(bonding.bond, (amount, to))
        );
        mustBe(ok, expected, returned, "bond");
        if (!ok) refund(account);
    }

    /// @dev Third parties may add to a stake but neither choose its delegate nor claim its earnings too early
    function moveBondFor(
        address stranger,
        address owner,
        address to,
        uint256 amount
    ) internal {
        if (stranger == owner) return;
        Settled memory s = settled(owner);
        bool unbonded = read(owner).bonded == 0;
        bool expected = amount > 0 && mayClaimFor(owner) && (s.stake == 0 ? to != owner : s.delegate == to);
        // Earnings of an account without stake are claimed on the way and may give it stake.
        if (unbonded && s.stake > 0) return;
        give(stranger, amount);
        (bool ok, bytes memory returned) = attempt(
            stranger,
            owner,
            address(bonding),
            abi.encodeCall(
                bonding.bondForWithHint,
                (amount, owner, to, address(0), address(0), address(0), address(0))
            ),
            0
        );
        mustBe(ok, expected, returned, "bond for another");
        if (!ok) refund(stranger);
    }

    function moveUnbond(address account, uint256 amount) internal {
        Settled memory s = settled(account);
        (bool ok, bytes memory returned) = attempt(
            account,
            address(bonding),
            abi.encodeCall(bonding.unbond, (amount))
        );
        mustBe(ok, s.bonded && amount > 0 && amount <= s.stake, returned, "unbond");
        if (!ok) return;
        openIds[account].push(nextLock[account]++);
        openLocks += amount;
    }

    function moveRebond(
        address account,
        address to,
        uint256 pick
    ) internal {
        uint256[] storage ids = openIds[account];
        if (ids.length == 0) return;
        uint256 id = ids[pick % ids.length];
        (uint256 amount, ) = bonding.getDelegatorUnbondingLock(account, id);
        bool bonded = settled(account).stake > 0;
        (bool ok, bytes memory returned) = attempt(
            account,
            address(bonding),
            bonded
                ? abi.encodeCall(bonding.rebond, (id))
                : abi.encodeCall(bonding.rebondFromUnbonded, (to, id))
        );
        mustBe(ok, true, returned, "rebond");
        if (ok) consumed(account, pick % ids.length, amount);
    }

    function moveWithdrawStake(address account, uint256 pick) internal {
        uint256[] storage ids = openIds[account];
        if (ids.length == 0) return;
        uint256 id = ids[pick % ids.length];
        (uint256 amount, uint256 withdrawRound) = bonding.getDelegatorUnbondingLock(account, id);
        uint256 before = token.balanceOf(account);
        (bool ok, bytes memory returned) = attempt(
            account,
            address(bonding),
            abi.encodeCall(bonding.withdrawStake, (id))
        );
        mustBe(ok, withdrawRound <= rounds.currentRound(), returned, "withdraw stake");
        if (!ok) return;
        must(token.balanceOf(account) == before + amount, "1: withdrawn amount");
        consumed(account, pick % ids.length, amount);
    }

    function moveTransferBond(
        address from,
        address to,
        uint256 amount
    ) internal {
        Settled memory s = settled(from);
        Settled memory r = settled(to);
        bool emptied = from == to ? amount == s.stake : r.stake == 0;
        bool nobodys = from == to ? emptied : r.delegate == address(0);
        bool expected = s.bonded && amount > 0 && amount <= s.stake && (from == to || mayClaimFor(to));
        if (emptied && nobodys && s.delegate == to) expected = false;
        (bool ok, bytes memory returned) = attempt(
            from,
            to,
            address(bonding),
            abi.encodeCall(bonding.transferBond, (to, amount, address(0), address(0), address(0), address(0))),
            0
        );
        mustBe(ok, expected, returned, "transfer bond");
        if (!ok) return;
        nextLock[from]++;
        nextLock[to]++;
        if (from != to) {
            must(read(from).bonded + read(to).bonded == s.stake + r.stake, "13: transfer changed the sum");
        }
    }

    function moveTranscoder(
        address account,
        uint256 rewardCut,
        uint256 feeShare
    ) internal {
        Delegator memory d = read(account);
        bool expected = d.delegate == account &&
            d.bonded > 0 &&
            (!bonding.isActiveTranscoder(account) || lastReward(account) == rounds.currentRound());
        (bool ok, bytes memory returned) = attempt(
            account,
            address(bonding),
            abi.encodeCall(bonding.transcoder, (rewardCut, feeShare))
        );
        mustBe(ok, expected, returned, "transcoder");
    }

    /// @dev By the transcoder or by the account it names for it
    function moveReward(address transcoder, bool delegated) internal {
        bool expected = bonding.isActiveTranscoder(transcoder) && lastReward(transcoder) != rounds.currentRound();
        address caller = transcoder;
        bytes memory data = abi.encodeCall(bonding.reward, ());
        if (delegated) {
            caller = address(uint160(transcoder) + 0x1000000);
            vm.prank(transcoder);
            BondingManagerRewardCaller(address(bonding)).setRewardCaller(caller);
            data = abi.encodeCall(BondingManagerRewardCaller.rewardForTranscoder, (transcoder));
        }
        (bool ok, bytes memory returned) = attempt(caller, transcoder, address(bonding), data, 0);
        mustBe(ok, expected, returned, "reward");
        if (!ok) return;
        must(minter.currentMintedTokens() <= minter.currentMintableTokens(), "7: more than may be minted");
        (bool again, bytes memory answer) = attempt(caller, transcoder, address(bonding), data, 0);
        mustBe(again, false, answer, "11: second reward");
        noteFactors(transcoder);
        if (transcoder == alice) {
            vm.prank(claimer);
            bonding.claimEarnings(0);
            claimerClaims++;
        }
    }

    function moveSlash(
        address transcoder,
        uint256 slashAmount,
        uint256 finderFee
    ) internal {
        if (!bonding.isRegisteredTranscoder(transcoder)) return;
        uint256 supply = token.totalSupply();
        address finder = finderFee % 2 == 0 ? address(0) : address(0xf1d3);
        vm.prank(VERIFIER);
        bonding.slashTranscoder(transcoder, finder, slashAmount, finderFee);
        burnedInRound += supply - token.totalSupply();
        if (read(transcoder).bonded == 0) slashedWhole[transcoder] = true;
    }

    /// @dev Whether others may claim an account's earnings on the way
    function mayClaimFor(address account) private view returns (bool) {
        Delegator memory d = read(account);
        uint256 round = rounds.currentRound();
        return
            d.bonded == 0 ||
            !bonding.isActiveTranscoder(d.delegate) ||
            lastReward(d.delegate) == round ||
            d.lastClaimRound == round;
    }

    function settled(address account) private view returns (Settled memory s) {
        Delegator memory d = read(account);
        uint256 round = rounds.currentRound();
        // What a transcoder earned after it claimed in this round is not claimed before the next.
        s.stake = d.lastClaimRound < round ? bonding.pendingStake(account, 0) : d.bonded;
        s.delegate = d.delegate;
        s.bonded = s.stake > 0 && d.startRound <= round;
        s.transcoder = d.delegate == account && s.stake > 0;
    }

    /// @dev 14: a lock is used once
    function consumed(
        address account,
        uint256 index,
        uint256 amount
    ) private {
        uint256[] storage ids = openIds[account];
        uint256 id = ids[index];
        ids[index] = ids[ids.length - 1];
        ids.pop();
        openLocks -= amount;
        must(!bonding.isValidUnbondingLock(account, id), "14: lock still valid");
        (bool ok, bytes memory returned) = attempt(
            account,
            address(bonding),
            abi.encodeCall(bonding.withdrawStake, (id))
        );
        mustBe(ok, false, returned, "14: second use of a lock");
    }

    function refund(address account) private {
        uint256 balance = token.balanceOf(account);
        vm.prank(account);
        token.transfer(address(this), balance);
    }
}
