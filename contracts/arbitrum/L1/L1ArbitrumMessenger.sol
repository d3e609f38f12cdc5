// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "../interfaces/IBridge.sol";
import "../interfaces/IInbox.sol";
import "../interfaces/IOutbox.sol";

/// @title Base of contracts on L1 that talk with a counterpart on L2
abstract contract L1ArbitrumMessenger {
    /// @notice Arbitrum's inbox
    IInbox public immutable inbox;

    /// @notice A call to L2 was sent
    event TxToL2(address indexed from, address indexed to, uint256 indexed seqNum, bytes data);

    /// @dev Only for calls that the counterpart sent from L2
    modifier onlyL2Counterpart(address _l2Counterpart) {
        address bridge = inbox.bridge();
        require(msg.sender == bridge, "NOT_FROM_BRIDGE");
        address sender = IOutbox(IBridge(bridge).activeOutbox()).l2ToL1Sender();
        require(sender == _l2Counterpart, "ONLY_COUNTERPART_GATEWAY");
        _;
    }

    constructor(address _inbox) {
        inbox = IInbox(_inbox);
    }

    /// @dev Sends a call to L2 without value; pays for it with all ether of this call
    /// @param _target Contract on L2
    /// @param _refundTo Account on L2 that gets what was paid too much
    function _sendTxToL2(
        address _target,
        address _refundTo,
        uint256 _maxSubmissionCost,
        uint256 _maxGas,
        uint256 _gasPriceBid,
        bytes memory _data
    ) internal returns (uint256) {
        return
            _sendTxToL2(_target, _refundTo, msg.value, 0, _maxSubmissionCost, _maxGas, _gasPriceBid, _data);
    }

    /// @dev Sends a call to L2
    /// @param _l1CallValue Wei paid here, for the ticket and for the call's value
    /// @param _l2CallValue Wei that go along with the call
    function _sendTxToL2(
        address _target,
        address _refundTo,
        uint256 _l1CallValue,
        uint256 _l2CallValue,
        uint256 _maxSubmissionCost,
        uint256 _maxGas,
        uint256 _gasPriceBid,
        bytes memory _data
    ) internal returns (uint256 seqNum) {
        seqNum = inbox.createRetryableTicket{ value: _l1CallValue }(
            _target,
            _l2CallValue,
            _maxSubmissionCost,
            _refundTo,
            _refundTo,
            _maxGas,
            _gasPriceBid,
            _data
        );
        emit TxToL2(_refundTo, _target, seqNum, _data);
    }
}
