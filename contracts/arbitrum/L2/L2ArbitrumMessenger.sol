// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "../interfaces/IArbSys.sol";

/// @title Base of contracts on L2 that talk with a counterpart on L1
abstract contract L2ArbitrumMessenger {
    IArbSys private constant ARB_SYS = IArbSys(address(100));
    uint160 private constant ALIAS_OFFSET = uint160(0x1111000000000000000000000000000000001111);

    /// @notice A call to L1 was sent
    event TxToL1(address indexed _from, address indexed _to, uint256 indexed _id, bytes _data);

    /// @dev Only for calls that the counterpart sent from L1
    modifier onlyL1Counterpart(address _l1Counterpart) {
        require(msg.sender == _aliasOf(_l1Counterpart), "ONLY_COUNTERPART_GATEWAY");
        _;
    }

    /// @dev Sends a call to L1 without value
    function _sendTxToL1(
        address _user,
        address _to,
        bytes memory _data
    ) internal returns (uint256 id) {
        id = ARB_SYS.sendTxToL1(_to, _data);
        emit TxToL1(_user, _to, id, _data);
    }

    /// @dev Address under which a contract of L1 appears as a caller on L2
    function _aliasOf(address _l1Contract) private pure returns (address) {
        unchecked {
            return address(uint160(_l1Contract) + ALIAS_OFFSET);
        }
    }
}
