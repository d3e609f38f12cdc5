// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import "../ControlledGateway.sol";
import "../interfaces/IBridgeMinter.sol";
import "../interfaces/ITokenGateway.sol";
import "./L1ArbitrumMessenger.sol";

/// @title Sends LPT from L1 to L2 and hands out what comes back
contract L1LPTGateway is ITokenGateway, ControlledGateway, L1ArbitrumMessenger {
    /// @notice Arbitrum's gateway router, which sends for others
    address public immutable l1Router;
    /// @notice Holder of the LPT that is on L2
    address public immutable l1LPTEscrow;
    /// @notice L2LPTGateway
    address public l2Counterpart;
    /// @notice Issuer of LPT that comes back and was issued on L2
    address public minter;

    event L2CounterpartUpdate(address _l2Counterpart);
    event MinterUpdate(address _minter);
    event DepositInitiated(
        address _l1Token,
        address indexed _from,
        address indexed _to,
        uint256 indexed _sequenceNumber,
        uint256 _amount
    );
    event WithdrawalFinalized(
        address _l1Token,
        address indexed _from,
        address indexed _to,
        uint256 indexed _exitNum,
        uint256 _amount
    );

    /// @param _l1Router Arbitrum's gateway router
    /// @param _l1LPTEscrow L1Escrow
    /// @param _l1Lpt LPT on L1
    /// @param _l2Lpt LPT on L2
    /// @param _inbox Arbitrum's inbox
    constructor(
        address _l1Router,
        address _l1LPTEscrow,
        address _l1Lpt,
        address _l2Lpt,
        address _inbox
    ) ControlledGateway(_l1Lpt, _l2Lpt) L1ArbitrumMessenger(_inbox) {
        l1Router = _l1Router;
        l1LPTEscrow = _l1LPTEscrow;
    }

    /// @notice Sets the gateway on L2
    /// @param _l2Counterpart L2LPTGateway
    function setCounterpart(address _l2Counterpart) external onlyRole(DEFAULT_ADMIN_ROLE) {
        l2Counterpart = _l2Counterpart;
        emit L2CounterpartUpdate(_l2Counterpart);
    }

    /// @notice Sets the issuer of LPT that comes back and was issued on L2
    /// @param _minter BridgeMinter
    function setMinter(address _minter) external onlyRole(DEFAULT_ADMIN_ROLE) {
        minter = _minter;
        emit MinterUpdate(_minter);
    }

    /// @notice Sends LPT to L2; the caller pays the ticket exactly
    /// @param _l1Token LPT on L1
    /// @param _to Receiver on L2
    /// @param _amount LPT wei
    /// @param _maxGas Gas limit on L2
    /// @param _gasPriceBid Wei per gas on L2
    /// @param _data Submission cost (uint256) and empty bytes; from the router, sender and such data
    /// @return Sequence number of the ticket, encoded
    function outboundTransfer(
        address _l1Token,
        address _to,
        uint256 _amount,
        uint256 _maxGas,
        uint256 _gasPriceBid,
        bytes calldata _data
    ) external payable override whenNotPaused returns (bytes memory) {
        require(_l1Token == l1Lpt, "TOKEN_NOT_LPT");
        require(_amount > 0, "INVALID_ZERO_AMOUNT");

        (address from, uint256 maxSubmissionCost) = _parseOutboundData(_data);
        require(maxSubmissionCost > 0, "NO_SUBMISSION_COST");
        require(msg.value == maxSubmissionCost + _maxGas * _gasPriceBid, "WRONG_ETH_VALUE");

        IERC20(_l1Token).transferFrom(from, l1LPTEscrow, _amount);
        bytes memory outboundCalldata = getOutboundCalldata(_l1Token, from, _to, _amount, "");
        uint256 seqNum = _sendTxToL2(
            l2Counterpart,
            from,
            maxSubmissionCost,
            _maxGas,
            _gasPriceBid,
            outboundCalldata
        );
        emit DepositInitiated(_l1Token, from, _to, seqNum, _amount);
        return abi.encode(seqNum);
    }

    /// @notice Hands out LPT sent from L2; only the gateway there may call, also while sending is paused
    /// @param l1Token LPT on L1
    /// @param from Sender on L2
    /// @param to Receiver
    /// @param amount LPT wei
    /// @param data Exit number (uint256) and bytes
    function finalizeInboundTransfer(
        address l1Token,
        address from,
        address to,
        uint256 amount,
        bytes calldata data
    ) external override onlyL2Counterpart(l2Counterpart) {
        require(l1Token == l1Lpt, "TOKEN_NOT_LPT");
        (uint256 exitNum, ) = abi.decode(data, (uint256, bytes));

        // LPT issued on L2 has nothing in the escrow: what is missing is issued here.
        uint256 escrowed = IERC20(l1Token).balanceOf(l1LPTEscrow);
        uint256 fromEscrow = amount < escrowed ? amount : escrowed;
        if (fromEscrow > 0) {
            IERC20(l1Token).transferFrom(l1LPTEscrow, to, fromEscrow);
        }
        if (fromEscrow < amount) {
            IBridgeMinter(minter).bridgeMint(to, amount - fromEscrow);
        }
        emit WithdrawalFinalized(l1Token, from, to, exitNum, amount);
    }

    /// @notice Gateway on L2
    function counterpartGateway() external view returns (address) {
        return l2Counterpart;
    }

    /// @notice Call that `outboundTransfer` sends
    function getOutboundCalldata(
        address l1Token,
        address from,
        address to,
        uint256 amount,
        bytes memory data
    ) public pure returns (bytes memory outboundCalldata) {
        outboundCalldata = abi.encodeCall(
            ITokenGateway.finalizeInboundTransfer,
            (l1Token, from, to, amount, abi.encode(bytes(""), data))
        );
    }

    function _parseOutboundData(bytes calldata _data)
        private
        view
        returns (address from, uint256 maxSubmissionCost)
    {
        from = msg.sender;
        bytes memory userData = _data;
        if (msg.sender == l1Router) {
            (from, userData) = abi.decode(_data, (address, bytes));
        }
        bytes memory extraData;
        (maxSubmissionCost, extraData) = abi.decode(userData, (uint256, bytes));
        require(extraData.length == 0, "CALL_HOOK_DATA_NOT_ALLOWED");
    }
}
