// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "../../token/LivepeerToken.sol";
import "../ControlledGateway.sol";
import "../interfaces/ITokenGateway.sol";
import "./L2ArbitrumMessenger.sol";
import "./L2LPTDataCache.sol";

/// @title Sends LPT from L2 to L1 and issues what comes from there
contract L2LPTGateway is ControlledGateway, L2ArbitrumMessenger {
    /// @notice Arbitrum's gateway router, which sends for others
    address public immutable l2Router;
    /// @notice L2LPTDataCache
    address public immutable l2LPTDataCache;
    /// @notice L1LPTGateway
    address public l1Counterpart;

    event L1CounterpartUpdate(address _l1Counterpart);
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

    /// @param _l2Router Arbitrum's gateway router
    /// @param _l1Lpt LPT on L1
    /// @param _l2Lpt LPT on L2
    /// @param _l2LPTDataCache L2LPTDataCache
    constructor(
        address _l2Router,
        address _l1Lpt,
        address _l2Lpt,
        address _l2LPTDataCache
    ) ControlledGateway(_l1Lpt, _l2Lpt) {
        l2Router = _l2Router;
        l2LPTDataCache = _l2LPTDataCache;
    }

    /// @notice Sets the gateway on L1
    /// @param _l1Counterpart L1LPTGateway
    function setCounterpart(address _l1Counterpart) external onlyRole(DEFAULT_ADMIN_ROLE) {
        l1Counterpart = _l1Counterpart;
        emit L1CounterpartUpdate(_l1Counterpart);
    }

    /// @notice Sends LPT to L1, where it arrives after the challenge period; needs an allowance
    /// @param _l1Token LPT on L1
    /// @param _to Receiver on L1
    /// @param _amount LPT wei
    /// @param _data Empty; from the router, sender and empty bytes
    /// @return Id of the message, encoded
    function outboundTransfer(
        address _l1Token,
        address _to,
        uint256 _amount,
        bytes calldata _data
    ) external returns (bytes memory) {
        return outboundTransfer(_l1Token, _to, _amount, 0, 0, _data);
    }

    /// @notice Issues LPT sent from L1; only the gateway there may call, also while sending is paused
    /// @param _l1Token LPT on L1
    /// @param _from Sender on L1
    /// @param _to Receiver
    /// @param _amount LPT wei
    function finalizeInboundTransfer(
        address _l1Token,
        address _from,
        address _to,
        uint256 _amount,
        bytes calldata // data
    ) external onlyL1Counterpart(l1Counterpart) {
        require(_l1Token == l1Lpt, "TOKEN_NOT_LPT");

        LivepeerToken(l2Lpt).mint(_to, _amount);
        L2LPTDataCache(l2LPTDataCache).increaseL2SupplyFromL1(_amount);
        emit DepositFinalized(_l1Token, _from, _to, _amount);
    }

    /// @notice Gateway on L1
    function counterpartGateway() external view returns (address) {
        return l1Counterpart;
    }

    /// @notice The form of `outboundTransfer` that routers call; gas values are not used
    function outboundTransfer(
        address _l1Token,
        address _to,
        uint256 _amount,
        uint256, // maxGas
        uint256, // gasPriceBid
        bytes calldata _data
    ) public whenNotPaused returns (bytes memory) {
        require(_l1Token == l1Lpt, "TOKEN_NOT_LPT");
        require(_amount > 0, "INVALID_ZERO_AMOUNT");

        (address from, bytes memory extraData) = _parseOutboundData(_data);
        require(extraData.length == 0, "CALL_HOOK_DATA_NOT_ALLOWED");

        LivepeerToken(l2Lpt).burnFrom(from, _amount);
        L2LPTDataCache(l2LPTDataCache).decreaseL2SupplyFromL1(_amount);
        uint256 id = _sendTxToL1(
            from,
            l1Counterpart,
            getOutboundCalldata(_l1Token, from, _to, _amount, extraData)
        );
        // Exit numbers are for gateways that let others pay out early; here it is always 0.
        emit WithdrawalInitiated(_l1Token, from, _to, id, 0, _amount);
        return abi.encode(id);
    }

    /// @notice Call that `outboundTransfer` sends
    function getOutboundCalldata(
        address token,
        address from,
        address to,
        uint256 amount,
        bytes memory data
    ) public pure returns (bytes memory outboundCalldata) {
        outboundCalldata = abi.encodeCall(
            ITokenGateway.finalizeInboundTransfer,
            (token, from, to, amount, abi.encode(uint256(0), data))
        );
    }

    function _parseOutboundData(bytes calldata _data)
        private
        view
        returns (address from, bytes memory extraData)
    {
        if (msg.sender == l2Router) {
            return abi.decode(_data, (address, bytes));
        }
        return (msg.sender, _data);
    }
}
