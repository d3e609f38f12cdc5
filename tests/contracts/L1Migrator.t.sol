// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "./support/BridgeFixture.sol";

contract L1MigratorTest is BridgeFixture {
    event BridgeMinterUpdate(address bridgeMinter);
    event L2MigratorUpdate(address l2Migrator);
    event MigrateDelegatorInitiated(uint256 indexed seqNo, IMigrator.MigrateDelegatorParams params);
    event MigrateUnbondingLocksInitiated(uint256 indexed seqNo, IMigrator.MigrateUnbondingLocksParams params);
    event MigrateSenderInitiated(uint256 indexed seqNo, IMigrator.MigrateSenderParams params);

    uint256 private constant KEY = 0xf00d;
    address private signer;

    function setUp() public override {
        super.setUp();
        signer = vm.addr(KEY);
        vm.deal(address(this), 100 ether);
        l1.doNewTranscoder(alice, 100 ether);
        l1.doBond(signer, alice, 50 ether);
        nextRounds();
    }

    function test_StartsPausedInTheHandsOfItsDeployer() public {
        L1Migrator fresh = new L1Migrator(address(1), address(2), address(3), address(4), address(5), address(6));
        assertTrue(fresh.paused() && fresh.hasRole(0, address(this)), "paused, admin");
        assertEq(address(fresh.inbox()), address(1), "inbox");
        assertEq(fresh.bondingManagerAddr(), address(2), "bonding manager");
        assertEq(fresh.ticketBrokerAddr(), address(3), "ticket broker");
        assertEq(fresh.tokenAddr(), address(4), "token");
        assertEq(fresh.l1LPTGatewayAddr(), address(5), "gateway");
        assertEq(fresh.l2MigratorAddr(), address(6), "migrator");
        expectReason("Pausable: paused");
        fresh.migrateDelegator(alice, alice, "", 0, 0, 0);
        expectReason("Pausable: paused");
        fresh.migrateUnbondingLocks(alice, alice, new uint256[](0), "", 0, 0, 0);
        expectReason("Pausable: paused");
        fresh.migrateSender(alice, alice, "", 0, 0, 0);
        expectReason("Pausable: paused");
        fresh.migrateETH(0, 0, 0);
        expectReason("Pausable: paused");
        fresh.migrateLPT(0, 0, 0);
    }

    function test_SettingsBelongToTheAdmin() public {
        string memory refusal = string.concat(
            "AccessControl: account 0x00000000000000000000000000000000000a11ce is missing role ",
            "0x0000000000000000000000000000000000000000000000000000000000000000"
        );
        vm.startPrank(alice);
        expectReason(refusal);
        l1Migrator.setBridgeMinter(alice);
        expectReason(refusal);
        l1Migrator.setL2Migrator(alice);
        expectReason(refusal);
        l1Migrator.pause();
        expectReason(refusal);
        l1Migrator.unpause();
        vm.stopPrank();
        expectEvent(address(l1Migrator));
        emit BridgeMinterUpdate(bob);
        l1Migrator.setBridgeMinter(bob);
        expectEvent(address(l1Migrator));
        emit L2MigratorUpdate(bob);
        l1Migrator.setL2Migrator(bob);
        l1Migrator.pause();
        assertTrue(l1Migrator.paused(), "paused");
    }

    function test_SendsWhatADelegatorHas() public {
        l1.doAddFees(alice, 3 ether);
        IMigrator.MigrateDelegatorParams memory expected = IMigrator.MigrateDelegatorParams({
            l1Addr: signer,
            l2Addr: signer,
            stake: 50 ether,
            delegatedStake: 0,
            fees: l1Bonding.pendingFees(signer, 0),
            delegate: alice
        });
        assertTrue(expected.fees > 0, "fees");
        (bytes memory data, IMigrator.MigrateDelegatorParams memory params) = l1Migrator.getMigrateDelegatorParams(
            signer,
            signer
        );
        assertEq(keccak256(abi.encode(params)), keccak256(abi.encode(expected)), "parameters");
        assertEq(
            keccak256(data),
            keccak256(abi.encodeCall(IL2Migrator.finalizeMigrateDelegator, (expected))),
            "call"
        );
        vm.deal(signer, TICKET_COST);
        vm.prank(signer);
        expectEvent(address(l1Migrator));
        emit MigrateDelegatorInitiated(0, expected);
        l1Migrator.migrateDelegator{ value: TICKET_COST }(signer, signer, "", GAS, GAS_PRICE, SUBMISSION);
        assertTicket(data, signer, 0);
    }

    function test_SendsUnbondingLocks() public {
        vm.startPrank(signer);
        l1Bonding.unbond(10 ether);
        l1Bonding.unbond(5 ether);
        vm.stopPrank();
        uint256[] memory ids = new uint256[](2);
        ids[1] = 1;
        IMigrator.MigrateUnbondingLocksParams memory expected = IMigrator.MigrateUnbondingLocksParams({
            l1Addr: signer,
            l2Addr: signer,
            total: 15 ether,
            unbondingLockIds: ids,
            delegate: alice
        });
        (bytes memory data, ) = l1Migrator.getMigrateUnbondingLocksParams(signer, signer, ids);
        assertEq(
            keccak256(data),
            keccak256(abi.encodeCall(IL2Migrator.finalizeMigrateUnbondingLocks, (expected))),
            "call"
        );
        bytes memory sig = sign(
            keccak256(
                abi.encode(
                    keccak256(
                        "MigrateUnbondingLocks(address l1Addr,address l2Addr,uint256[] unbondingLockIds)"
                    ),
                    signer,
                    signer,
                    keccak256(abi.encodePacked(ids))
                )
            )
        );
        expectEvent(address(l1Migrator));
        emit MigrateUnbondingLocksInitiated(0, expected);
        l1Migrator.migrateUnbondingLocks{ value: TICKET_COST }(
            signer,
            signer,
            ids,
            sig,
            GAS,
            GAS_PRICE,
            SUBMISSION
        );
        assertTicket(data, signer, 0);
        ids[1] = 0;
        expectReason("FAIL_AUTH"); // other locks than those signed for
        l1Migrator.migrateUnbondingLocks(signer, signer, ids, sig, GAS, GAS_PRICE, SUBMISSION);

        vm.startPrank(signer);
        ids[1] = 2;
        expectReason("ZERO_LOCK_AMOUNT");
        l1Migrator.migrateUnbondingLocks(signer, signer, ids, "", GAS, GAS_PRICE, SUBMISSION);
        expectReason("EMPTY_LOCK_IDS");
        l1Migrator.migrateUnbondingLocks(signer, signer, new uint256[](0), "", GAS, GAS_PRICE, SUBMISSION);
        vm.stopPrank();
    }

    function test_SendsDepositAndReserve() public {
        vm.deal(signer, 5 ether);
        vm.prank(signer);
        l1Broker.fundDepositAndReserve{ value: 5 ether }(2 ether, 3 ether);
        IMigrator.MigrateSenderParams memory expected = IMigrator.MigrateSenderParams({
            l1Addr: signer,
            l2Addr: signer,
            deposit: 2 ether,
            reserve: 3 ether
        });
        (bytes memory data, ) = l1Migrator.getMigrateSenderParams(signer, signer);
        assertEq(
            keccak256(data),
            keccak256(abi.encodeCall(IL2Migrator.finalizeMigrateSender, (expected))),
            "call"
        );
        bytes memory sig = sign(
            keccak256(
                abi.encode(keccak256("MigrateSender(address l1Addr,address l2Addr)"), signer, signer)
            )
        );
        expectEvent(address(l1Migrator));
        emit MigrateSenderInitiated(0, expected);
        l1Migrator.migrateSender{ value: TICKET_COST }(signer, signer, sig, GAS, GAS_PRICE, SUBMISSION);
        assertTicket(data, signer, 0);
    }

    function test_OnlyTheAccountOrItsSignatureMovesIt() public {
        bytes memory sig = sign(
            keccak256(
                abi.encode(keccak256("MigrateDelegator(address l1Addr,address l2Addr)"), signer, signer)
            )
        );
        expectReason("INVALID_L2_ADDR");
        l1Migrator.migrateDelegator(signer, address(0), sig, 0, 0, 0);
        expectReason("L2_ADDR_MISMATCH");
        l1Migrator.migrateDelegator(signer, bob, sig, 0, 0, 0);
        expectReason("FAIL_AUTH");
        l1Migrator.migrateDelegator(alice, alice, sig, 0, 0, 0);
        expectReason("ECDSA: invalid signature length");
        l1Migrator.migrateDelegator(signer, signer, "", 0, 0, 0);
        expectReason("FAIL_AUTH"); // a signature for another kind of migration
        l1Migrator.migrateSender(signer, signer, sig, 0, 0, 0);
        l1Migrator.migrateDelegator{ value: TICKET_COST }(signer, signer, sig, GAS, GAS_PRICE, SUBMISSION);
        assertEq(bridge.ticketCount(), 1, "sent for the signer");
    }

    function test_SendsTheEtherOfTheOldVaultAlong() public {
        vm.deal(address(bridgeMinter), 7 ether);
        l1Migrator.migrateETH{ value: TICKET_COST }(GAS, GAS_PRICE, SUBMISSION);
        SimulatedBridge.Ticket memory ticket = bridge.ticket(0);
        assertEq(ticket.paid, 7 ether + TICKET_COST, "value and cost");
        assertTicket("", address(l1Migrator), 7 ether);
        bridge.relayToL2();
        assertEq(address(migrator).balance, 7 ether, "arrived");
        assertEq(address(l1Migrator).balance, 0, "nothing stays");
    }

    function test_SendsTheLptOfTheOldVault() public {
        l1.doGive(address(bridgeMinter), 9 ether);
        l1Migrator.migrateLPT{ value: TICKET_COST }(GAS, GAS_PRICE, SUBMISSION);
        bridge.relayToL2();
        assertEq(token.balanceOf(address(migrator)), 9 ether, "arrived");
        assertEq(l1Token.balanceOf(address(escrow)), 9 ether, "in the escrow");
    }

    function assertTicket(
        bytes memory data,
        address refundTo,
        uint256 value
    ) private view {
        SimulatedBridge.Ticket memory ticket = bridge.ticket(0);
        assertEq(ticket.sender, address(l1Migrator), "sender");
        assertEq(ticket.destAddr, address(migrator), "receiver");
        assertEq(ticket.callValue, value, "value");
        assertEq(ticket.refundTo, refundTo, "refunds");
        assertEq(ticket.beneficiary, refundTo, "beneficiary");
        assertEq(ticket.maxSubmissionCost, SUBMISSION, "submission");
        assertEq(ticket.maxGas, GAS, "gas");
        assertEq(ticket.gasPriceBid, GAS_PRICE, "gas price");
        assertEq(keccak256(ticket.data), keccak256(data), "call");
    }

    function sign(bytes32 structHash) private view returns (bytes memory) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Livepeer L1Migrator"),
                keccak256("1"),
                block.chainid,
                address(l1Migrator)
            )
        );
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(
            KEY,
            keccak256(abi.encodePacked("\x19\x01", domain, structHash))
        );
        return abi.encodePacked(r, s, v);
    }
}
