// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "../../contracts/arbitrum/DummyGateway.sol";
import "./support/BridgeFixture.sol";

contract GatewaysTest is BridgeFixture {
    event DepositInitiated(
        address _l1Token,
        address indexed _from,
        address indexed _to,
        uint256 indexed _sequenceNumber,
        uint256 _amount
    );
    event DepositFinalized(
        address indexed _l1Token,
        address indexed _from,
        address indexed _to,
        uint256 _amount
    );
    event WithdrawalInitiated(
        address _l1Token,
        address indexed _from,
        address indexed _to,
        uint256 indexed _l2ToL1Id,
        uint256 _exitNum,
        uint256 _amount
    );
    event WithdrawalFinalized(
        address _l1Token,
        address indexed _from,
        address indexed _to,
        uint256 indexed _exitNum,
        uint256 _amount
    );
    event TxToL1(address indexed _from, address indexed _to, uint256 indexed _id, bytes _data);
    event TxToL2(address indexed from, address indexed to, uint256 indexed seqNum, bytes data);
    event L1CounterpartUpdate(address _l1Counterpart);
    event L2CounterpartUpdate(address _l2Counterpart);
    event MinterUpdate(address _minter);
    event Approve(address indexed _token, address indexed _spender, uint256 _value);

    bytes private sending = abi.encode(SUBMISSION, bytes(""));

    function setUp() public override {
        super.setUp();
        l1.doGive(alice, 100 ether);
        vm.deal(alice, 10 ether);
        vm.prank(alice);
        l1Token.approve(address(l1Gateway), type(uint256).max);
        vm.prank(alice);
        token.approve(address(gateway), type(uint256).max);
    }

    function test_StartPausedInTheHandsOfTheirDeployer() public {
        L1LPTGateway first = new L1LPTGateway(ROUTER_1, address(2), address(3), address(4), address(bridge));
        L2LPTGateway second = new L2LPTGateway(ROUTER_2, address(3), address(4), address(5));
        assertTrue(first.paused() && second.paused(), "paused");
        assertTrue(first.hasRole(0, address(this)) && second.hasRole(0, address(this)), "admin");
        assertEq(first.l1Router(), ROUTER_1, "router");
        assertEq(first.l1LPTEscrow(), address(2), "escrow");
        assertEq(address(first.inbox()), address(bridge), "inbox");
        assertEq(second.l2Router(), ROUTER_2, "router on L2");
        assertEq(second.l2LPTDataCache(), address(5), "cache");
        assertEq(first.calculateL2TokenAddress(address(3)), address(4), "token on L2");
        assertEq(first.calculateL2TokenAddress(address(9)), address(0), "other token");
        assertEq(second.calculateL2TokenAddress(address(3)), address(4), "token on L2, from there");
        assertEq(second.calculateL2TokenAddress(address(9)), address(0), "other token, from there");
        assertEq(l1Gateway.counterpartGateway(), address(gateway), "counterpart");
        assertEq(gateway.counterpartGateway(), address(l1Gateway), "counterpart on L2");
    }

    function test_TheStandInForOneChainIsItsOwnCounterpart() public {
        DummyGateway single = new DummyGateway();
        assertEq(single.counterpartGateway(), address(single), "counterpart");
        assertEq(single.calculateL2TokenAddress(address(token)), address(token), "token");
    }

    function test_SettingsBelongToTheAdmin() public {
        string memory refusal = string.concat(
            "AccessControl: account 0x00000000000000000000000000000000000a11ce is missing role ",
            "0x0000000000000000000000000000000000000000000000000000000000000000"
        );
        vm.startPrank(alice);
        expectReason(refusal);
        l1Gateway.setCounterpart(alice);
        expectReason(refusal);
        l1Gateway.setMinter(alice);
        expectReason(refusal);
        l1Gateway.pause();
        expectReason(refusal);
        gateway.setCounterpart(alice);
        expectReason(refusal);
        gateway.unpause();
        expectReason(refusal);
        escrow.approve(address(l1Token), alice, 1);
        vm.stopPrank();

        expectEvent(address(l1Gateway));
        emit L2CounterpartUpdate(bob);
        l1Gateway.setCounterpart(bob);
        expectEvent(address(l1Gateway));
        emit MinterUpdate(bob);
        l1Gateway.setMinter(bob);
        expectEvent(address(gateway));
        emit L1CounterpartUpdate(bob);
        gateway.setCounterpart(bob);
        expectEvent(address(escrow));
        emit Approve(address(l1Token), bob, 7);
        escrow.approve(address(l1Token), bob, 7);
        assertEq(l1Token.allowance(address(escrow), bob), 7, "allowance");
    }

    function test_SendsToL2() public {
        bytes memory data = l1Gateway.getOutboundCalldata(address(l1Token), alice, bob, 10 ether, "");
        assertEq(
            keccak256(data),
            keccak256(
                abi.encodeWithSignature(
                    "finalizeInboundTransfer(address,address,address,uint256,bytes)",
                    l1Token,
                    alice,
                    bob,
                    10 ether,
                    abi.encode(bytes(""), bytes(""))
                )
            ),
            "call"
        );
        vm.prank(alice);
        expectEvent(address(l1Gateway));
        emit TxToL2(alice, address(gateway), 0, data);
        expectEvent(address(l1Gateway));
        emit DepositInitiated(address(l1Token), alice, bob, 0, 10 ether);
        bytes memory returned = l1Gateway.outboundTransfer{ value: TICKET_COST }(
            address(l1Token),
            bob,
            10 ether,
            GAS,
            GAS_PRICE,
            sending
        );
        assertEq(abi.decode(returned, (uint256)), 0, "sequence number");
        assertEq(l1Token.balanceOf(address(escrow)), 10 ether, "in the escrow");
        SimulatedBridge.Ticket memory ticket = bridge.ticket(0);
        assertEq(ticket.refundTo, alice, "refunds");
        assertEq(ticket.beneficiary, alice, "beneficiary");
        assertEq(ticket.callValue, 0, "value");

        uint256 supply = token.totalSupply();
        expectEvent(address(gateway));
        emit DepositFinalized(address(l1Token), alice, bob, 10 ether);
        bridge.relayToL2();
        assertEq(token.balanceOf(bob), 10 ether, "arrived");
        assertEq(token.totalSupply(), supply + 10 ether, "issued");
        assertEq(cache.l2SupplyFromL1(), 10 ether, "counted");
    }

    function test_SendingToL2IsCheckedInOrder() public {
        vm.startPrank(alice);
        expectReason("TOKEN_NOT_LPT");
        l1Gateway.outboundTransfer(address(token), bob, 0, GAS, GAS_PRICE, "");
        expectReason("INVALID_ZERO_AMOUNT");
        l1Gateway.outboundTransfer(address(l1Token), bob, 0, GAS, GAS_PRICE, "");
        expectReason("CALL_HOOK_DATA_NOT_ALLOWED");
        l1Gateway.outboundTransfer(address(l1Token), bob, 1, GAS, GAS_PRICE, abi.encode(0, bytes("x")));
        expectReason("NO_SUBMISSION_COST");
        l1Gateway.outboundTransfer(address(l1Token), bob, 1, GAS, GAS_PRICE, abi.encode(0, bytes("")));
        expectReason("WRONG_ETH_VALUE");
        l1Gateway.outboundTransfer{ value: TICKET_COST - 1 }(
            address(l1Token),
            bob,
            1,
            GAS,
            GAS_PRICE,
            sending
        );
        expectReason("WRONG_ETH_VALUE");
        l1Gateway.outboundTransfer{ value: TICKET_COST + 1 }(
            address(l1Token),
            bob,
            1,
            GAS,
            GAS_PRICE,
            sending
        );
        expectReason("ERC20: transfer amount exceeds balance");
        l1Gateway.outboundTransfer{ value: TICKET_COST }(
            address(l1Token),
            bob,
            101 ether,
            GAS,
            GAS_PRICE,
            sending
        );
        vm.stopPrank();
        l1Gateway.pause();
        expectReason("Pausable: paused");
        l1Gateway.outboundTransfer(address(token), bob, 0, GAS, GAS_PRICE, "");
    }

    function test_RoutersSendForOthers() public {
        vm.deal(ROUTER_1, 1 ether);
        vm.prank(ROUTER_1);
        l1Gateway.outboundTransfer{ value: TICKET_COST }(
            address(l1Token),
            bob,
            10 ether,
            GAS,
            GAS_PRICE,
            abi.encode(alice, sending)
        );
        assertEq(l1Token.balanceOf(alice), 90 ether, "from the sender");
        bridge.relayToL2();
        vm.prank(bob);
        token.approve(address(gateway), 10 ether);
        vm.prank(ROUTER_2);
        gateway.outboundTransfer(address(l1Token), carol, 10 ether, 0, 0, abi.encode(bob, bytes("")));
        assertEq(token.balanceOf(bob), 0, "from the sender on L2");
    }

    function test_SendsToL1FromTheEscrowAndIssuesTheRest() public {
        sendToL2(alice, 30 ether);
        token.transfer(alice, 20 ether); // issued on L2
        bytes memory data = gateway.getOutboundCalldata(address(l1Token), alice, bob, 40 ether, "");
        uint256 supply = l1Token.totalSupply();
        vm.prank(alice);
        expectEvent(address(gateway));
        emit TxToL1(alice, address(l1Gateway), 0, data);
        expectEvent(address(gateway));
        emit WithdrawalInitiated(address(l1Token), alice, bob, 0, 0, 40 ether);
        bytes memory returned = gateway.outboundTransfer(address(l1Token), bob, 40 ether, "");
        assertEq(abi.decode(returned, (uint256)), 0, "id");
        assertEq(token.balanceOf(alice), 10 ether, "burned");
        assertEq(cache.l2SupplyFromL1(), 0, "no more left than nothing");

        l1Gateway.pause(); // what was sent arrives
        expectEvent(address(l1Gateway));
        emit WithdrawalFinalized(address(l1Token), alice, bob, 0, 40 ether);
        bridge.relayToL1(0);
        assertEq(l1Token.balanceOf(bob), 40 ether, "arrived");
        assertEq(l1Token.balanceOf(address(escrow)), 0, "escrow is empty");
        assertEq(l1Token.totalSupply(), supply + 10 ether, "the rest was issued");

        vm.prank(alice);
        gateway.outboundTransfer(address(l1Token), bob, 10 ether, "");
        bridge.relayToL1(1);
        assertEq(l1Token.balanceOf(bob), 50 ether, "all issued");
    }

    function test_SendingToL1IsCheckedInOrder() public {
        token.transfer(alice, 5 ether);
        vm.startPrank(alice);
        expectReason("TOKEN_NOT_LPT");
        gateway.outboundTransfer(address(token), bob, 0, "x");
        expectReason("INVALID_ZERO_AMOUNT");
        gateway.outboundTransfer(address(l1Token), bob, 0, "x");
        expectReason("CALL_HOOK_DATA_NOT_ALLOWED");
        gateway.outboundTransfer(address(l1Token), bob, 1, "x");
        expectReason("ERC20: burn amount exceeds balance");
        gateway.outboundTransfer(address(l1Token), bob, 6 ether, "");
        token.approve(address(gateway), 0);
        expectReason("ERC20: insufficient allowance");
        gateway.outboundTransfer(address(l1Token), bob, 1, "");
        vm.stopPrank();
        gateway.pause();
        expectReason("Pausable: paused");
        gateway.outboundTransfer(address(token), bob, 0, "");
    }

    function test_OnlyTheOtherGatewayHandsOut() public {
        expectReason("ONLY_COUNTERPART_GATEWAY");
        gateway.finalizeInboundTransfer(address(l1Token), alice, alice, 1, "");
        vm.prank(address(l1Gateway)); // without the alias
        expectReason("ONLY_COUNTERPART_GATEWAY");
        gateway.finalizeInboundTransfer(address(l1Token), alice, alice, 1, "");
        vm.prank(bridge.aliasOf(address(l1Gateway)));
        expectReason("TOKEN_NOT_LPT");
        gateway.finalizeInboundTransfer(address(token), alice, alice, 1, "");

        expectReason("NOT_FROM_BRIDGE");
        l1Gateway.finalizeInboundTransfer(address(l1Token), alice, alice, 1, "");
        bytes memory data = gateway.getOutboundCalldata(address(l1Token), alice, alice, 1, "");
        vm.prank(alice);
        SimulatedArbSys(address(100)).sendTxToL1(address(l1Gateway), data);
        expectReason("ONLY_COUNTERPART_GATEWAY");
        bridge.relayToL1(0);
        data = gateway.getOutboundCalldata(address(token), alice, alice, 1, "");
        vm.prank(address(gateway));
        SimulatedArbSys(address(100)).sendTxToL1(address(l1Gateway), data);
        expectReason("TOKEN_NOT_LPT");
        bridge.relayToL1(1);
    }

    function sendToL2(address account, uint256 amount) private {
        vm.prank(account);
        l1Gateway.outboundTransfer{ value: TICKET_COST }(
            address(l1Token),
            account,
            amount,
            GAS,
            GAS_PRICE,
            sending
        );
        bridge.relayToL2();
    }
}
