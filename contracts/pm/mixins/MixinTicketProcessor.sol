// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "./interfaces/MContractRegistry.sol";
import "./interfaces/MTicketProcessor.sol";

/// @title Tickets that name their creation round and live a few rounds; ether lies in the Minter
abstract contract MixinTicketProcessor is MContractRegistry, MTicketProcessor {
    uint256 private constant AUX_DATA_LENGTH = 64;

    /// @notice Rounds, from its creation round on, in which a ticket can be redeemed
    uint256 public ticketValidityPeriod;

    /// @dev Sets the rounds in which a ticket can be redeemed
    function _setTicketValidityPeriod(uint256 _ticketValidityPeriod) internal {
        require(_ticketValidityPeriod > 0, "ticketValidityPeriod must be greater than 0");
        ticketValidityPeriod = _ticketValidityPeriod;
    }

    function processFunding(uint256 _amount) internal override {
        minter().depositETH{ value: _amount }();
    }

    function withdrawTransfer(address payable _to, uint256 _amount) internal override {
        minter().trustedWithdrawETH(_to, _amount);
    }

    function winningTicketTransfer(
        address _recipient,
        uint256 _amount,
        bytes memory _auxData
    ) internal override {
        (uint256 creationRound, ) = _creationRoundAndBlockHash(_auxData);
        bondingManager().updateTranscoderWithFees(_recipient, _amount, creationRound);
    }

    function requireValidTicketAuxData(bytes memory _auxData) internal view override {
        (uint256 creationRound, bytes32 creationRoundBlockHash) = _creationRoundAndBlockHash(_auxData);
        bytes32 blockHash = roundsManager().blockHashForRound(creationRound);
        require(blockHash != bytes32(0), "ticket creationRound does not have a block hash");
        require(
            creationRoundBlockHash == blockHash,
            "ticket creationRoundBlockHash invalid for creationRound"
        );
        require(
            creationRound + ticketValidityPeriod > roundsManager().currentRound(),
            "ticket is expired"
        );
    }

    function _creationRoundAndBlockHash(bytes memory _auxData)
        private
        pure
        returns (uint256 creationRound, bytes32 creationRoundBlockHash)
    {
        require(_auxData.length == AUX_DATA_LENGTH, "invalid length for ticket auxData: must be 64 bytes");
        return abi.decode(_auxData, (uint256, bytes32));
    }
}
