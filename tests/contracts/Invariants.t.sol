// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "./support/TicketFixture.sol";

/// @title Does random, mostly sensible things with a small protocol
contract ProtocolHandler is TicketFixture {
    address[] public actors;
    uint256 public ticketsPaid;
    uint256 public paidTwice;
    uint256 public paidTooMuch;
    uint256 public rewardsOverMintable;
    uint256 public factorsThatFell;

    uint256 private nonce;
    MTicketBrokerCore.Ticket private lastTicket;
    mapping(address => uint256) private lastFactor;

    constructor() {
        setUp();
        fund(50 ether, 30 ether);
        actors.push(alice);
        actors.push(bob);
        actors.push(carol);
        actors.push(dave);
        actors.push(erin);
        newTranscoder(bob, 60 ether, 200000, 300000);
        bond(dave, alice, 20 ether);
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

    function ticketSender() external view returns (address) {
        return sender;
    }

    function actorCount() external view returns (uint256) {
        return actors.length;
    }

    function doNextRound() external {
        nextRound();
    }

    function doBond(
        uint256 who,
        uint256 to,
        uint256 amount
    ) external {
        address account = actor(who);
        amount = bound(amount, 0, 50 ether);
        give(account, amount);
        vm.prank(account);
        bonding.bond(amount, actor(to));
    }

    function doTranscoder(uint256 who, uint256 shares) external {
        vm.prank(actor(who));
        bonding.transcoder(shares % (PERC + 1), (shares >> 32) % (PERC + 1));
    }

    function doUnbond(uint256 who, uint256 part) external {
        address account = actor(who);
        uint256 stake = bonding.pendingStake(account, 0);
        vm.prank(account);
        // Often the whole: that is where resigning and leaving a delegate happen.
        bonding.unbond(part % 3 == 0 ? stake : bound(part, 1, stake));
    }

    function doRebond(
        uint256 who,
        uint256 to,
        uint256 lock
    ) external {
        address account = actor(who);
        (, , , , , , uint256 next) = bonding.getDelegator(account);
        lock = bound(lock, 0, next);
        bool unbonded = bonding.delegatorStatus(account) == BondingManager.DelegatorStatus.Unbonded;
        vm.prank(account);
        if (unbonded) bonding.rebondFromUnbonded(actor(to), lock);
        else bonding.rebond(lock);
    }

    function doTransferBond(
        uint256 from,
        uint256 to,
        uint256 amount
    ) external {
        address account = actor(from);
        uint256 stake = bonding.pendingStake(account, 0);
        vm.prank(account);
        bonding.transferBond(actor(to), bound(amount, 1, stake), address(0), address(0), address(0), address(0));
    }

    function doWithdrawStake(uint256 who, uint256 lock) external {
        address account = actor(who);
        (, , , , , , uint256 next) = bonding.getDelegator(account);
        lock = bound(lock, 0, next);
        vm.prank(account);
        bonding.withdrawStake(lock);
    }

    function doReward(uint256 who) external {
        address account = actor(who);
        vm.prank(account);
        bonding.reward();
        if (minter.currentMintedTokens() > minter.currentMintableTokens()) rewardsOverMintable++;
        (, , , uint256 factor, ) = bonding.getTranscoderEarningsPoolForRound(account, rounds.currentRound());
        if (factor < lastFactor[account] || factor < PRECISE) factorsThatFell++;
        lastFactor[account] = factor;
    }

    function doClaim(uint256 who) external {
        vm.prank(actor(who));
        bonding.claimEarnings(0);
    }

    function doWithdrawFees(uint256 who, uint256 amount) external {
        address account = actor(who);
        amount = bound(amount, 0, bonding.pendingFees(account, 0));
        vm.prank(account);
        bonding.withdrawFees(payable(address(0xfee)), amount);
    }

    function doFund(uint256 deposit, uint256 reserve) external {
        fund(bound(deposit, 0, 3 ether), bound(reserve, 0, 3 ether));
    }

    function doRedeem(uint256 who, uint256 faceValue) external {
        MTicketBrokerCore.Ticket memory ticket = winner(bound(faceValue, 0, 8 ether), nonce++);
        ticket.recipient = actor(who);
        uint256 before = depositOf(sender) + reserveOf(sender);
        redeem(ticket);
        uint256 paid = before - depositOf(sender) - reserveOf(sender);
        if (paid > ticket.faceValue) paidTooMuch++;
        ticketsPaid++;
        lastTicket = ticket;
    }

    function doRedeemAgain() external {
        require(ticketsPaid > 0, "nothing to replay");
        bytes memory sig = sign(lastTicket);
        broker.redeemWinningTicket(lastTicket, sig, RAND);
        paidTwice++;
    }

    function actor(uint256 index) private view returns (address) {
        return actors[index % actors.length];
    }
}

contract InvariantsTest is Test {
    ProtocolHandler private handler;
    BondingManager private bonding;
    BondingVotes private votes;
    TicketBroker private broker;
    Minter private minter;
    LivepeerToken private token;
    RoundsManager private rounds;

    function setUp() public {
        handler = new ProtocolHandler();
        (bonding, votes, broker, minter, token, rounds) = handler.contracts();
    }

    /// @dev forge calls only these
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    /// @dev forge calls only these functions of it
    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        bytes4[] memory selectors = new bytes4[](14);
        selectors[0] = handler.doNextRound.selector;
        selectors[1] = handler.doBond.selector;
        selectors[2] = handler.doTranscoder.selector;
        selectors[3] = handler.doUnbond.selector;
        selectors[4] = handler.doRebond.selector;
        selectors[5] = handler.doTransferBond.selector;
        selectors[6] = handler.doWithdrawStake.selector;
        selectors[7] = handler.doReward.selector;
        selectors[8] = handler.doClaim.selector;
        selectors[9] = handler.doWithdrawFees.selector;
        selectors[10] = handler.doFund.selector;
        selectors[11] = handler.doRedeem.selector;
        selectors[12] = handler.doRedeemAgain.selector;
        selectors[13] = handler.doReward.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(handler), selectors);
    }

    /// @dev The vault holds all stake: bonded with pending rewards, and locked
    function invariant_VaultHoldsAllStake() public view {
        uint256 owed = 0;
        for (uint256 i = 0; i < handler.actorCount(); i++) {
            address account = handler.actors(i);
            owed += bonding.pendingStake(account, 0);
            (, , , , , , uint256 locks) = bonding.getDelegator(account);
            for (uint256 id = 0; id < locks; id++) {
                (uint256 amount, ) = bonding.getDelegatorUnbondingLock(account, id);
                owed += amount;
            }
        }
        assertTrue(token.balanceOf(address(minter)) >= owed, "LPT in the vault");
    }

    /// @dev The vault holds deposits, reserves and fees
    function invariant_VaultHoldsAllEther() public view {
        address sender = handler.ticketSender();
        (MixinTicketBrokerCore.Sender memory info, MReserve.ReserveInfo memory reserve) = broker.getSenderInfo(sender);
        uint256 owed = info.deposit + reserve.fundsRemaining;
        for (uint256 i = 0; i < handler.actorCount(); i++) {
            owed += bonding.pendingFees(handler.actors(i), 0);
        }
        assertTrue(address(minter).balance >= owed, "ether in the vault");
    }

    /// @dev What is delegated to an account covers its delegators' stakes
    function invariant_DelegationsAddUp() public view {
        for (uint256 i = 0; i < handler.actorCount(); i++) {
            address account = handler.actors(i);
            uint256 sum = 0;
            for (uint256 j = 0; j < handler.actorCount(); j++) {
                (, , address to, , , , ) = bonding.getDelegator(handler.actors(j));
                if (to == account) sum += bonding.pendingStake(handler.actors(j), 0);
            }
            assertTrue(bonding.transcoderTotalStake(account) >= sum, "delegated");
        }
    }

    /// @dev The pool is sorted, positive, within its size, and adds up to the next round's stake
    function invariant_PoolIsSortedAndAddsUp() public view {
        uint256 sum = 0;
        uint256 count = 0;
        uint256 previous = type(uint256).max;
        address member = bonding.getFirstTranscoderInPool();
        while (member != address(0)) {
            uint256 stake = bonding.transcoderTotalStake(member);
            assertTrue(stake > 0 && stake <= previous, "order");
            assertTrue(bonding.isRegisteredTranscoder(member), "registered");
            previous = stake;
            sum += stake;
            count++;
            member = bonding.getNextTranscoderInPool(member);
        }
        assertEq(count, bonding.getTranscoderPoolSize(), "size");
        assertTrue(count <= bonding.getTranscoderPoolMaxSize(), "limit");
        assertEq(sum, bonding.nextRoundTotalActiveStake(), "total");
    }

    /// @dev Status, delegate and stake of an account agree
    function invariant_DelegatorsAreConsistent() public view {
        uint256 round = rounds.currentRound();
        for (uint256 i = 0; i < handler.actorCount(); i++) {
            address account = handler.actors(i);
            (uint256 bonded, , address to, , , uint256 lastClaimRound, ) = bonding.getDelegator(account);
            assertTrue(lastClaimRound <= round, "claims end now");
            assertEq(
                bonding.delegatorStatus(account) == BondingManager.DelegatorStatus.Unbonded ? 1 : 0,
                bonded == 0 ? 1 : 0,
                "unbonded means nothing bonded"
            );
            assertEq(votes.delegates(account), to, "votes follow the delegate");
        }
    }

    /// @dev Issuance stays within the round's limit, factors never fall
    function invariant_RewardsStayWithinTheRound() public view {
        assertTrue(minter.currentMintedTokens() <= minter.currentMintableTokens(), "minted");
        assertEq(handler.rewardsOverMintable(), 0, "over the limit");
        assertEq(handler.factorsThatFell(), 0, "factors");
    }

    /// @dev A ticket pays once and never more than its face value
    function invariant_TicketsPayOnce() public view {
        assertEq(handler.paidTwice(), 0, "paid twice");
        assertEq(handler.paidTooMuch(), 0, "paid too much");
    }
}
