// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "../../../contracts/Controller.sol";
import "../../../contracts/ManagerProxy.sol";
import "../../../contracts/ServiceRegistry.sol";
import "../../../contracts/arbitrum/DummyL2LPTDataCache.sol";
import "../../../contracts/bonding/BondingManager.sol";
import "../../../contracts/bonding/BondingVotes.sol";
import "../../../contracts/pm/TicketBroker.sol";
import "../../../contracts/rounds/RoundsManager.sol";
import "../../../contracts/token/LivepeerToken.sol";
import { IMinter, Minter } from "../../../contracts/token/Minter.sol";
import "./Test.sol";

/// @title The whole protocol behind its proxies, as the deployer wires it, with small numbers
abstract contract ProtocolFixture is Test {
    uint256 internal constant PERC = 1000000;
    uint256 internal constant PRECISE = 10**27;
    uint256 internal constant ROUND_LENGTH = 50;
    uint256 internal constant POOL_SIZE = 3;
    uint64 internal constant UNBONDING_PERIOD = 7;
    uint256 internal constant UNLOCK_PERIOD = 4;
    bytes20 internal constant COMMIT = bytes20(uint160(0xabcdef));

    Controller internal controller;
    LivepeerToken internal token;
    Minter internal minter;
    BondingManager internal bonding;
    BondingVotes internal votes;
    RoundsManager internal rounds;
    TicketBroker internal broker;
    ServiceRegistry internal registry;

    address internal constant TREASURY = address(0x7777);
    address internal constant VERIFIER = address(0x8888);
    address internal alice = address(0xa11ce);
    address internal bob = address(0xb0b);
    address internal carol = address(0xca401);
    address internal dave = address(0xda7e);
    address internal erin = address(0xe214);

    function setUp() public virtual {
        vm.roll(ROUND_LENGTH * 10);
        controller = new Controller();
        minter = new Minter(address(controller), 220500, 500, 500000000);
        register("Minter", address(minter));
        token = new LivepeerToken();
        register("LivepeerToken", address(token));
        broker = TicketBroker(proxied("TicketBroker", address(new TicketBroker(address(controller)))));
        register("JobsManager", address(broker));
        bonding = BondingManager(proxied("BondingManager", newBondingManager()));
        votes = BondingVotes(proxied("BondingVotes", address(new BondingVotes(address(controller)))));
        rounds = RoundsManager(proxied("RoundsManager", address(new RoundsManager(address(controller)))));
        registry = ServiceRegistry(proxied("ServiceRegistry", address(new ServiceRegistry(address(controller)))));
        register("Treasury", TREASURY);
        register("L2LPTDataCache", address(new DummyL2LPTDataCache()));

        bonding.setUnbondingPeriod(UNBONDING_PERIOD);
        bonding.setNumActiveTranscoders(POOL_SIZE);
        rounds.setRoundLength(ROUND_LENGTH);
        rounds.setRoundLockAmount(100000);
        broker.setUnlockPeriod(UNLOCK_PERIOD);
        broker.setTicketValidityPeriod(2);

        token.grantRole(keccak256("MINTER_ROLE"), address(this));
        token.grantRole(keccak256("MINTER_ROLE"), address(minter));
        token.mint(address(this), 1000000 ether);
        controller.unpause();
        nextRound();
    }

    /// @dev Which BondingManager the protocol has
    function newBondingManager() internal virtual returns (address) {
        return address(new BondingManager(address(controller)));
    }

    function register(string memory name, address target) internal {
        controller.setContractInfo(keccak256(bytes(name)), target, COMMIT);
    }

    function proxied(string memory name, address target) internal returns (address proxy) {
        string memory targetName = string.concat(name, "Target");
        proxy = address(new ManagerProxy(address(controller), keccak256(bytes(targetName))));
        register(targetName, target);
        register(name, proxy);
    }

    /// @dev First block of the next round, initialized
    function nextRound() internal {
        toNextRound();
        rounds.initializeRound();
    }

    function toNextRound() internal {
        vm.roll(rounds.currentRoundStartBlock() + ROUND_LENGTH);
    }

    function give(address account, uint256 amount) internal {
        token.transfer(account, amount);
        vm.prank(account);
        token.approve(address(bonding), type(uint256).max);
    }

    function bond(
        address account,
        address to,
        uint256 amount
    ) internal {
        give(account, amount);
        vm.prank(account);
        bonding.bond(amount, to);
    }

    /// @dev A registered transcoder with stake and shares; active from the next round on
    function newTranscoder(
        address account,
        uint256 stake,
        uint256 rewardCut,
        uint256 feeShare
    ) internal {
        bond(account, account, stake);
        vm.prank(account);
        bonding.transcoder(rewardCut, feeShare);
    }

    function reward(address account) internal {
        vm.prank(account);
        bonding.reward();
    }

    /// @dev Fees from outside, with the ether behind them in the vault
    function addFees(address transcoder, uint256 amount) internal {
        vm.deal(address(broker), address(broker).balance + amount);
        vm.startPrank(address(broker));
        minter.depositETH{ value: amount }();
        bonding.updateTranscoderWithFees(transcoder, amount, 0);
        vm.stopPrank();
    }

    function bondedAmount(address account) internal view returns (uint256 amount) {
        (amount, , , , , , ) = bonding.getDelegator(account);
    }

    function delegateOf(address account) internal view returns (address delegateAddress) {
        (, , delegateAddress, , , , ) = bonding.getDelegator(account);
    }

    function lastRewardRound(address account) internal view returns (uint256 round) {
        (round, , , , , , , , , ) = bonding.getTranscoder(account);
    }
}
