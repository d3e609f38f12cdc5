// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "./StakeActions.sol";
import "./TicketActions.sol";
import "./VoteActions.sol";

/// @title What the campaign may do with the protocol: one function per kind of move, picked at random
/// @dev Every third call on average opens a round, by the number of the call and not by chance, so that a run of three
/// hundred calls passes more than a hundred rounds.
contract ProtocolHandler is StakeActions, TicketActions, VoteActions {
    uint256 private constant REMEMBERED = 60;

    modifier counted() {
        calls++;
        if (uint256(keccak256(abi.encode(calls))) % 5 < 2) advance(1);
        _;
    }

    constructor() {
        setUp();
        for (uint256 i = 0; i < SENDERS; i++) {
            moveFund(i, senderAt(i), 20 ether, 10 ether);
        }
        advance(1);
    }

    function contracts()
        external
        view
        returns (
            BondingManager,
            BondingVotes,
            TicketBroker,
            Minter,
            LivepeerToken,
            RoundsManager
        )
    {
        return (bonding, votes, broker, minter, token, rounds);
    }

    function proxies() external view returns (address[6] memory) {
        return [
            address(bonding),
            address(votes),
            address(rounds),
            address(broker),
            address(registry),
            address(governor)
        ];
    }

    function controllerAddress() external view returns (address) {
        return address(controller);
    }

    /// @dev Rounds nobody initializes
    function doSkipRounds(uint256 count) external counted {
        advance(2 + (mixed(count) % 3));
    }

    function doBond(
        uint256 who,
        uint256 to,
        uint256 amount
    ) external counted {
        moveBond(actor(who), someDelegate(to), amount % 7 == 0 ? 0 : bound(amount, 1, 60 ether));
    }

    function doBondFor(
        uint256 stranger,
        uint256 owner,
        uint256 to,
        uint256 amount
    ) external counted {
        address account = actor(owner);
        uint256 kind = mixed(to) % 5;
        address delegate = kind == 0 ? account : kind < 3 ? read(account).delegate : someDelegate(to);
        moveBondFor(actor(stranger), account, delegate, amount % 9 == 0 ? 0 : bound(amount, 1, 3 ether));
    }

    function doUnbond(uint256 who, uint256 part) external counted {
        address account = actor(who);
        uint256 stake = bonding.pendingStake(account, 0);
        // Often the whole: that is where resigning and leaving a delegate happen. Sometimes a wei too much.
        uint256 kind = mixed(part) % 8;
        moveUnbond(account, kind < 3 ? stake : kind == 3 ? stake + 1 : bound(part, 1, stake + 1));
    }

    function doRebond(
        uint256 who,
        uint256 to,
        uint256 pick
    ) external counted {
        moveRebond(actor(who), someDelegate(to), pick);
        moveRebond(actor(who ^ 1), someDelegate(to ^ 1), pick);
    }

    function doWithdrawStake(uint256 who, uint256 pick) external counted {
        moveWithdrawStake(actor(who), pick);
        moveWithdrawStake(actor(who ^ 1), pick);
    }

    function doTransferBond(
        uint256 from,
        uint256 to,
        uint256 part
    ) external counted {
        address account = actor(from);
        uint256 stake = bonding.pendingStake(account, 0);
        moveTransferBond(account, actor(to), mixed(part) % 4 == 0 ? stake : bound(part, 0, stake));
    }

    function doTranscoder(
        uint256 who,
        uint256 rewardCut,
        uint256 feeShare
    ) external counted {
        address account = mixed(who) % 2 == 0 ? member(who) : actor(who);
        moveTranscoder(account, rewardCut % (PERC + 1), feeShare % (PERC + 1));
    }

    /// @dev Each bit lets one account call, the delegated way or its own; some that must not
    function doRewards(uint256 seed) external counted {
        uint256 bits = mixed(seed);
        uint256 round = rounds.currentRound();
        for (uint256 i = 0; i <= ACTORS; i++) {
            (bool active, ) = activeStake(accounts[i], round);
            if (active ? (bits >> i) % 4 > 0 : (bits >> (32 + i)) % 32 == 0) {
                moveReward(accounts[i], (bits >> (64 + i)) % 2 == 0);
            }
        }
    }

    function doSlash(
        uint256 who,
        uint256 slashAmount,
        uint256 finderFee
    ) external counted {
        uint256 kind = mixed(who) % 6;
        if (kind > 1) return; // rare, as it should be
        moveSlash(actor(who), kind == 0 ? PERC : slashAmount % (PERC + 1), finderFee % (PERC + 1));
    }

    function doClaim(uint256 who) external counted {
        (bool ok, bytes memory returned) = attempt(
            actor(who),
            address(bonding),
            abi.encodeCall(bonding.claimEarnings, (0))
        );
        mustBe(ok, true, returned, "claim");
    }

    function doCheckpoint(uint256 stranger, uint256 who) external counted {
        (bool ok, bytes memory returned) = attempt(
            actor(stranger),
            actor(who),
            address(bonding),
            abi.encodeCall(bonding.checkpointBondingState, (actor(who))),
            0
        );
        mustBe(ok, true, returned, "checkpoint");
    }

    function doFees(uint256 who, uint256 part) external counted {
        address account = actor(who);
        uint256 fees = bonding.pendingFees(account, 0);
        moveWithdrawFees(account, mixed(part) % 5 == 0 ? fees + 1 : bound(part, 0, fees));
    }

    function doFund(
        uint256 index,
        uint256 payer,
        uint256 deposit,
        uint256 reserve
    ) external counted {
        moveFund(
            mixed(index),
            mixed(payer) % 3 == 0 ? actor(payer) : senderAt(mixed(index)),
            bound(deposit, 0, 3 ether),
            bound(reserve, 0, 3 ether)
        );
    }

    function doLeave(uint256 index, uint256 kind) external counted {
        uint256 move = mixed(kind) % 5;
        if (move == 0) moveCancelUnlock(mixed(index));
        else if (move < 3) moveUnlock(mixed(index));
        else for (uint256 i = 0; i < SENDERS; i++) moveWithdraw(i);
    }

    function doRedeem(
        uint256 index,
        uint256 who,
        uint256 faceValue
    ) external counted {
        moveRedeem(mixed(index), member(who), bound(faceValue, 0, 6 ether));
        moveRedeem(mixed(index) >> 8, member(who ^ 1), bound(faceValue >> 8, 0, 1 ether));
        moveRedeem(mixed(index) >> 16, outsider(who), bound(faceValue >> 16, 0, 1 ether));
        moveRedeem(mixed(index) >> 24, actor(who), bound(faceValue >> 24, 0, 1 ether));
    }

    function doVote(uint256 who, uint256 support) external counted {
        movePropose(member(who));
        for (uint256 i = 0; i < 4; i++) {
            moveVote(i % 2 == 0 ? member(who ^ i) : actor(who ^ i), uint8(mixed(support ^ i) % 3));
        }
    }

    function doSettings(
        uint256 cutRate,
        uint256 ceiling,
        uint256 period
    ) external counted {
        bonding.setTreasuryRewardCutRate(cutRate % (PRECISE / 2));
        bonding.setTreasuryBalanceCeiling(ceiling % 3000 ether);
        bonding.setUnbondingPeriod(uint64(1 + (period % 9)));
    }

    /// @dev 22: nothing moves while the system is paused
    function doPause(uint256 who) external counted {
        controller.pause();
        address account = actor(who);
        bytes[13] memory moves = [
            abi.encodeCall(bonding.bond, (1, account)),
            abi.encodeCall(bonding.unbond, (1)),
            abi.encodeCall(bonding.rebond, (0)),
            abi.encodeCall(bonding.rebondFromUnbonded, (account, 0)),
            abi.encodeCall(bonding.withdrawStake, (0)),
            abi.encodeCall(bonding.withdrawFees, (payable(account), 0)),
            abi.encodeCall(bonding.claimEarnings, (0)),
            abi.encodeCall(bonding.reward, ()),
            abi.encodeCall(bonding.transcoder, (0, 0)),
            abi.encodeCall(bonding.transferBond, (account, 1, address(0), address(0), address(0), address(0))),
            abi.encodeCall(broker.unlock, ()),
            abi.encodeCall(broker.withdraw, ()),
            abi.encodeCall(broker.fundDepositAndReserveFor, (account, 0, 0))
        ];
        bytes32 refusal = keccak256(abi.encodeWithSignature("Error(string)", "system is paused"));
        for (uint256 i = 0; i < moves.length; i++) {
            (bool ok, bytes memory returned) = attempt(account, i < 10 ? address(bonding) : address(broker), moves[i]);
            must(!ok && keccak256(returned) == refusal, "22: moved while paused");
        }
        controller.unpause();
    }

    /// @dev The next round, or a later one, initialized; with what must hold at that moment
    function advance(uint256 count) private {
        for (uint256 i = 0; i < count; i++) toNextRound();
        uint256 round = rounds.currentRound();
        uint256 nextTotal = bonding.nextRoundTotalActiveStake();
        rounds.initializeRound();
        (bool again, bytes memory returned) = address(rounds).call(abi.encodeCall(rounds.initializeRound, ()));
        mustBe(again, false, returned, "11: second initialization");
        roundsPassed += count;

        roundTotal = bonding.currentRoundTotalActiveStake();
        must(roundTotal == nextTotal, "6: the next round's stake became another");
        uint256 sum = 0;
        for (uint256 i = 0; i < accounts.length; i++) {
            (bool active, uint256 stake) = activeStake(accounts[i], round);
            if (!active) continue;
            stakeOfRound[accounts[i]] = stake;
            sum += stake;
        }
        must(sum == roundTotal, "6: active stakes do not add up");
        supplyAtRoundStart = token.totalSupply();
        burnedInRound = 0;

        must(votes.getPastTotalSupply(round - 1) == roundTotal, "17: supply of votes");
        remember(address(0), round - 1, roundTotal);
        address account = accounts[round % accounts.length];
        remember(account, round - 1, votes.getPastVotes(account, round - 1));
    }

    function remember(
        address account,
        uint256 round,
        uint256 amount
    ) private {
        PastVotes memory entry = PastVotes(account, round, amount);
        if (past.length < REMEMBERED) past.push(entry);
        else past[round % REMEMBERED] = entry;
    }
}
