// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "../support/TicketFixture.sol";

/// @dev A second encoding of one signature would be a second draw of the same ticket.
contract CompactSignatureTest is TicketFixture {
    function test_OnlyThe65ByteFormCounts() public {
        fund(10 ether, 0);
        MTicketBrokerCore.Ticket memory ticket = winner(1 ether, 1);
        bytes memory sig = sign(ticket);
        (bytes32 r, bytes32 s, uint8 v) = split(sig);
        bytes memory compact = abi.encodePacked(r, bytes32(uint256(s) | (uint256(v - 27) << 255)));
        expectReason("INVALID_SIGNATURE_LENGTH");
        broker.redeemWinningTicket(ticket, compact, RAND);

        uint256 n = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
        bytes memory high = abi.encodePacked(r, bytes32(n - uint256(s)), v == 27 ? uint8(28) : uint8(27));
        expectReason("ECDSA: invalid signature 's' value");
        broker.redeemWinningTicket(ticket, high, RAND);

        broker.redeemWinningTicket(ticket, sig, RAND);
        expectReason("ticket is used");
        broker.redeemWinningTicket(ticket, sig, RAND);
    }

    function split(bytes memory sig)
        private
        pure
        returns (
            bytes32 r,
            bytes32 s,
            uint8 v
        )
    {
        assembly {
            r := mload(add(sig, 32))
            s := mload(add(sig, 64))
            v := byte(0, mload(add(sig, 96)))
        }
    }
}
