// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "./ManagerProxyTarget.sol";

/// @title Proxy whose implementation is whatever the Controller has registered for its target id
contract ManagerProxy is ManagerProxyTarget {
    /// @param _controller Registry
    /// @param _targetContractId Id of the implementation, keccak256 of `<Name>Target`
    constructor(address _controller, bytes32 _targetContractId) Manager(_controller) {
        targetContractId = _targetContractId;
    }

    /// @notice Plain ether transfers are the implementation's business too
    receive() external payable {
        _delegate();
    }

    /// @notice Runs the call in the implementation's code
    fallback() external payable {
        _delegate();
    }

    function _delegate() private {
        address target = controller.getContract(targetContractId);
        require(target != address(0), "target contract must be registered");

        assembly {
            // This function never returns to Solidity, so memory from 0 on may be used freely.
            calldatacopy(0, 0, calldatasize())
            let ok := delegatecall(gas(), target, 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            switch ok
            case 0 {
                revert(0, returndatasize())
            }
            default {
                return(0, returndatasize())
            }
        }
    }
}
