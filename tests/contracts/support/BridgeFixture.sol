// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import { L1Escrow } from "../../../contracts/arbitrum/L1/L1Escrow.sol";
import { L1LPTDataCache } from "../../../contracts/arbitrum/L1/L1LPTDataCache.sol";
import { IBridgeMinter, L1LPTGateway } from "../../../contracts/arbitrum/L1/L1LPTGateway.sol";
import { L1Migrator } from "../../../contracts/arbitrum/L1/L1Migrator.sol";
import { L2LPTDataCache } from "../../../contracts/arbitrum/L2/L2LPTDataCache.sol";
import { L2LPTGateway } from "../../../contracts/arbitrum/L2/L2LPTGateway.sol";
import "../../../contracts/arbitrum/L2/L2Migrator.sol";
import "./ProtocolFixture.sol";
import "./SimulatedBridge.sol";

/// @title The protocol as it is on L1, with functions for what tests do there
contract L1Protocol is ProtocolFixture {
    constructor() {
        setUp();
    }

    function contracts()
        external
        view
        returns (
            BondingManager,
            TicketBroker,
            LivepeerToken
        )
    {
        return (bonding, broker, token);
    }

    function doInitializeRound() external {
        rounds.initializeRound();
    }

    function doNewTranscoder(address account, uint256 stake) external {
        newTranscoder(account, stake, 0, PERC);
    }

    function doBond(
        address account,
        address to,
        uint256 amount
    ) external {
        bond(account, to, amount);
    }

    function doAddFees(address transcoder, uint256 amount) external {
        addFees(transcoder, amount);
    }

    function doGive(address account, uint256 amount) external {
        token.transfer(account, amount);
    }

    function doGrantMinter(address account) external {
        token.grantRole(keccak256("MINTER_ROLE"), account);
    }
}

/// @title What is left of the vault on L1
contract SimulatedBridgeMinter is IBridgeMinter {
    LivepeerToken private immutable token;
    address payable private immutable migrator;

    constructor(LivepeerToken _token, address payable _migrator) {
        token = _token;
        migrator = _migrator;
    }

    receive() external payable {}

    function withdrawETHToL1Migrator() external override returns (uint256 amount) {
        require(msg.sender == migrator, "only the migrator");
        amount = address(this).balance;
        (bool success, ) = migrator.call{ value: amount }("");
        require(success, "the migrator takes no ether");
    }

    function withdrawLPTToL1Migrator() external override returns (uint256 amount) {
        require(msg.sender == migrator, "only the migrator");
        amount = token.balanceOf(address(this));
        token.transfer(migrator, amount);
    }

    function bridgeMint(address to, uint256 amount) external override {
        token.mint(to, amount);
    }
}

/// @title L1 and L2 on one chain with everything that joins them; names without a prefix are those of L2
abstract contract BridgeFixture is ProtocolFixture {
    address internal constant ROUTER_1 = address(0x1111);
    address internal constant ROUTER_2 = address(0x2222);
    uint256 internal constant GAS = 1000000;
    uint256 internal constant GAS_PRICE = 1 gwei;
    uint256 internal constant SUBMISSION = 0.01 ether;
    uint256 internal constant TICKET_COST = SUBMISSION + GAS * GAS_PRICE;

    SimulatedBridge internal bridge;
    L1Protocol internal l1;
    BondingManager internal l1Bonding;
    TicketBroker internal l1Broker;
    LivepeerToken internal l1Token;
    L1Escrow internal escrow;
    L1LPTGateway internal l1Gateway;
    L1LPTDataCache internal l1Cache;
    L1Migrator internal l1Migrator;
    SimulatedBridgeMinter internal bridgeMinter;
    L2LPTGateway internal gateway;
    L2LPTDataCache internal cache;
    L2Migrator internal migrator;
    MerkleSnapshot internal snapshots;

    function setUp() public virtual override {
        super.setUp();
        bridge = new SimulatedBridge();
        l1 = new L1Protocol();
        (l1Bonding, l1Broker, l1Token) = l1.contracts();

        escrow = new L1Escrow();
        l1Gateway = new L1LPTGateway(ROUTER_1, address(escrow), address(l1Token), address(token), address(bridge));
        escrow.approve(address(l1Token), address(l1Gateway), type(uint256).max);
        cache = new L2LPTDataCache();
        gateway = new L2LPTGateway(ROUTER_2, address(l1Token), address(token), address(cache));
        l1Cache = new L1LPTDataCache(address(bridge), address(l1Token), address(cache));
        cache.setL1LPTDataCache(address(l1Cache));
        cache.setL2LPTGateway(address(gateway));
        register("L2LPTDataCache", address(cache));
        l1Gateway.setCounterpart(address(gateway));
        gateway.setCounterpart(address(l1Gateway));
        token.grantRole(keccak256("MINTER_ROLE"), address(gateway));
        token.grantRole(keccak256("BURNER_ROLE"), address(gateway));

        snapshots = new MerkleSnapshot(address(controller));
        register("MerkleSnapshot", address(snapshots));
        migrator = L2Migrator(payable(proxied("L2Migrator", address(new L2Migrator(address(controller))))));
        l1Migrator = new L1Migrator(
            address(bridge),
            address(l1Bonding),
            address(l1Broker),
            address(l1Token),
            address(l1Gateway),
            address(migrator)
        );
        bridgeMinter = new SimulatedBridgeMinter(l1Token, payable(address(l1Migrator)));
        l1.doGrantMinter(address(bridgeMinter));
        l1Migrator.setBridgeMinter(address(bridgeMinter));
        l1Gateway.setMinter(address(bridgeMinter));
        migrator.initialize(address(l1Migrator), address(new DelegatorPool()));

        l1Gateway.unpause();
        gateway.unpause();
        l1Migrator.unpause();
    }

    /// @dev The next round on both chains
    function nextRounds() internal {
        nextRound();
        l1.doInitializeRound();
    }

    /// @dev Puts LPT and ether behind what will be migrated
    function fundMigrator(uint256 lpt, uint256 wei_) internal {
        token.transfer(address(migrator), lpt);
        vm.deal(address(migrator), address(migrator).balance + wei_);
    }

    function migrateDelegator(address account) internal {
        vm.deal(account, account.balance + TICKET_COST);
        vm.prank(account);
        l1Migrator.migrateDelegator{ value: TICKET_COST }(account, account, "", GAS, GAS_PRICE, SUBMISSION);
        bridge.relayToL2();
    }
}
