// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "./ProtocolFixture.sol";

/// @title Tickets from a sender whose key is known to an active transcoder
abstract contract TicketFixture is ProtocolFixture {
    uint256 internal constant SENDER_KEY = 0x5e4de4;
    uint256 internal constant RAND = 1234567;

    address internal sender;

    function setUp() public virtual override {
        super.setUp();
        sender = vm.addr(SENDER_KEY);
        vm.deal(sender, 1000 ether);
        newTranscoder(alice, 100 ether, 0, 500000);
        nextRound();
    }

    function fund(uint256 deposit, uint256 reserve) internal {
        vm.prank(sender);
        broker.fundDepositAndReserve{ value: deposit + reserve }(deposit, reserve);
    }

    function winner(uint256 faceValue, uint256 nonce) internal view returns (MTicketBrokerCore.Ticket memory) {
        uint256 round = rounds.currentRound();
        return
            MTicketBrokerCore.Ticket({
                recipient: alice,
                sender: sender,
                faceValue: faceValue,
                winProb: type(uint256).max,
                senderNonce: nonce,
                recipientRandHash: keccak256(abi.encodePacked(RAND)),
                auxData: abi.encode(round, rounds.blockHashForRound(round))
            });
    }

    function sign(MTicketBrokerCore.Ticket memory ticket) internal view returns (bytes memory) {
        bytes32 digest = keccak256(
            abi.encodePacked("\x19Ethereum Signed Message:\n32", broker.getTicketHash(ticket))
        );
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(SENDER_KEY, digest);
        return abi.encodePacked(r, s, v);
    }

    function redeem(MTicketBrokerCore.Ticket memory ticket) internal {
        broker.redeemWinningTicket(ticket, sign(ticket), RAND);
    }

    function depositOf(address account) internal view returns (uint256) {
        (MixinTicketBrokerCore.Sender memory info, ) = broker.getSenderInfo(account);
        return info.deposit;
    }

    function withdrawRoundOf(address account) internal view returns (uint256) {
        (MixinTicketBrokerCore.Sender memory info, ) = broker.getSenderInfo(account);
        return info.withdrawRound;
    }

    function reserveOf(address account) internal view returns (uint256) {
        return broker.getReserveInfo(account).fundsRemaining;
    }
}
