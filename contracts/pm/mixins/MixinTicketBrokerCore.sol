// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import "./MixinContractRegistry.sol";
import "./interfaces/MReserve.sol";
import "./interfaces/MTicketBrokerCore.sol";
import "./interfaces/MTicketProcessor.sol";

/// @title Deposits, unlocking and redemption of winning tickets
abstract contract MixinTicketBrokerCore is MixinContractRegistry, MReserve, MTicketProcessor, MTicketBrokerCore {
    struct Sender {
        uint256 deposit; // wei
        uint256 withdrawRound; // round from which the sender can withdraw, 0 while locked
    }

    mapping(address => Sender) private senders;

    /// @notice Rounds between an unlock request and withdrawal
    uint256 public unlockPeriod;

    /// @notice Whether a ticket, by its hash, was redeemed
    mapping(bytes32 => bool) public usedTickets;

    /// @dev Credits the deposit before the body, reports it after
    modifier processDeposit(address _sender, uint256 _depositAmount) {
        Sender storage sender = senders[_sender];
        sender.deposit += _depositAmount;
        _cancelUnlockOnOwnFunding(sender, _sender);
        _;
        emit DepositFunded(_sender, _depositAmount);
    }

    /// @dev Credits and reports the reserve before the body
    modifier processReserve(address _sender, uint256 _reserveAmount) {
        addReserve(_sender, _reserveAmount);
        _cancelUnlockOnOwnFunding(senders[_sender], _sender);
        _;
    }

    modifier checkDepositReserveETHValueSplit(uint256 _depositAmount, uint256 _reserveAmount) {
        require(
            msg.value == _depositAmount + _reserveAmount,
            "msg.value does not equal sum of deposit amount and reserve amount"
        );
        _;
    }

    /// @notice Adds the sent ether to the caller's deposit; cancels an unlock request
    function fundDeposit() external payable whenSystemNotPaused processDeposit(msg.sender, msg.value) {
        processFunding(msg.value);
    }

    /// @notice Adds the sent ether to the caller's reserve; cancels an unlock request
    function fundReserve() external payable whenSystemNotPaused processReserve(msg.sender, msg.value) {
        processFunding(msg.value);
    }

    /// @notice Adds the sent ether to the caller's deposit and reserve; cancels an unlock request
    /// @param _depositAmount Wei for the deposit
    /// @param _reserveAmount Wei for the reserve
    function fundDepositAndReserve(uint256 _depositAmount, uint256 _reserveAmount) external payable {
        fundDepositAndReserveFor(msg.sender, _depositAmount, _reserveAmount);
    }

    /// @notice Adds the sent ether to an account's deposit and reserve
    /// @param _addr Account
    /// @param _depositAmount Wei for the deposit
    /// @param _reserveAmount Wei for the reserve
    function fundDepositAndReserveFor(
        address _addr,
        uint256 _depositAmount,
        uint256 _reserveAmount
    )
        public
        payable
        whenSystemNotPaused
        checkDepositReserveETHValueSplit(_depositAmount, _reserveAmount)
        processDeposit(_addr, _depositAmount)
        processReserve(_addr, _reserveAmount)
    {
        processFunding(msg.value);
    }

    /// @notice Redeems a winning ticket; anyone may submit it
    /// @param _ticket Ticket
    /// @param _sig Sender's signature over the ticket's hash, 65 bytes
    /// @param _recipientRand Number behind the ticket's commitment
    function redeemWinningTicket(
        Ticket memory _ticket,
        bytes memory _sig,
        uint256 _recipientRand
    ) public whenSystemNotPaused currentRoundInitialized {
        bytes32 ticketHash = getTicketHash(_ticket);
        requireValidWinningTicket(_ticket, ticketHash, _sig, _recipientRand);

        Sender storage sender = senders[_ticket.sender];
        require(_isLocked(sender), "sender is unlocked");
        require(
            sender.deposit > 0 || remainingReserve(_ticket.sender) > 0,
            "sender deposit and reserve are zero"
        );

        usedTickets[ticketHash] = true;

        uint256 amount = _ticket.faceValue;
        if (amount > sender.deposit) {
            uint256 fromDeposit = sender.deposit;
            uint256 missing = amount - fromDeposit;
            amount = fromDeposit + claimFromReserve(_ticket.sender, _ticket.recipient, missing);
            sender.deposit = 0;
        } else {
            sender.deposit -= amount;
        }

        if (amount > 0) {
            winningTicketTransfer(_ticket.recipient, amount, _ticket.auxData);
            emit WinningTicketTransfer(_ticket.sender, _ticket.recipient, amount);
        }
        emit WinningTicketRedeemed(
            _ticket.sender,
            _ticket.recipient,
            _ticket.faceValue,
            _ticket.winProb,
            _ticket.senderNonce,
            _recipientRand,
            _ticket.auxData
        );
    }

    /// @notice Redeems several tickets; those that cannot be redeemed are passed over
    /// @param _tickets Tickets
    /// @param _sigs Signatures, one per ticket
    /// @param _recipientRands Numbers behind the commitments, one per ticket
    function batchRedeemWinningTickets(
        Ticket[] memory _tickets,
        bytes[] memory _sigs,
        uint256[] memory _recipientRands
    ) external whenSystemNotPaused currentRoundInitialized {
        for (uint256 i = 0; i < _tickets.length; i++) {
            // A call of its own, so that a ticket that fails takes nothing back of the others.
            try this.redeemWinningTicket(_tickets[i], _sigs[i], _recipientRands[i]) {} catch {}
        }
    }

    /// @notice Asks for withdrawal; it is possible `unlockPeriod` rounds later
    function unlock() external whenSystemNotPaused {
        Sender storage sender = senders[msg.sender];
        require(
            sender.deposit > 0 || remainingReserve(msg.sender) > 0,
            "sender deposit and reserve are zero"
        );
        require(!_isUnlockInProgress(sender), "unlock already initiated");

        uint256 currentRound = roundsManager().currentRound();
        sender.withdrawRound = currentRound + unlockPeriod;
        emit Unlock(msg.sender, currentRound, sender.withdrawRound);
    }

    /// @notice Takes the caller's unlock request back
    function cancelUnlock() external whenSystemNotPaused {
        Sender storage sender = senders[msg.sender];
        require(_isUnlockInProgress(sender), "no unlock request in progress");
        _cancelUnlock(sender, msg.sender);
    }

    /// @notice Pays the caller's deposit and reserve out once unlocked
    function withdraw() external whenSystemNotPaused {
        Sender storage sender = senders[msg.sender];
        uint256 deposit = sender.deposit;
        uint256 reserve = remainingReserve(msg.sender);
        require(deposit > 0 || reserve > 0, "sender deposit and reserve are zero");
        require(_isUnlockInProgress(sender), "no unlock request in progress");
        require(!_isLocked(sender), "account is locked");

        // `withdrawRound` stays: whatever others fund afterwards cannot be claimed until the sender funds itself.
        sender.deposit = 0;
        clearReserve(msg.sender);

        withdrawTransfer(payable(msg.sender), deposit + reserve);
        emit Withdrawal(msg.sender, deposit, reserve);
    }

    /// @notice Whether an account asked for withdrawal
    /// @param _sender Account
    function isUnlockInProgress(address _sender) public view returns (bool) {
        return _isUnlockInProgress(senders[_sender]);
    }

    /// @notice Deposit and reserve of an account
    /// @param _sender Account
    /// @return sender Deposit and unlock state
    /// @return reserve Reserve
    function getSenderInfo(address _sender)
        public
        view
        returns (Sender memory sender, ReserveInfo memory reserve)
    {
        sender = senders[_sender];
        reserve = getReserveInfo(_sender);
    }

    /// @notice Hash of a ticket: what its sender signs
    /// @param _ticket Ticket
    function getTicketHash(Ticket memory _ticket) public pure returns (bytes32) {
        return
            keccak256(
                abi.encodePacked(
                    _ticket.recipient,
                    _ticket.sender,
                    _ticket.faceValue,
                    _ticket.winProb,
                    _ticket.senderNonce,
                    _ticket.recipientRandHash,
                    _ticket.auxData
                )
            );
    }

    /// @dev Sets the rounds between an unlock request and withdrawal
    function _setUnlockPeriod(uint256 _unlockPeriod) internal {
        unlockPeriod = _unlockPeriod;
    }

    /// @dev Reverts unless the ticket is well-formed, unused, signed by its sender and a winner
    function requireValidWinningTicket(
        Ticket memory _ticket,
        bytes32 _ticketHash,
        bytes memory _sig,
        uint256 _recipientRand
    ) internal view {
        require(_ticket.recipient != address(0), "ticket recipient is null address");
        require(_ticket.sender != address(0), "ticket sender is null address");
        requireValidTicketAuxData(_ticket.auxData);
        require(
            keccak256(abi.encodePacked(_recipientRand)) == _ticket.recipientRandHash,
            "recipientRand does not match recipientRandHash"
        );
        require(!usedTickets[_ticketHash], "ticket is used");
        require(isValidTicketSig(_ticket.sender, _sig, _ticketHash), "invalid signature over ticket hash");
        require(isWinningTicket(_sig, _recipientRand, _ticket.winProb), "ticket did not win");
    }

    /// @dev Whether a sender signed a ticket hash. Only the 65-byte form counts: the draw hashes the signature, so a
    /// second encoding of the same signature would be a second draw.
    function isValidTicketSig(
        address _sender,
        bytes memory _sig,
        bytes32 _ticketHash
    ) internal pure returns (bool) {
        require(_sig.length == 65, "INVALID_SIGNATURE_LENGTH");
        address signer = ECDSA.recover(ECDSA.toEthSignedMessageHash(_ticketHash), _sig);
        return signer != address(0) && _sender == signer;
    }

    /// @dev The draw
    function isWinningTicket(
        bytes memory _sig,
        uint256 _recipientRand,
        uint256 _winProb
    ) internal pure returns (bool) {
        return uint256(keccak256(abi.encodePacked(_sig, _recipientRand))) < _winProb;
    }

    function _cancelUnlockOnOwnFunding(Sender storage _sender, address _senderAddress) private {
        if (_senderAddress == msg.sender && _isUnlockInProgress(_sender)) {
            _cancelUnlock(_sender, _senderAddress);
        }
    }

    function _cancelUnlock(Sender storage _sender, address _senderAddress) private {
        _sender.withdrawRound = 0;
        emit UnlockCancelled(_senderAddress);
    }

    function _isLocked(Sender storage _sender) private view returns (bool) {
        return _sender.withdrawRound == 0 || roundsManager().currentRound() < _sender.withdrawRound;
    }

    function _isUnlockInProgress(Sender storage _sender) private view returns (bool) {
        return _sender.withdrawRound > 0;
    }
}
